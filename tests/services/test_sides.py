"""Side conversations: a third party learns what it is told and no more, and the customer nothing of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.kinds import Channel, DraftKind, OutboxState, Status
from db.models import Attachment, ContactPoint, DraftFile, Message, OutboxItem, SideConversation
from desk.rules.lifecycle import StatusChangeError
from desk.services import cases, changes, claims, drafts, merging, outbox, replies, scheduling, sides
from desk.services import search as searching
from desk.services.errors import (
    CaseError,
    CaseTakenError,
    EmptyMessageError,
    NewMessageError,
    NotLaterError,
    SideError,
    SideNotFoundError,
    UnfilledAnswerError,
)
from tests.services.acting import arrived, counted, kinds, mail, receive, receive_line, with_refunds_mailbox

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, MessageRow, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

TO = "help@bank.example"


def asked(
    desk: Desk, me: AgentRow, case_id: int = 1, text: str = "Where is the money?", **more: object
) -> replies.Sent:
    given = {"to": TO, "name": "The Bank", "subject": "A transfer of Monday", "text": text} | more
    return sides.start(desk, me, case_id, **given)  # type: ignore[arg-type]


def outgoing(desk: Desk, clock: SettableClock) -> OutgoingRow:
    clock.advance(seconds=10)
    (message,) = outbox.lease(desk, "worker")
    return message


def last(desk: Desk, me: AgentRow, case_id: int = 1) -> MessageRow:
    return cases.open_case(desk, me, case_id).messages[-1]


def answered(desk: Desk, side_id: int, name: str = "answer@bank.example") -> int:
    """What filing does with the third party's answer."""
    with desk.database.write() as unit:
        side = unit.session.get_one(SideConversation, side_id)
        message = Message(
            case_id=side.case_id, side_id=side_id, kind="inbound", channel=Channel.EMAIL, external_id=name, at=unit.now,
            sender_name="Clerk", sender_address=TO, text="It is on its way.", new_text="It is on its way.", details={},
        )  # fmt: skip
        unit.session.add(message)
        unit.session.flush()
        return message.id


