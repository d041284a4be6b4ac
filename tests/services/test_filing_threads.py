"""Messages on cases that were merged, on side conversations, and on cases with an answer that waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from db.kinds import Channel, LinkKind, MessageKind, OutboxState, Status
from db.models import CaseLink, Customer, Message, OutboxItem, SideConversation
from desk.channels.mail.incoming import read_incoming
from desk.rules.addressing import signature
from desk.services import changes, intake, replies
from tests.services.acting import arrived, counted, in_queue, key_of, kinds, mail, newest, receive
from tests.services.filing import EVE, REPORT, all_cases, bounce, item_of, messages, sent

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

BANK = "Bank <care@bank.example>"


# Answers that wait for a later moment.


@pytest.fixture
def scheduled(desk: Desk, ana: AgentRow, case: CaseDetail) -> int:
    """An answer that is to go tomorrow."""
    message_id = replies.reply(desk, ana, 1, "We look into it.", seen=case.last_message_id).message_id
    tomorrow = desk.clock() + timedelta(days=1)
    with desk.database.write() as unit:
        later = update(OutboxItem).where(OutboxItem.message_id == message_id)
        unit.session.execute(later.values(scheduled_for=tomorrow, not_before=tomorrow))
    return message_id


def test_a_new_message_of_the_customer_holds_what_was_to_go_later(desk: Desk, ana: AgentRow, scheduled: int) -> None:
    receive(desk, mail("2@example.org", in_reply_to="<first@example.org>"))

    item = item_of(desk, scheduled)
    assert item.state is OutboxState.QUEUED
    assert "new message" in (item.held_why or "")
    assert kinds(desk, ana, 1).count("message.held") == 1


def test_a_second_message_holds_it_once(desk: Desk, ana: AgentRow, scheduled: int) -> None:
    for number in (2, 3):
        receive(desk, mail(f"{number}@example.org", in_reply_to="<first@example.org>"))

    assert kinds(desk, ana, 1).count("message.held") == 1


@pytest.mark.parametrize(
    "other",
    [
        mail("2@example.org", in_reply_to="<first@example.org>", auto_submitted="auto-replied"),
        mail("2@example.net", sender=EVE, in_reply_to="<first@example.org>"),
        mail("2@example.org"),
    ],
)
def test_neither_a_program_nor_a_stranger_nor_another_case_holds_it(
    desk: Desk, ana: AgentRow, scheduled: int, other: bytes
) -> None:
    receive(desk, other)

    assert item_of(desk, scheduled).held_why is None


def test_what_goes_at_once_is_not_held(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    message_id = replies.reply(desk, ana, 1, "We look into it.", seen=case.last_message_id).message_id

    receive(desk, mail("2@example.org", in_reply_to="<first@example.org>"))

    assert item_of(desk, message_id).held_why is None


# Merged cases.


def merge(desk: Desk, case_id: int, into: int) -> None:
    with desk.database.write() as unit:
        link = {"case_id": case_id, "other_id": into, "kind": LinkKind.MERGED_INTO, "created_at": unit.now}
        unit.session.execute(insert(CaseLink).values(link))


def own_cases(desk: Desk, number: int) -> None:
    receive(desk, *(mail(f"case-{each}@example.org") for each in range(1, number + 1)))


def test_a_message_to_a_merged_case_lands_where_it_was_merged_into(desk: Desk, ana: AgentRow) -> None:
    own_cases(desk, 3)
    merge(desk, 1, into=2)
    merge(desk, 2, into=3)

    assert receive(desk, mail("late@example.org", in_reply_to="<case-1@example.org>")).threaded == 1
    named = f"Re: [#1-{signature(1, key_of(desk))}]"
    assert receive(desk, mail("later@example.org", subject=named)).threaded == 1

    assert [len(messages(desk, each)) for each in (1, 2, 3)] == [1, 1, 3]


def test_a_message_to_both_cases_of_a_merge_is_on_one(desk: Desk, ana: AgentRow) -> None:
    own_cases(desk, 2)
    merge(desk, 1, into=2)
    both = mail("late@example.org", references="<case-2@example.org> <case-1@example.org>")
    another = mail("late-2@example.org", in_reply_to="<late@example.org>")

    assert receive(desk, both, another) == REPORT(taken_in=2, threaded=2)
    assert len(messages(desk, 2)) == 3


def test_merges_in_a_ring_end(desk: Desk, ana: AgentRow) -> None:
    own_cases(desk, 2)
    merge(desk, 1, into=2)
    merge(desk, 2, into=1)

    assert receive(desk, mail("late@example.org", in_reply_to="<case-1@example.org>")).threaded == 1


def test_the_customer_of_a_merged_case_has_part_in_the_other_and_nobody_else_has(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail("case-1@example.org"), mail("case-2@example.org", sender="Budi <budi@example.org>"))
    merge(desk, 1, into=2)

    assert receive(desk, mail("late@example.org", in_reply_to="<case-1@example.org>")).threaded == 1
    assert receive(desk, mail("late-2@example.org", in_reply_to="<case-2@example.org>")).threaded == 1
    assert receive(desk, mail("eve@example.net", sender=EVE, in_reply_to="<case-1@example.org>")).new_cases == 1
    assert len(messages(desk, 2)) == 3


def test_merging_gives_no_part_in_the_case_that_was_merged_away(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail("case-1@example.org", sender=EVE), mail("case-2@example.org"), mail("case-3@example.org"))
    merge(desk, 1, into=2)

    receive(desk, mail("eve@example.net", sender=EVE, in_reply_to="<case-3@example.org>"))

    assert newest(desk, ana).review_id == 3


# Side conversations.


@pytest.fixture
def asked(desk: Desk, ana: AgentRow, case: CaseDetail) -> str:
    """The Message-ID of our mail to the bank about the case, which waits for them."""
    changes.set_status(desk, ana, [1], Status.WAITING_MERCHANT)
    name = "desk.side@example.com"
    with desk.database.write() as unit:
        side = SideConversation(
            case_id=1,
            address="care@bank.example",
            folded="care@bank.example",
            name="Bank",
            subject="A payment",
            agent_id=ana.id,
            created_at=unit.now,
        )
        unit.session.add(side)
        unit.session.flush()
        message = Message(
            case_id=1,
            kind=MessageKind.OUTBOUND,
            channel=Channel.EMAIL,
            external_id=name,
            at=unit.now,
            agent_id=ana.id,
            text="Where is it?",
            new_text="Where is it?",
            details={"to": "care@bank.example"},
            side_id=side.id,
        )
        unit.session.add(message)
        unit.session.flush()
        sent = {"message_id": message.id, "channel": Channel.EMAIL, "state": OutboxState.SENT}
        unit.session.execute(insert(OutboxItem).values(sent | {"not_before": unit.now, "created_at": unit.now}))
    return name


def from_bank(asked: str, sender: str = BANK, **headers: str) -> bytes:
    return mail(
        "bank@bank.example", sender=sender, subject="Re: A payment", **({"in_reply_to": f"<{asked}>"} | headers)
    )


def test_the_answer_of_the_other_side_wakes_the_case_and_is_not_the_customers(
    desk: Desk, ana: AgentRow, asked: str
) -> None:
    customers = counted(desk, Customer)

    assert receive(desk, from_bank(asked)) == REPORT(taken_in=1, threaded=1)

    assert messages(desk, 1)[-1].side_id == 1
    assert all_cases(desk)[0].status is Status.OPEN
    assert in_queue(desk, ana) == [1]
    assert counted(desk, Customer) == customers


def test_a_thread_with_the_other_side_goes_on(desk: Desk, ana: AgentRow, asked: str) -> None:
    more = mail("bank-2@bank.example", sender=BANK, in_reply_to="<bank@bank.example>")

    assert receive(desk, from_bank(asked), more).threaded == 2
    assert [each.side_id for each in messages(desk, 1)] == [None, 1, 1, 1]


def test_the_answer_to_the_customer_goes_to_the_customer_still(desk: Desk, ana: AgentRow, asked: str) -> None:
    receive(desk, from_bank(asked))

    replies.reply(desk, ana, 1, "The bank says no.", seen=messages(desk, 1)[-1].id)

    details = messages(desk, 1)[-1].details
    assert (details["to"], details["in_reply_to"]) == ("dewi@example.org", "first@example.org")


def test_anybody_else_who_answers_it_is_a_stranger(desk: Desk, ana: AgentRow, asked: str) -> None:
    assert receive(desk, from_bank(asked, sender=EVE)).new_cases == 1

    assert newest(desk, ana).review_id == 1
    assert all_cases(desk)[0].status is Status.WAITING_MERCHANT


def test_the_other_side_is_a_stranger_to_what_the_customer_wrote(desk: Desk, ana: AgentRow, asked: str) -> None:
    assert receive(desk, from_bank("first@example.org")).new_cases == 1
    assert newest(desk, ana).review_id == 1


def test_a_program_of_the_other_side_wakes_nothing(desk: Desk, ana: AgentRow, asked: str) -> None:
    assert receive(desk, from_bank(asked, auto_submitted="auto-replied")).threaded == 1

    assert messages(desk, 1)[-1].side_id == 1
    assert all_cases(desk)[0].status is Status.WAITING_MERCHANT


def test_a_bounce_of_our_mail_to_the_other_side_stays_among_us(desk: Desk, ana: AgentRow, asked: str) -> None:
    assert receive(desk, bounce(asked, to="care@bank.example")).threaded == 1

    assert messages(desk, 1)[-1].side_id == 1
    assert in_queue(desk, ana) == [1]
    assert kinds(desk, ana, 1).count("address.bounces") == 1


def test_what_the_other_side_writes_on_a_closed_case_is_not_lost(desk: Desk, ana: AgentRow, asked: str) -> None:
    changes.set_status(desk, ana, [1], Status.CLOSED)

    assert receive(desk, from_bank(asked)).new_cases == 1
    assert newest(desk, ana).review_id == 1
    assert in_queue(desk, ana) == [2]


# What else a case learns.


def test_a_case_knows_the_mailbox_by_which_it_came(desk: Desk, ana: AgentRow) -> None:
    intake.take_in(desk, None, Channel.EMAIL, [intake.Delivery(mail(), "imap", "refunds", is_live=True)], read_incoming)

    assert newest(desk, ana).mailbox == "refunds"


def test_an_answer_to_an_answer_of_ours_is_on_its_case(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    out = sent(desk, ana, arrived(desk, ana), clock)

    assert receive(desk, mail("2@example.org", in_reply_to=f"<{out.external_id}>")).threaded == 1
