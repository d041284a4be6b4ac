"""Which status follows which, and when an answer is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.kinds import Channel, Status
from desk.rules.due import answer_due
from desk.rules.lifecycle import BY_HAND, StatusChangeError, after_customer_message, after_reply, check_change

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_closed_case_stays_closed() -> None:
    with pytest.raises(StatusChangeError, match="new case"):
        check_change(Status.CLOSED, Status.OPEN)


def test_nothing_becomes_new_again() -> None:
    assert all(Status.NEW not in allowed for allowed in BY_HAND.values())


@pytest.mark.parametrize("status", list(Status))
def test_every_status_may_stay_as_it_is(status: Status) -> None:
    check_change(status, status)


def test_the_refusal_names_what_is_possible() -> None:
    with pytest.raises(StatusChangeError, match="it can become: open, closed"):
        check_change(Status.SOLVED, Status.ON_HOLD)


def test_what_a_customer_writes_opens_all_but_new_and_closed() -> None:
    assert after_customer_message(Status.NEW) is Status.NEW
    assert after_customer_message(Status.CLOSED) is None
    assert {after_customer_message(status) for status in Status if status not in {Status.NEW, Status.CLOSED}} == {
        Status.OPEN
    }


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CLOSED])
def test_what_a_reply_leaves_may_follow_by_hand(status: Status) -> None:
    check_change(status, after_reply(status))


@pytest.mark.parametrize("channel", list(Channel))
def test_a_more_urgent_case_is_due_earlier(channel: Channel) -> None:
    due = [answer_due(channel, priority, NOON) for priority in range(1, 5)]

    assert due == sorted(set(due))
    assert due[0] > NOON


def test_a_normal_mail_is_due_in_eight_hours() -> None:
    assert answer_due(Channel.EMAIL, 3, NOON) == NOON + timedelta(hours=8)