def test_mail_to_a_third_party_goes_out_as_an_answer_does(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    asked(desk, ana)
    message = outgoing(desk, clock)

    assert (message.details["to"], message.details["to_name"]) == (TO, "The Bank")
    assert (message.subject, message.text, message.channel) == (
        "A transfer of Monday", "Where is the money?", Channel.EMAIL,
    )  # fmt: skip


def test_mail_to_a_third_party_does_not_go_with_an_open_variable(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(UnfilledAnswerError, match=r"customer\.name"):
        asked(desk, ana, text="It is about {customer.name}")
    asked(desk, ana)
    side_id = last(desk, ana).side_id
    assert side_id is not None
    with pytest.raises(UnfilledAnswerError):
        sides.answer(desk, ana, side_id, "Once more, {customer.name}")


def test_mail_to_a_third_party_can_wait_for_a_moment(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    at = clock() + timedelta(days=1)
    sent = asked(desk, ana, at=at)
    (row,) = scheduling.scheduled(desk, ana)

    assert (row.message_id, row.scheduled_for, row.to) == (sent.message_id, at, TO)
    clock.advance(hours=23)
    assert outbox.lease(desk, "worker") == ()
    clock.advance(hours=1)
    assert outgoing(desk, clock).details["to"] == TO


def test_waiting_mail_to_a_third_party_can_be_moved_and_taken_back(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    at = clock() + timedelta(days=1)
    first = asked(desk, ana, at=at)
    side = last(desk, ana).side_id
    assert side is not None
    second = sides.answer(desk, ana, side, "And when?", at=at)
    scheduling.reschedule(desk, ana, first.message_id, at + timedelta(days=1))

    assert replies.take_back(desk, ana, second.message_id) == "And when?"
    assert [(row.message_id, row.scheduled_for) for row in scheduling.scheduled(desk, ana)] == [
        (first.message_id, at + timedelta(days=1))
    ]
    with pytest.raises(NotLaterError):
        sides.answer(desk, ana, side, "Too late", at=clock() - timedelta(seconds=1))


def test_what_the_customer_writes_holds_waiting_mail_to_a_third_party(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    asked(desk, ana, at=clock() + timedelta(days=1))
    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>"))

    (row,) = scheduling.scheduled(desk, ana)
    assert row.held_why is not None


@pytest.mark.slow
def test_a_third_party_gets_neither_the_cases_number_nor_its_signed_name(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    for number in range(77):
        receive(desk, mail(f"n{number}@example.org", sender=f"n{number}@example.org"))
    asked(desk, ana, 77)
    message = outgoing(desk, clock)

    assert "77" not in message.subject + message.text + str(message.details["to"])
    assert re.fullmatch(r"desk\.[0-9a-f]{32}@example\.com", message.external_id or "")
    assert not {"in_reply_to", "references", "reply_to"} & message.details.keys()


def test_the_case_is_mine_then_and_stays_where_it_stands(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = asked(desk, ana)

    assert (sent.case.assignee_id, sent.case.status, sent.case.due_at) == (ana.id, Status.OPEN, case.case.due_at)
    assert kinds(desk, ana, 1)[-3:] == ["side.opened", "case.claimed", "message.written"]


def test_the_case_waits_for_the_merchant_when_asked_to_and_stands_as_before_when_taken_back(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    sent = asked(desk, ana, then=Status.WAITING_MERCHANT)
    assert (sent.case.status, sent.case.due_at) == (Status.WAITING_MERCHANT, None)

    replies.take_back(desk, ana, sent.message_id)
    assert cases.open_case(desk, ana, 1).case.status is Status.NEW


def test_the_page_tells_whom_it_is_with(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    asked(desk, ana)

    (side,) = cases.open_case(desk, ana, 1).sides
    assert (side.address, side.name, side.subject, side.agent_name) == (TO, "The Bank", "A transfer of Monday", "Ana")
    assert last(desk, ana).side_id == side.id


def test_the_thread_of_a_side_conversation_holds_only_its_own_messages(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    asked(desk, ana)
    first = outgoing(desk, clock)
    answered(desk, 1)
    sides.answer(desk, ana, 1, "Since when?")
    second = outgoing(desk, clock)

    assert second.details["in_reply_to"] == "answer@bank.example"
    assert second.details["references"] == [first.external_id, "answer@bank.example"]
    assert (second.subject, second.details["to"]) == ("Re: A transfer of Monday", TO)


def test_what_was_taken_back_is_in_no_thread_and_may_be_sent_again(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    sent = asked(desk, ana)
    replies.take_back(desk, ana, sent.message_id)
    (draft,) = cases.open_case(desk, ana, 1).drafts
    assert (draft.kind, draft.text) == (DraftKind.SIDE, "Where is the money?")
    assert draft.details == {"to": TO, "name": "The Bank", "subject": "A transfer of Monday", "side_id": 1}

    sides.answer(desk, ana, 1, draft.text)
    message = outgoing(desk, clock)
    assert (message.subject, "references" in message.details) == ("A transfer of Monday", False)
    assert cases.open_case(desk, ana, 1).drafts == ()


def test_an_answer_to_the_customer_keeps_to_the_customers_thread(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    asked(desk, ana)
    outgoing(desk, clock)
    answered(desk, 1)
    replies.reply(desk, ana, 1, "The bank says it is on its way.", seen=99)
    message = outgoing(desk, clock)

    assert message.details["to"] == "dewi@example.org"
    assert message.details["references"] == ["first@example.org"]


def test_mail_to_a_third_party_is_no_answer_that_a_writer_has_to_have_seen(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    asked(desk, ana)

    replies.reply(desk, ana, 1, "We have asked the bank.", seen=case.last_message_id)


def test_what_a_third_party_answered_meanwhile_is_read_before_the_customer_is_answered(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    asked(desk, ana)
    answered(desk, 1)

    with pytest.raises(NewMessageError, match="Clerk wrote"):
        replies.reply(desk, ana, 1, "We wait for the bank.", seen=case.last_message_id)


def test_mail_to_a_third_party_leaves_an_answer_to_be_taken_back(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = replies.reply(desk, ana, 1, "We look into it.", seen=case.last_message_id)
    asked(desk, ana)
    replies.take_back(desk, ana, sent.message_id)

    assert cases.open_case(desk, ana, 1).case.status is Status.NEW


def test_without_forwarding_nothing_of_the_customer_goes_out(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    arrived(desk, ana, mail(files=(("slip.pdf", b"%PDF"),)))
    asked(desk, ana)

    message = outgoing(desk, clock)
    assert message.text == "Where is the money?"
    assert counted(desk, Attachment) == 1


def test_forwarding_quotes_what_was_said_to_and_by_the_customer_and_takes_its_files(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    page = arrived(desk, ana, mail(files=(("slip.pdf", b"%PDF"),)))
    replies.reply(desk, ana, 1, "We ask the bank.", seen=page.last_message_id)
    outgoing(desk, clock)
    replies.note(desk, ana, 1, "She sounds honest")
    asked(desk, ana, forward=True)

    message = outgoing(desk, clock)
    assert message.text == (
        "Where is the money?\n\n"
        "Dewi Lestari, 2026-11-23 13:14 UTC:\n> The money is gone, the shop got nothing.\n\n"
        "Ana, 2026-11-23 13:14 UTC:\n> We ask the bank."
    )
    assert [file.filename for file in last(desk, ana).attachments] == ["slip.pdf"]
    assert "dewi@example.org" not in message.text


def test_forwarding_leaves_out_other_third_parties_machines_and_what_the_customer_never_got(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    asked(desk, ana, text="Secret of the bank")
    sent = replies.reply(desk, ana, 1, "Taken back", seen=99)
    replies.take_back(desk, ana, sent.message_id)
    replies.reply(desk, ana, 1, "For tomorrow", seen=99, at=desk.clock().replace(hour=20))
    receive(
        desk, mail("away@example.org", in_reply_to="<first@example.org>", text="Away", auto_submitted="auto-replied")
    )
    sent = asked(desk, ana, to="shop@shop.example", forward=True)

    text = last(desk, ana).text
    assert "> The money is gone" in text
    assert not [word for word in ("Secret", "Taken back", "tomorrow", "Away") if word in text]


def test_files_too_large_for_mail_are_not_forwarded(desk: Desk, ana: AgentRow, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived(desk, ana, mail(files=(("slip.pdf", b"%PDF"),)))
    monkeypatch.setattr(sides, "MOST_FORWARDED", 3)

    with pytest.raises(SideError, match="too large"):
        asked(desk, ana, forward=True)
    assert counted(desk, SideConversation) == 0


def test_files_wait_with_the_draft_go_along_and_come_back(desk: Desk, ana: AgentRow) -> None:
    arrived(desk, ana, mail(files=(("slip.pdf", b"%PDF"),)))
    sent = asked(desk, ana, forward=True)
    replies.take_back(desk, ana, sent.message_id)
    assert counted(desk, DraftFile) == 1

    sides.answer(desk, ana, 1, "Once more")
    assert [file.filename for file in last(desk, ana).attachments] == ["slip.pdf"]
    assert counted(desk, DraftFile) == 0


@pytest.mark.parametrize(
    "to",
    ["", "bank", "a@b@c", "a b@bank.example", "x@bank.example, y@bank.example", "<x@bank.example>",
     "x@bank.example\r\nBcc: z", "-f@bank.example"],
)  # fmt: skip
def test_nothing_is_written_to_what_is_no_address(desk: Desk, ana: AgentRow, case: CaseDetail, to: str) -> None:
    with pytest.raises(SideError, match="not an address"):
        asked(desk, ana, to=to)

    assert counted(desk, OutboxItem) == 0


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("Dewi@Example.org", "is the customer"),
        ("support+x@example.com", "the desk's own"),
        ("Refunds@example.com", "the desk's own"),
    ],
)
def test_neither_the_customer_nor_the_desk_is_a_third_party(
    desk: Desk, ana: AgentRow, case: CaseDetail, to: str, why: str
) -> None:
    with pytest.raises(SideError, match=why):
        asked(with_refunds_mailbox(desk), ana, to=to)


def test_mail_without_a_subject_or_without_words_is_not_sent(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(SideError, match="needs a subject"):
        asked(desk, ana, subject=" ")
    with pytest.raises(EmptyMessageError):
        asked(desk, ana, text="\n")


def test_a_case_that_somebody_else_has_or_that_is_closed_stays_as_it_is(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    claims.take(desk, ana, 1)
    with pytest.raises(CaseTakenError):
        asked(desk, budi)
    changes.set_status(desk, ana, [1], Status.CLOSED)
    with pytest.raises(CaseError, match="closed"):
        asked(desk, ana)


def test_a_status_that_cannot_follow_sends_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(StatusChangeError):
        asked(desk, ana, then=Status.NEW)

    assert counted(desk, Message) == 1


def test_a_side_conversation_that_is_none_is_not_answered(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(SideNotFoundError):
        sides.answer(desk, ana, 1, "Hello?")


def test_a_case_of_a_phone_call_writes_mail_to_third_parties(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    line = b'{"channel":"phone","external_id":"c1","from":{"phone":"0812345"},"text":"Hi","at":"2026-11-23T13:00:00Z"}'
    receive_line(desk, Channel.PHONE, line)
    asked(desk, ana)

    assert outgoing(desk, clock).channel is Channel.EMAIL


def test_a_side_conversation_goes_on_where_its_case_was_merged_into(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    receive(desk, mail("again@example.org", subject="Again"))
    asked(desk, ana)
    merging.merge(desk, ana, 1, 2)
    sent = sides.answer(desk, ana, 1, "Any news?")

    assert sent.case_id == 2


def test_search_finds_what_was_written_to_third_parties(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    asked(desk, ana, text="Pangolin")

    assert [row.id for row in searching.find(desk, ana, "pangolin bank.example").rows] == [1]


def test_a_third_party_does_not_become_a_customer(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    asked(desk, ana)

    with desk.database.read() as connection:
        assert list(connection.scalars(select(ContactPoint.value))) == ["dewi@example.org"]
        assert connection.scalar(select(OutboxItem.state)) is OutboxState.QUEUED


def test_a_draft_to_a_third_party_keeps_where_it_is_to_go(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    details = {"to": TO, "subject": "A \x00transfer"}
    drafts.save(desk, ana, 1, DraftKind.SIDE, "", details=details)
    assert cases.open_case(desk, ana, 1).drafts[0].details == {"to": TO, "subject": "A ␀transfer"}

    drafts.save(desk, ana, 1, DraftKind.SIDE, "Hello")
    assert cases.open_case(desk, ana, 1).drafts[0].details["to"] == TO
    drafts.discard(desk, ana, 1, DraftKind.SIDE)
    assert cases.open_case(desk, ana, 1).drafts == ()


def test_copies_of_an_answer_taken_back_are_in_its_draft_again(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = replies.reply(desk, ana, 1, "Hello", seen=case.last_message_id)
    with desk.database.write() as unit:
        message = unit.session.get_one(Message, sent.message_id)
        message.details = message.details | {"cc": [["Tono", "tono@example.org"]]}
    replies.take_back(desk, ana, sent.message_id)

    assert cases.open_case(desk, ana, 1).drafts[0].details == {"cc": ["Tono <tono@example.org>"]}
