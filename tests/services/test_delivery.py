"""Messages that did not arrive, or may not have, stay in sight until they are settled."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from db.kinds import OutboxState
from db.models import OutboxItem
from db.rows_delivery import DeliveryCounts
from desk.services import cases, delivery, outbox, replies, sent_folder
from desk.services.errors import CaseError
from tests.services.acting import arrived, kinds, last_event, mail

if TYPE_CHECKING:
    from db.rows import AgentRow, DeliveryRow, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def answered(desk: Desk, me: AgentRow, number: int = 1) -> int:
    """An answer by mail to a new case of its own; its message id."""
    page = arrived(desk, me, mail(f"d{number}@example.org", sender=f"d{number}@example.org"))
    return replies.reply(desk, me, page.case.id, "We look into it.", seen=page.last_message_id).message_id


def unknown(desk: Desk, me: AgentRow, clock: SettableClock, number: int = 1) -> int:
    """An answer of which nobody knows whether it arrived."""
    message_id = answered(desk, me, number)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")
    outbox.settle_unknown(desk, out.outbox_id, "w", "it hung up")
    return message_id


def failed(desk: Desk, me: AgentRow, clock: SettableClock, number: int = 1) -> int:
    """An answer that the server refused."""
    message_id = answered(desk, me, number)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")
    outbox.settle_failed(desk, out.outbox_id, "w", "550 no such user")
    return message_id


def state(desk: Desk, me: AgentRow, case_id: int = 1) -> DeliveryRow:
    found = cases.open_case(desk, me, case_id).messages[-1].delivery
    assert found is not None
    return found


def test_what_failed_and_what_is_unknown_is_listed_oldest_first(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    first, second = unknown(desk, ana, clock, 1), failed(desk, ana, clock, 2)
    answered(desk, ana, 3)

    rows = delivery.undelivered(desk, ana)

    assert [(row.message_id, row.case_id, row.state, row.error) for row in rows] == [
        (first, 1, OutboxState.UNKNOWN, "it hung up"),
        (second, 2, OutboxState.FAILED, "550 no such user"),
    ]
    assert (rows[0].to, rows[0].customer_name, rows[0].agent_name) == ("d1@example.org", "d1@example.org", "Ana")


def test_counts_tell_undelivered_scheduled_and_held_apart(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    unknown(desk, ana, clock, 1)
    scheduled, held = answered(desk, ana, 2), answered(desk, ana, 3)
    answered(desk, ana, 4)
    with desk.database.write() as unit:
        later = {"scheduled_for": clock() + timedelta(days=1)}
        unit.session.execute(update(OutboxItem).where(OutboxItem.message_id == scheduled).values(**later))
        why = {"held_why": "the customer wrote"}
        unit.session.execute(update(OutboxItem).where(OutboxItem.message_id == held).values(**later, **why))

    assert delivery.counts(desk, ana) == DeliveryCounts(undelivered=1, delayed=0, scheduled=1, held=1)


def test_a_persons_word_settles_what_nobody_knew(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    message_id = unknown(desk, ana, clock)

    delivery.mark_sent(desk, ana, message_id)

    assert (state(desk, ana).state, state(desk, ana).error) == (OutboxState.SENT, None)
    assert state(desk, ana).sent_at == clock()
    assert delivery.undelivered(desk, ana) == ()
    assert last_event(desk, ana, 1)["how"] == "by hand"


def test_what_the_server_refused_cannot_be_called_sent(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    message_id = failed(desk, ana, clock)

    with pytest.raises(CaseError, match="nobody knows"):
        delivery.mark_sent(desk, ana, message_id)
    assert state(desk, ana).state is OutboxState.FAILED


@pytest.mark.parametrize("made", [failed, unknown])
def test_what_is_given_up_asks_nobody_any_more_and_is_never_sent(
    desk: Desk, ana: AgentRow, clock: SettableClock, made: object
) -> None:
    message_id = made(desk, ana, clock)  # type: ignore[operator]

    delivery.give_up(desk, ana, message_id)
    clock.advance(days=9)

    assert (state(desk, ana).state, delivery.undelivered(desk, ana)) == (OutboxState.CANCELLED, ())
    assert state(desk, ana).error  # what was wrong stays to be read
    assert not outbox.has_work(desk)
    assert outbox.lease(desk, "w") == ()
    with pytest.raises(CaseError):
        delivery.give_up(desk, ana, message_id)


def test_what_is_on_its_way_is_neither_given_up_nor_called_sent(desk: Desk, ana: AgentRow) -> None:
    message_id = answered(desk, ana)

    with pytest.raises(CaseError):
        delivery.give_up(desk, ana, message_id)
    with pytest.raises(CaseError):
        delivery.mark_sent(desk, ana, message_id)
    with pytest.raises(CaseError, match="no such message"):
        delivery.mark_sent(desk, ana, 999)


class SentFolder:
    """A Sent folder with these Message-IDs in it, which counts how often it is asked; or one that is away."""

    def __init__(self, *names: str, is_away: bool = False) -> None:
        self.names = set(names)
        self.is_away = is_away
        self.asked: list[int] = []

    def look(self, message: OutgoingRow) -> bool | None:
        self.asked.append(message.message_id)
        if self.is_away:
            raise OSError("the mailbox is away")
        return message.external_id in self.names

    def keep(self, message: OutgoingRow) -> None:
        self.asked.append(message.message_id)
        if self.is_away:
            raise OSError("the mailbox is away")
        self.names.add(message.external_id or "")


def test_what_is_found_in_the_sent_folder_was_sent(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    unknown(desk, ana, clock)
    with desk.database.write() as unit:
        name = outbox.outgoing(unit.session, [1])[0].external_id

    assert sent_folder.find_unknown(desk, SentFolder(str(name)).look) == 1

    assert (state(desk, ana).state, state(desk, ana).error) == (OutboxState.SENT, None)
    assert last_event(desk, ana, 1)["how"] == "found in the Sent folder"
    assert kinds(desk, ana, 1)[-2:] == ["message.unknown", "message.settled"]


def test_what_is_not_found_is_looked_for_with_growing_pauses_and_stays_with_people(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    unknown(desk, ana, clock)
    folder = SentFolder()
    start, looks = clock(), []
    for minutes in [1] * 40 + [120] * 60:
        before = len(folder.asked)
        sent_folder.find_unknown(desk, folder.look)
        if len(folder.asked) > before:
            looks.append((clock() - start) / timedelta(minutes=1))
        clock.advance(minutes=minutes)

    assert looks[:7] == [0, 1, 2, 4, 8, 16, 32]
    assert max(after - before for before, after in pairwise(looks)) == 360
    assert (len(looks), clock() - start > timedelta(days=5)) == (20, True)
    assert state(desk, ana).state is OutboxState.UNKNOWN
    assert len(delivery.undelivered(desk, ana)) == 1


def test_a_clock_set_back_does_not_end_the_search(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    unknown(desk, ana, clock)
    folder = SentFolder()
    sent_folder.find_unknown(desk, folder.look)
    clock.advance(days=-30)

    sent_folder.find_unknown(desk, folder.look)

    assert len(folder.asked) == 2


def test_a_mailbox_that_is_away_is_asked_again_and_asked_once_a_round(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    first, second = unknown(desk, ana, clock, 1), unknown(desk, ana, clock, 2)
    folder = SentFolder(is_away=True)

    assert sent_folder.find_unknown(desk, folder.look) == 0
    assert folder.asked == [first]
    assert sent_folder.find_unknown(desk, folder.look) == 0
    assert folder.asked == [first, second]
    folder.is_away = False
    clock.advance(minutes=2)
    sent_folder.find_unknown(desk, folder.look)

    assert folder.asked == [first, second, first, second]


def test_a_person_who_decides_while_it_is_looked_for_has_the_last_word(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    message_id = unknown(desk, ana, clock)

    def look(_message: OutgoingRow) -> bool:
        delivery.give_up(desk, ana, message_id)
        return True

    assert sent_folder.find_unknown(desk, look) == 0
    assert state(desk, ana).state is OutboxState.CANCELLED


def test_while_one_worker_looks_another_does_not(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    unknown(desk, ana, clock)
    asked = []

    def look(message: OutgoingRow) -> bool:
        asked.append(message.message_id)
        sent_folder.find_unknown(desk, look)
        return False

    sent_folder.find_unknown(desk, look)

    assert len(asked) == 1


def sent_without_copy(desk: Desk, me: AgentRow, clock: SettableClock) -> int:
    message_id = answered(desk, me)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")
    refused = [("budi@example.org", "550 no such user")]
    outbox.settle_sent(desk, out.outbox_id, "w", None, refused=refused, no_copy="the mailbox is away")
    return message_id


def test_a_missing_copy_and_a_refused_one_are_seen_on_a_message_that_was_sent(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    sent_without_copy(desk, ana, clock)

    assert state(desk, ana).state is OutboxState.SENT
    assert state(desk, ana).error == (
        "budi@example.org does not get it: 550 no such user; There is no copy in the Sent folder: the mailbox is away"
    )
    assert delivery.undelivered(desk, ana) == ()


def test_a_missing_copy_is_put_later_and_the_message_is_not_sent_again(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    sent_without_copy(desk, ana, clock)
    folder = SentFolder()
    assert sent_folder.put_missing(desk, folder.keep) == 0  # not at once again
    clock.advance(minutes=1)

    assert sent_folder.put_missing(desk, folder.keep) == 1

    assert state(desk, ana).error == "budi@example.org does not get it: 550 no such user"
    clock.advance(days=1)
    assert sent_folder.put_missing(desk, folder.keep) == 0
    assert outbox.lease(desk, "w") == ()
    assert len(folder.asked) == 1


def test_a_copy_that_never_can_be_put_is_tried_six_times_and_said(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    sent_without_copy(desk, ana, clock)
    folder = SentFolder(is_away=True)
    for _ in range(200):
        clock.advance(minutes=5)
        sent_folder.put_missing(desk, folder.keep)

    assert len(folder.asked) == sent_folder.MOST_TRIES - 1  # the first was right after it was sent
    assert state(desk, ana).state is OutboxState.SENT
    assert "no copy in the Sent folder: the mailbox is away" in (state(desk, ana).error or "")
