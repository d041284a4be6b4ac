"""Bounces and complaints: where they land, what they say about an address, and what nobody can make them say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import OutboxState, Status
from desk.rules.addressing import signature
from desk.services import cases, changes
from tests.services.acting import arrived, key_of, kinds, mail, receive
from tests.services.filing import (
    EVE,
    REPORT,
    all_cases,
    bounce,
    complaint,
    contact,
    item_of,
    messages,
    receive_live,
    sent,
)

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


@pytest.fixture
def out(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> OutgoingRow:
    """An answer that has left."""
    return sent(desk, ana, case, clock)


def test_a_bounce_marks_the_address_and_the_case_says_so(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    assert receive(desk, bounce(out.external_id or "")).threaded == 1

    assert contact(desk).undeliverable_at == desk.clock()
    assert "no such user" in (contact(desk).undeliverable_why or "")
    assert kinds(desk, ana, 1).count("address.bounces") == 1
    assert item_of(desk, out.message_id).state is OutboxState.FAILED
    assert all_cases(desk)[0].status is Status.OPEN


def test_a_second_bounce_marks_nothing_anew(desk: Desk, ana: AgentRow, out: OutgoingRow, clock: SettableClock) -> None:
    receive(desk, bounce(out.external_id or ""))
    marked = contact(desk).undeliverable_at
    clock.advance(hours=1)

    assert receive(desk, bounce(out.external_id or "", own_id="again@mx.example.org")).threaded == 1
    assert contact(desk).undeliverable_at == marked
    assert kinds(desk, ana, 1).count("address.bounces") == 1


@pytest.mark.parametrize(
    ("status", "is_marked"),
    [
        *((marking, True) for marking in ("5.1.1", "5.2.1", "5.2.2", "5.4.1", "5.0.0")),
        *((other, False) for other in ("4.4.7", "5.7.1", "5.6.0", "5.3.4", "5.1.8")),
    ],
)
def test_only_what_is_wrong_with_the_address_marks_it(
    desk: Desk, ana: AgentRow, out: OutgoingRow, status: str, is_marked: bool
) -> None:
    assert receive(desk, bounce(out.external_id or "", status=status)).threaded == 1

    assert (contact(desk).undeliverable_at is not None) is is_marked
    assert item_of(desk, out.message_id).state is OutboxState.FAILED  # this message has not arrived in any case


def test_a_delay_fails_and_marks_nothing(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    receive(desk, bounce(out.external_id or "", status="4.4.1", kind="delayed"))

    assert contact(desk).undeliverable_at is None
    assert item_of(desk, out.message_id).state is OutboxState.SENT


def test_an_address_that_writes_again_is_there_again(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    receive(desk, bounce(out.external_id or ""))

    receive(desk, mail("again@example.org", in_reply_to="<first@example.org>"))

    assert (contact(desk).undeliverable_at, contact(desk).undeliverable_why) == (None, None)


def signed(desk: Desk, case_id: int = 1) -> str:
    return f"{case_id}-{signature(case_id, key_of(desk))}"


@pytest.mark.parametrize("returned", ["Subject: Re: My payment [#{}]\r\n", "Reply-To: support+case{}@example.com\r\n"])
def test_a_report_without_our_message_id_is_known_by_the_cases_signed_name(
    desk: Desk, ana: AgentRow, out: OutgoingRow, returned: str
) -> None:
    assert receive(desk, bounce(returned=returned.format(signed(desk)))) == REPORT(taken_in=1, threaded=1)

    assert item_of(desk, out.message_id).state is OutboxState.FAILED
    assert contact(desk).undeliverable_at is not None


def test_a_report_of_free_form_is_known_by_the_signed_name_in_its_text(
    desk: Desk, ana: AgentRow, out: OutgoingRow
) -> None:
    told = (
        "Hi. This is the mail program. I was unable to deliver your message to the following address.\n\n"
        "<dewi@example.org>:\nuser unknown\n\n--- Below this line is a copy of the message.\n\n"
        f"Subject: Re: My payment failed [#{signed(desk)}]\n\nWe look into it.\n"
    )
    raw = mail("b@mx.example.org", sender="MAILER-DAEMON@mx.example.org", subject="failure notice", text=told)

    assert receive(desk, raw).threaded == 1
    assert item_of(desk, out.message_id).state is OutboxState.FAILED


@pytest.mark.parametrize("name", ["1", "1-aaaaaaaa", "1-{of_two}"])
def test_a_report_with_a_forged_name_fails_nothing(desk: Desk, ana: AgentRow, out: OutgoingRow, name: str) -> None:
    name = name.format(of_two=signature(2, key_of(desk)))

    assert receive(desk, bounce(returned=f"Subject: [#{name}]\r\n")).new_cases == 1
    assert item_of(desk, out.message_id).state is OutboxState.SENT
    assert contact(desk).undeliverable_at is None


def test_who_knows_the_signed_name_alone_has_to_name_the_address(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    made_up = bounce(to="", returned=f"Subject: [#{signed(desk)}]\r\n")

    assert receive(desk, made_up).new_cases == 1
    assert item_of(desk, out.message_id).state is OutboxState.SENT


def test_a_report_about_another_address_says_nothing_about_ours(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    receive(desk, mail("eve@example.net", sender=EVE))

    assert receive(desk, bounce(out.external_id or "", to="eve@example.net")).new_cases == 1
    assert contact(desk, "eve@example.net").undeliverable_at is None
    assert contact(desk).undeliverable_at is None


def test_a_report_on_a_closed_case_leaves_it_closed(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    changes.set_status(desk, ana, [1], Status.CLOSED)

    assert receive(desk, bounce(out.external_id or "")).threaded == 1
    assert all_cases(desk)[0].status is Status.CLOSED
    assert item_of(desk, out.message_id).state is OutboxState.FAILED


def test_a_complaint_lands_on_the_message_and_marks_the_address_and_wakes_nobody(
    desk: Desk, ana: AgentRow, out: OutgoingRow
) -> None:
    assert receive_live(desk, complaint(out.external_id or "")) == REPORT(taken_in=1, threaded=1)

    page = cases.open_case(desk, ana, 1)
    assert page.messages[-1].details["complaint"] == "abuse"
    assert page.messages[-1].is_automatic
    assert page.case.status is Status.WAITING_CUSTOMER
    assert item_of(desk, out.message_id).state is OutboxState.SENT  # it did arrive
    assert "unwanted" in (contact(desk).undeliverable_why or "")
    assert "address.bounces" in kinds(desk, ana, 1)


@pytest.mark.parametrize("made_up", [complaint("x@example.com"), complaint("first@example.org")])
def test_a_complaint_about_what_we_never_sent_marks_nobody(
    desk: Desk, ana: AgentRow, out: OutgoingRow, made_up: bytes
) -> None:
    assert receive_live(desk, made_up).new_cases == 1
    assert contact(desk).undeliverable_at is None


def test_a_complaint_that_hides_its_recipient_is_believed_for_its_message_id(
    desk: Desk, ana: AgentRow, out: OutgoingRow
) -> None:
    assert receive(desk, complaint(out.external_id or "", to="")).threaded == 1
    assert contact(desk).undeliverable_at is not None


def test_a_complaint_about_another_address_marks_nobody(desk: Desk, ana: AgentRow, out: OutgoingRow) -> None:
    assert receive(desk, complaint(out.external_id or "", to="eve@example.net")).new_cases == 1
    assert contact(desk).undeliverable_at is None


def test_that_somebody_took_our_mail_out_of_their_spam_is_no_complaint(
    desk: Desk, ana: AgentRow, out: OutgoingRow
) -> None:
    receive(desk, complaint(out.external_id or "", kind="not-spam"))

    assert contact(desk).undeliverable_at is None


def test_a_bounce_says_nothing_about_a_message_that_came_in(desk: Desk, ana: AgentRow) -> None:
    arrived(desk, ana)

    assert receive(desk, bounce("first@example.org")).new_cases == 1
    assert len(messages(desk, 1)) == 1
