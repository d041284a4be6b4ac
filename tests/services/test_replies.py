"""Answering: all of it or nothing, never over somebody's head, and with a way back while there is time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from db.kinds import DraftKind, OutboxState, Status
from db.models import AnswerVersion, CannedAnswer, Event, MessageAnswer, OutboxItem
from desk.rules.lifecycle import StatusChangeError
from desk.services import cases, changes, claims, drafts, outbox, replies
from desk.services.errors import (
    CaseError,
    CaseTakenError,
    EmptyMessageError,
    NewMessageError,
    TooLateError,
    UnfilledAnswerError,
    UnreachableCustomerError,
)
from desk.services.seeding import seed
from tests.services.acting import arrived, counted, in_queue, mail, newest, receive

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def answer(desk: Desk, me: AgentRow, case: CaseDetail, text: str = "We look into it.", **more: object) -> replies.Sent:
    return replies.reply(desk, me, case.case.id, text, seen=case.last_message_id, **more)  # type: ignore[arg-type]


def on_its_way(desk: Desk, clock: SettableClock) -> OutgoingRow:
    clock.advance(seconds=10)
    (message,) = outbox.lease(desk, "worker")
    return message


def test_a_reply_is_a_message_a_place_in_the_outbox_a_status_and_no_draft(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "We look")

    sent = answer(desk, ana, case)

    page = cases.open_case(desk, ana, case.case.id)
    assert (sent.case.status, sent.case.assignee_id, sent.case.due_at) == (Status.WAITING_CUSTOMER, ana.id, None)
    assert page.messages[-1].text == "We look into it."
    assert page.messages[-1].delivery is not None
    assert page.messages[-1].delivery.state is OutboxState.QUEUED
    assert page.drafts == ()
    assert sent.undo_until == desk.clock() + timedelta(seconds=10)


def test_a_reply_can_leave_the_case_solved(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert answer(desk, ana, case, then=Status.SOLVED).case.status is Status.SOLVED


def test_an_answered_case_is_out_of_the_queue(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    answer(desk, ana, case)

    assert in_queue(desk, ana) == []


def test_a_reply_over_an_unseen_message_is_refused_and_the_draft_stays(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "We look into it.")
    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>", text="It came back!"))
    before = counted(desk, Event)

    with pytest.raises(NewMessageError, match="Dewi Lestari wrote on #1"):
        answer(desk, ana, case)

    page = cases.open_case(desk, ana, case.case.id)
    assert [draft.text for draft in page.drafts] == ["We look into it."]
    assert len(page.messages) == 2
    assert counted(desk, OutboxItem) == 0
    assert counted(desk, Event) == before
    assert page.case.assignee_id is None


def test_a_note_that_nobody_has_seen_holds_no_reply_up(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    replies.note(desk, budi, case.case.id, "Called the merchant")

    answer(desk, ana, case)


@pytest.mark.parametrize("who", ["budi", "sari"])
def test_nobody_answers_what_somebody_else_has_until_they_take_it(
    desk: Desk, ana: AgentRow, case: CaseDetail, who: str, request: pytest.FixtureRequest
) -> None:
    claims.take(desk, ana, case.case.id)

    with pytest.raises(CaseTakenError, match="Ana has #1"):
        answer(desk, request.getfixturevalue(who), case)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\u200b"])
def test_nothing_to_read_is_not_sent(desk: Desk, ana: AgentRow, case: CaseDetail, text: str) -> None:
    with pytest.raises(EmptyMessageError):
        answer(desk, ana, case, text)


def test_an_open_variable_of_the_desk_is_not_sent(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(UnfilledAnswerError) as caught:
        answer(desk, ana, case, "Hello {customer.name}")

    assert caught.value.names == ("customer.name",)


def test_an_open_variable_of_the_canned_answer_is_not_sent(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    seed(desk)
    with desk.database.write() as unit:
        version = unit.session.scalars(select(AnswerVersion).join(CannedAnswer).limit(1)).one()
        version.variables = {"order": {"required": True, "ask": {}}}
        name = f"{unit.session.get_one(CannedAnswer, version.answer_id).key}@{version.number}"

    hows: tuple[dict[str, object], ...] = ({}, {"despite": "it is urgent"}, {"at": desk.clock() + timedelta(hours=3)})
    for how in hows:
        with pytest.raises(UnfilledAnswerError):
            answer(desk, ana, case, "Your order {order}", answers=[name], **how)
    answer(desk, ana, case, "What I typed {order} myself")


def test_the_canned_answers_of_a_message_are_remembered_with_their_version(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    seed(desk)

    answer(desk, ana, case, answers=["account.close@1", "no.such@1", "odd"])

    with desk.database.read() as connection:
        remembered = connection.execute(
            select(CannedAnswer.key, AnswerVersion.number)
            .join(AnswerVersion, AnswerVersion.answer_id == CannedAnswer.id)
            .join(MessageAnswer, MessageAnswer.version_id == AnswerVersion.id)
        ).all()
    assert [tuple(row) for row in remembered] == [("account.close", 1)]


def test_a_closed_case_is_not_answered(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.CLOSED)

    with pytest.raises(CaseError, match="is closed"):
        answer(desk, ana, case)


def test_a_reply_that_would_break_the_status_table_is_refused_whole(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)

    with pytest.raises(StatusChangeError):
        answer(desk, ana, case, then=Status.ON_HOLD)
    assert cases.open_case(desk, ana, case.case.id).case.assignee_id is None


def test_who_cannot_be_reached_is_not_answered(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana, b"Subject: hello\r\nMessage-ID: <x@y>\r\n\r\nNo sender at all\r\n")

    with pytest.raises(UnreachableCustomerError, match="no email on file"):
        answer(desk, ana, page)


def test_a_reply_answers_what_a_person_wrote_not_the_bounce_after_it(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    receive(
        desk,
        mail(
            "away@example.org",
            in_reply_to="<first@example.org>",
            auto_submitted="auto-replied",
            subject="Out of office",
        ),
    )
    answer(desk, ana, newest(desk, ana))

    assert on_its_way(desk, clock).details["in_reply_to"] == "first@example.org"


def test_a_reply_goes_to_the_address_on_file_never_to_reply_to(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answer(desk, ana, arrived(desk, ana, mail(reply_to="thief@example.net")))

    assert on_its_way(desk, clock).details["to"] == "dewi@example.org"


def test_a_reply_taken_back_leaves_everything_as_it_was(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)
    before = cases.open_case(desk, ana, case.case.id).case
    sent = answer(desk, ana, case, then=Status.SOLVED)

    assert replies.take_back(desk, ana, sent.message_id) == "We look into it."

    page = cases.open_case(desk, ana, case.case.id)
    assert replace(page.case, version=before.version, updated_at=before.updated_at) == before
    assert [draft.text for draft in page.drafts] == ["We look into it."]
    assert page.messages[-1].delivery is not None
    assert page.messages[-1].delivery.state is OutboxState.CANCELLED


def test_a_reply_to_a_snoozed_case_taken_back_leaves_it_snoozed(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    until = desk.clock() + timedelta(hours=3)
    changes.snooze(desk, ana, [case.case.id], until)

    replies.take_back(desk, ana, answer(desk, ana, case).message_id)

    row = cases.open_case(desk, ana, case.case.id).case
    assert (row.status, row.snoozed_until) == (Status.ON_HOLD, until)


def test_what_i_began_to_write_since_is_kept_below_what_was_taken_back(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    sent = answer(desk, ana, case)
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "And also")

    assert replies.take_back(desk, ana, sent.message_id) == "We look into it.\n\nAnd also"


def test_what_was_taken_back_is_never_sent(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    replies.take_back(desk, ana, answer(desk, ana, case).message_id)
    clock.advance(hours=1)

    assert not outbox.has_work(desk)
    assert outbox.lease(desk, "worker") == ()


def test_a_customer_who_wrote_since_keeps_the_case_open(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.WAITING_CUSTOMER)
    sent = answer(desk, ana, case)
    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>"))

    replies.take_back(desk, ana, sent.message_id)

    assert cases.open_case(desk, ana, case.case.id).case.status is Status.OPEN


def test_once_leased_it_is_too_late(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    sent = answer(desk, ana, case)
    on_its_way(desk, clock)

    with pytest.raises(TooLateError):
        replies.take_back(desk, ana, sent.message_id)


def test_what_may_have_left_once_is_not_taken_back_after_a_retry(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    sent = answer(desk, ana, case)
    outbox.settle_unknown(desk, on_its_way(desk, clock).outbox_id, "worker", "the line went dead")
    replies.retry(desk, ana, sent.message_id)

    with pytest.raises(TooLateError):
        replies.take_back(desk, ana, sent.message_id)


def test_only_the_writer_takes_an_answer_back(desk: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail) -> None:
    sent = answer(desk, ana, case)

    with pytest.raises(CaseError, match="Only who wrote"):
        replies.take_back(desk, sari, sent.message_id)


def test_a_failed_answer_is_sent_again_at_once(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    sent = answer(desk, ana, case)
    outbox.settle_failed(desk, on_its_way(desk, clock).outbox_id, "worker", "550 no such user")
    assert not outbox.has_work(desk)

    replies.retry(desk, ana, sent.message_id)

    assert [row.message_id for row in outbox.lease(desk, "worker")] == [sent.message_id]


def test_an_answer_on_its_way_is_not_retried(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = answer(desk, ana, case)

    with pytest.raises(CaseError, match="that failed"):
        replies.retry(desk, ana, sent.message_id)


def test_a_note_never_goes_out(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.NOTE, "Sounds")
    replies.note(desk, ana, case.case.id, "Sounds like fraud")
    clock.advance(days=1)

    assert counted(desk, OutboxItem) == 0
    assert not outbox.has_work(desk)
    page = cases.open_case(desk, ana, case.case.id)
    assert (page.messages[-1].text, page.drafts, page.case.status) == ("Sounds like fraud", (), Status.NEW)


def test_an_empty_note_is_not_kept(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(EmptyMessageError):
        replies.note(desk, ana, case.case.id, "  ")
