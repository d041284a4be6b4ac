"""Changing cases, many at once, and putting them back exactly as they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from db.kinds import Channel, Status
from db.models import Case, LaneCount, Topic
from db.types import NaiveTimeError
from desk.rules.lifecycle import BY_HAND
from desk.services import cases, changes, claims, queue, replies, upkeep
from desk.services.errors import CaseError
from desk.worker import Worker
from tests.services.acting import arrived, in_queue, kinds, mail, many, receive

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, CaseRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def as_it_is(desk: Desk, me: AgentRow, case_id: int) -> CaseRow:
    """A case but for what every change moves on."""
    row = cases.open_case(desk, me, case_id).case
    return replace(row, version=0, updated_at=row.created_at)


def test_many_cases_change_at_once_and_those_that_refuse_are_named(desk: Desk, ana: AgentRow) -> None:
    many(desk, 3)
    changes.set_status(desk, ana, [2], Status.CLOSED)

    done = changes.set_status(desk, ana, [3, 1, 2, 99], Status.WAITING_CUSTOMER)

    assert done.changed == (1, 3)
    assert [case_id for case_id, _ in done.refused] == [2, 99]
    assert "cannot become" in done.refused[0][1]
    assert "no case #99" in done.refused[1][1]


@pytest.mark.parametrize("before", list(Status))
def test_only_the_status_table_says_what_may_follow(desk: Desk, ana: AgentRow, before: Status) -> None:
    many(desk, len(Status))
    for case_id, after in enumerate(Status, 1):
        with desk.database.write() as unit:
            unit.session.get_one(Case, case_id).status = before
        done = changes.set_status(desk, ana, [case_id], after)
        assert bool(done.changed) == (after in BY_HAND[before])
        assert bool(done.refused) == (after not in {before, *BY_HAND[before]})


def test_a_higher_priority_is_due_earlier_and_moves_up_the_queue(desk: Desk, ana: AgentRow) -> None:
    many(desk, 2)
    changes.set_priority(desk, ana, [2], 1)

    assert in_queue(desk, ana) == [2, 1]
    assert cases.open_case(desk, ana, 2).case.due_at == desk.clock() + timedelta(hours=1)


def test_setting_what_is_set_already_changes_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert changes.set_priority(desk, ana, [case.case.id], case.case.priority).changed == ()
    assert changes.set_status(desk, ana, [case.case.id], case.case.status).changed == ()
    assert cases.open_case(desk, ana, case.case.id).case == case.case


@pytest.mark.parametrize("name", ["priority", "solved", "closed", "snoozed", "waiting", "topic"])
def test_undoing_puts_a_case_back_exactly(desk: Desk, ana: AgentRow, case: CaseDetail, name: str) -> None:
    with desk.database.write() as unit:
        unit.session.add(Topic(key="account-closing", position=1, titles={"en": "Closing an account"}))
    ids = [case.case.id]
    before = as_it_is(desk, ana, case.case.id)
    done = {
        "priority": lambda: changes.set_priority(desk, ana, ids, 1),
        "solved": lambda: changes.set_status(desk, ana, ids, Status.SOLVED),
        "closed": lambda: changes.set_status(desk, ana, ids, Status.CLOSED),
        "snoozed": lambda: changes.snooze(desk, ana, ids, desk.clock() + timedelta(hours=1)),
        "waiting": lambda: changes.set_status(desk, ana, ids, Status.WAITING_MERCHANT),
        "topic": lambda: changes.set_topic(desk, ana, ids, "account-closing"),
    }[name]()
    assert as_it_is(desk, ana, case.case.id) != before

    assert changes.undo(desk, ana, done).changed == (case.case.id,)

    assert as_it_is(desk, ana, case.case.id) == before
    with desk.database.read() as connection:
        row = connection.execute(select(Case.solved_at, Case.closed_at)).one()
    assert tuple(row) == (None, None)


def test_what_was_undone_can_be_done_again(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    done = changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    solved = as_it_is(desk, ana, case.case.id)

    changes.undo(desk, ana, changes.undo(desk, ana, done))

    assert as_it_is(desk, ana, case.case.id) == solved


def test_a_case_changed_since_is_not_put_back(desk: Desk, ana: AgentRow, budi: AgentRow) -> None:
    many(desk, 2)
    done = changes.set_status(desk, ana, [1, 2], Status.SOLVED)
    changes.set_status(desk, budi, [2], Status.CLOSED)

    undone = changes.undo(desk, ana, done)

    assert undone.changed == (1,)
    assert "#2 was changed again meanwhile" in undone.refused[0][1]
    assert cases.open_case(desk, ana, 2).case.status is Status.CLOSED


def test_tags_that_fold_alike_are_one_tag(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.tag(desk, ana, [case.case.id], "VIP")

    assert changes.tag(desk, ana, [case.case.id], "#ＶＩＰ ").changed == ()
    assert cases.open_case(desk, ana, case.case.id).tags == ("VIP",)
    assert changes.known_tags(desk, ana) == ("VIP",)


def test_a_tag_is_taken_off_and_put_back(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.tag(desk, ana, [case.case.id], "vip")
    done = changes.untag(desk, ana, [case.case.id], "VIP")
    assert cases.open_case(desk, ana, case.case.id).tags == ()

    changes.undo(desk, ana, done)
    assert cases.open_case(desk, ana, case.case.id).tags == ("vip",)


@pytest.mark.parametrize("name", ["", " ", "\u200b", "#", "x" * 61])
def test_what_is_no_tag_is_refused_in_words(desk: Desk, ana: AgentRow, case: CaseDetail, name: str) -> None:
    with pytest.raises(CaseError, match="A tag needs"):
        changes.tag(desk, ana, [case.case.id], name)


def test_a_priority_is_one_to_four(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(CaseError, match="A priority is"):
        changes.set_priority(desk, ana, [case.case.id], 5)


def test_a_topic_that_does_not_exist_is_refused(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    done = changes.set_topic(desk, ana, [case.case.id], "weather")

    assert "no topic 'weather'" in done.refused[0][1]


def test_a_snoozed_case_leaves_the_queue_and_the_worker_wakes_it(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    changes.snooze(desk, ana, [case.case.id], clock() + timedelta(hours=2))
    Worker(desk).step()
    assert in_queue(desk, ana) == []

    clock.advance(hours=2)
    Worker(desk).step()

    woken = cases.open_case(desk, ana, case.case.id).case
    assert in_queue(desk, ana) == [case.case.id]
    assert (woken.status, woken.snoozed_until) == (Status.OPEN, None)
    assert woken.due_at is not None
    assert woken.due_at > clock()
    assert kinds(desk, ana, case.case.id)[-1] == "case.woken"


def test_a_customers_message_wakes_a_snoozed_case(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.snooze(desk, ana, [case.case.id], desk.clock() + timedelta(hours=2))

    receive(desk, mail("more@example.org", in_reply_to="<first@example.org>"))

    assert cases.open_case(desk, ana, case.case.id).case.snoozed_until is None
    assert in_queue(desk, ana) == [case.case.id]


def test_nothing_is_snoozed_until_a_moment_that_has_passed(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert "has passed" in changes.snooze(desk, ana, [case.case.id], desk.clock()).refused[0][1]


def test_nothing_is_snoozed_until_a_moment_without_a_zone(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(NaiveTimeError):
        changes.snooze(desk, ana, [case.case.id], datetime(2030, 1, 1))  # noqa: DTZ001


def test_the_record_says_what_was_before_and_after(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)

    said = {event.kind: event.data for event in cases.history(desk, ana, case.case.id)}
    assert said["case.status"] == {"before": {"status": "new"}, "after": {"status": "solved"}}


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["status", "snooze", "undo", "new", "reply", "fold", "customer"]), st.integers(0, 30)),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_the_lanes_counts_agree_with_a_recount_whatever_happens(
    desk: Desk, ana: AgentRow, operations: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_WORTH_FOLDING", 1)
    done = None
    for number, (operation, choice) in enumerate(operations):
        with desk.database.read() as connection:
            ids = list(connection.scalars(select(Case.id).order_by(Case.id)))
        case_id = ids[choice % len(ids)] if ids else 0
        if operation == "new" or not ids:
            receive(desk, mail(f"{len(ids)}-{number}@example.org", sender=f"c{choice}@example.org"))
        elif operation == "status":
            done = changes.set_status(desk, ana, [case_id], list(Status)[choice % len(Status)])
        elif operation == "snooze":
            done = changes.snooze(desk, ana, [case_id], desk.clock() + timedelta(hours=1))
        elif operation == "undo" and done is not None:
            changes.undo(desk, ana, done)
        elif operation == "fold":
            upkeep.fold_lane_counts(desk)
        elif operation == "customer":
            receive(
                desk, mail(f"r{case_id}-{number}@example.org", subject=f"Re: [#{case_id}]", sender="c1@example.org")
            )
        elif operation == "reply":
            detail = cases.open_case(desk, ana, case_id)
            if detail.case.status is not Status.CLOSED:
                replies.reply(desk, ana, case_id, "Hello", seen=detail.last_message_id)
    counts = queue.counts(desk, ana)
    with desk.database.read() as connection:
        recount = dict(
            connection.execute(
                select(Case.channel, func.count()).where(Case.status.in_(["new", "open"])).group_by(Case.channel)
            ).all()
        )
    assert {channel: number for channel, number in counts.by_channel.items() if number} == recount


def test_folding_the_counts_leaves_one_row_a_channel_and_the_same_sum(
    desk: Desk, ana: AgentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_WORTH_FOLDING", 2)
    many(desk, 5)
    changes.set_status(desk, ana, [2], Status.SOLVED)

    upkeep.fold_lane_counts(desk)

    with desk.database.read() as connection:
        assert [tuple(row) for row in connection.execute(select(LaneCount.channel, LaneCount.cases))] == [
            (Channel.EMAIL, 4)
        ]


def test_what_is_mine_is_counted(desk: Desk, ana: AgentRow) -> None:
    arrived(desk, ana)
    claims.take(desk, ana, 1)

    assert (queue.counts(desk, ana).mine, queue.counts(desk, ana).total) == (1, 1)
