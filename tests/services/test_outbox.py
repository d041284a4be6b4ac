"""What we owe the outside world leaves at most once, and its fate is known or said to be unknown."""

from __future__ import annotations

import threading
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from db.engine import DatabaseUnavailableError
from db.kinds import Channel, OutboxState
from db.models import OutboxItem
from desk import worker as worker_module
from desk.channels.sending import RefusedError, Taken, TryLaterError, UnknownOutcomeError
from desk.services import cases, events, outbox, replies
from desk.services.delivery import counts
from desk.worker import Worker
from tests.services.acting import kinds, last_event, mail, newest, receive, receive_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.rows import AgentRow, DeliveryRow, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def answered(desk: Desk, me: AgentRow, number: int = 1) -> list[int]:
    """Answers to so many new cases, by mail; their message ids."""
    sent = []
    for each in range(number):
        receive(desk, mail(f"o{each}@example.org", sender=f"o{each}@example.org"))
        page = newest(desk, me)
        sent.append(replies.reply(desk, me, page.case.id, "We look into it.", seen=page.last_message_id).message_id)
    return sent


def delivery(desk: Desk, me: AgentRow, case_id: int = 1) -> DeliveryRow:
    found = cases.open_case(desk, me, case_id).messages[-1].delivery
    assert found is not None
    return found


class Scripted:
    """A sender that does what the test says and counts."""

    def __init__(self, outcome: Exception | None = None) -> None:
        self.outcome = outcome
        self.sent: list[int] = []

    def send(self, message: OutgoingRow, begun: Callable[[], object]) -> Taken:
        begun()
        self.sent.append(message.message_id)
        if self.outcome is not None:
            raise self.outcome
        return Taken("constant")


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted()
    monkeypatch.setattr(worker_module, "sender_for", lambda *_: scripted)
    return scripted


def test_nothing_leaves_before_the_undo_time_is_over(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=9)
    assert (outbox.has_work(desk), outbox.lease(desk, "w")) == (False, ())

    clock.advance(seconds=1)
    assert outbox.has_work(desk)
    assert len(outbox.lease(desk, "w")) == 1


def test_what_one_worker_has_no_other_gets(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana, 3)
    clock.advance(seconds=10)

    first = outbox.lease(desk, "one", limit=2)
    second = outbox.lease(desk, "two")

    assert [row.message_id for row in (*first, *second)] == sorted({row.message_id for row in (*first, *second)})
    assert (len(first), len(second)) == (2, 1)
    assert not outbox.has_work(desk)


def test_workers_at_once_never_lease_one_message_twice(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    sent = answered(desk, ana, 12)
    clock.advance(seconds=10)
    leased: list[int] = []

    def work(name: str) -> None:
        while rows := outbox.lease(desk, name, limit=1):
            leased.extend(row.message_id for row in rows)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # On PostgreSQL a worker passes over what another is just leasing, so one may stop early.
    leased.extend(row.message_id for row in outbox.lease(desk, "last"))
    assert sorted(leased) == sent


def test_what_was_sent_is_noted_with_the_providers_name(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")

    outbox.settle_sent(desk, out.outbox_id, "w", "their\0 id")

    assert (delivery(desk, ana).state, delivery(desk, ana).sent_at) == (OutboxState.SENT, clock())
    assert last_event(desk, ana, 1)["message"] == out.message_id


def test_a_providers_name_of_any_length_and_script_can_be_noted(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    line = '{"channel":"chat","external_id":"1","from":{"handle":"h"},"text":"hi","at":"2026-11-23T13:14:00Z"}'
    receive_line(desk, Channel.CHAT, line.encode())
    replies.reply(desk, ana, 1, "Hello", seen=newest(desk, ana).last_message_id)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")
    signs = Random(1).choices([chr(code) for code in range(0x20000, 0x2A6D0)], k=5000)

    outbox.settle_sent(desk, out.outbox_id, "w", "".join(signs))

    assert delivery(desk, ana).state is OutboxState.SENT


def test_what_was_refused_has_failed_in_the_servers_words(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")

    outbox.settle_failed(desk, out.outbox_id, "w", "550 no\x1b such user")

    assert (delivery(desk, ana).state, delivery(desk, ana).error) == (OutboxState.FAILED, "550 no␛ such user")


def test_tries_are_further_and_further_apart_and_end(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    waits = []
    while outbox.has_work(desk):
        (out,) = outbox.lease(desk, "w")
        outbox.settle_later(desk, out.outbox_id, "w", "451 later", chance=lambda: 0.5)
        waits.append(delivery(desk, ana).not_before - clock())
        clock.moment = max(clock.moment, delivery(desk, ana).not_before)

    # An eighth of each wait was added by chance.
    assert waits[:4] == [timedelta(seconds=seconds * 1.125) for seconds in (15, 30, 60, 120)]
    assert max(waits) == timedelta(hours=1.125)
    assert sum(waits, timedelta()) > timedelta(hours=20)
    assert len(waits) == desk.settings.outbox.attempts
    assert (delivery(desk, ana).state, delivery(desk, ana).error) == (
        OutboxState.FAILED,
        "451 later (tried 30 times)",
    )


def leased(desk: Desk, worker: str, *, begun: bool = True) -> OutgoingRow:
    """The message that a worker has leased, and begun to hand over."""
    (out,) = outbox.lease(desk, worker)
    if begun:
        outbox.begin_text(desk, out.outbox_id, worker)
    return out


def test_a_message_that_waits_for_another_try_is_told_once_and_not_at_each_try(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    (message_id,) = answered(desk, ana)
    cursor = events.latest(desk, ana)

    def refused_connections(times: int) -> None:
        for _ in range(times):
            clock.advance(hours=2)
            (out,) = outbox.lease(desk, "w")
            outbox.settle_later(desk, out.outbox_id, "w", "connection refused")

    refused_connections(3)
    assert events.since(desk, ana, cursor).case_ids == {1}
    assert kinds(desk, ana, 1).count("message.delayed") == 1
    assert last_event(desk, ana, 1) == {"message": message_id, "error": "connection refused"}
    assert counts(desk, ana).delayed == 1

    refused_connections(desk.settings.outbox.attempts - 3)
    assert counts(desk, ana).delayed == 0
    replies.retry(desk, ana, message_id)
    refused_connections(1)
    assert kinds(desk, ana, 1).count("message.delayed") == 2


def test_a_lease_that_ran_out_before_the_text_is_sent_again(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    lost = leased(desk, "dead", begun=False)
    clock.advance(outbox.lease_time(desk) + timedelta(seconds=1))

    assert outbox.lease(desk, "alive") == ()
    assert delivery(desk, ana).state is OutboxState.QUEUED
    clock.advance(minutes=1)
    assert leased(desk, "alive").message_id == lost.message_id
    with pytest.raises(outbox.LeaseLostError):
        outbox.begin_text(desk, lost.outbox_id, "dead")


def test_who_comes_to_the_text_after_the_lease_sends_nothing(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    slow = leased(desk, "slow", begun=False)
    clock.advance(outbox.lease_time(desk) + timedelta(seconds=1))

    with pytest.raises(outbox.LeaseLostError):
        outbox.begin_text(desk, slow.outbox_id, "slow")


def test_a_message_that_ends_every_program_before_its_text_fails_in_the_end(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    answered(desk, ana)
    for _ in range(2 * desk.settings.outbox.attempts + 2):
        clock.advance(hours=2)
        outbox.lease(desk, "dies")

    assert delivery(desk, ana).state is OutboxState.FAILED
    assert "nothing had left" in (delivery(desk, ana).error or "")


def test_a_fault_of_ours_before_the_text_asks_for_a_person_and_says_that_nothing_left(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)

    def fault(_message: OutgoingRow, _begun: Callable[[], object]) -> Taken:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(sender, "send", fault)
    Worker(desk).step()

    assert delivery(desk, ana).state is OutboxState.FAILED


def test_a_database_that_cannot_note_the_beginning_keeps_the_message_here(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)

    def away(*_all: object) -> None:
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "begin_text", away)
        Worker(desk).step()
    assert (delivery(desk, ana).state, sender.sent) == (OutboxState.QUEUED, [])
    clock.advance(minutes=1)
    Worker(desk).step()

    assert (delivery(desk, ana).state, len(sender.sent)) == (OutboxState.SENT, 1)


def test_a_lease_that_ran_out_is_unknown_and_not_sent_again(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    leased(desk, "dead")
    clock.advance(outbox.lease_time(desk) + timedelta(seconds=1))

    assert outbox.has_work(desk)
    assert outbox.lease(desk, "alive") == ()
    assert delivery(desk, ana).state is OutboxState.UNKNOWN
    clock.advance(days=1)
    assert (outbox.has_work(desk), outbox.lease(desk, "alive")) == (False, ())


def test_a_worker_that_was_only_slow_knows_better(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    out = leased(desk, "slow")
    clock.advance(hours=2)
    outbox.lease(desk, "other")

    outbox.settle_sent(desk, out.outbox_id, "slow", None)

    assert delivery(desk, ana).state is OutboxState.SENT


def test_a_worker_does_not_settle_what_a_person_has_sent_again(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    (message_id,) = answered(desk, ana)
    clock.advance(seconds=10)
    out = leased(desk, "slow")
    clock.advance(hours=2)
    outbox.lease(desk, "other")
    replies.retry(desk, ana, message_id)

    outbox.settle_failed(desk, out.outbox_id, "slow", "no")

    assert delivery(desk, ana).state is OutboxState.QUEUED


def test_only_who_leased_a_message_settles_it(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "w")

    outbox.settle_sent(desk, out.outbox_id, "impostor", None)

    assert delivery(desk, ana).state is OutboxState.SENDING


def test_a_lease_outlasts_the_slowest_mail_server(desk: Desk) -> None:
    assert outbox.lease_time(desk) >= timedelta(seconds=6 * desk.settings.mail.smtp.timeout_seconds)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (None, OutboxState.SENT),
        (TryLaterError("451 later"), OutboxState.QUEUED),
        (RefusedError("550 never"), OutboxState.FAILED),
        (UnknownOutcomeError("it hung up"), OutboxState.UNKNOWN),
        (KeyError("a fault of ours"), OutboxState.UNKNOWN),
    ],
)
def test_the_worker_notes_what_became_of_a_message(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, outcome: Exception | None, state: OutboxState
) -> None:
    sender.outcome = outcome
    answered(desk, ana)
    clock.advance(seconds=10)
    worker = Worker(desk)

    worker.step()
    worker.step()

    assert delivery(desk, ana).state is state
    assert len(sender.sent) == 1


def test_two_messages_that_a_provider_names_alike_are_both_sent(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted
) -> None:
    for number in "12":
        line = f'{{"channel":"chat","external_id":"{number}","from":{{"handle":"h{number}"}},"text":"hi",'
        receive_line(desk, Channel.CHAT, (line + '"at":"2026-11-23T13:14:00Z"}').encode())
        replies.reply(desk, ana, int(number), "Hello", seen=newest(desk, ana).last_message_id)
    clock.advance(seconds=10)

    Worker(desk).step()

    assert [delivery(desk, ana, case_id).state for case_id in (1, 2)] == [OutboxState.SENT] * 2


def test_what_the_database_could_not_take_is_noted_before_anything_else_is_sent(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana, 2)
    clock.advance(seconds=10)
    worker = Worker(desk)

    def away(*_all: object, **_remarks: object) -> None:
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "settle_sent", away)
        with pytest.raises(DatabaseUnavailableError):
            worker.step()
        assert len(sender.sent) == 1
    # The outcome was bound when the message was sent: give the worker the way to note it back.
    worker._unsettled.clear()
    outbox.settle_sent(desk, 1, worker.name, None)
    worker.step()

    assert len(sender.sent) == 2
    assert [delivery(desk, ana, case_id).state for case_id in (1, 2)] == [OutboxState.SENT] * 2


def test_an_outcome_that_can_never_be_noted_becomes_unknown_and_holds_up_nothing(
    desk: Desk,
    ana: AgentRow,
    clock: SettableClock,
    sender: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answered(desk, ana, 2)
    clock.advance(seconds=10)
    noted = outbox.settle_sent

    def spoiled(desk: Desk, outbox_id: int, worker: str, provider_id: str | None, **remarks: Any) -> None:
        if outbox_id == 1:
            raise ValueError("it fits no column")
        noted(desk, outbox_id, worker, provider_id, **remarks)

    monkeypatch.setattr(outbox, "settle_sent", spoiled)
    worker = Worker(desk)

    worker.step()
    assert [delivery(desk, ana, case_id).state for case_id in (1, 2)] == [OutboxState.SENDING, OutboxState.SENT]
    assert "message 2 cannot be noted" in caplog.text
    clock.advance(outbox.lease_time(desk) + timedelta(seconds=1))
    worker.step()

    assert delivery(desk, ana, 1).state is OutboxState.UNKNOWN
    assert sender.sent == [2, 4]


def test_a_duty_that_fails_holds_up_no_message(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)

    def wake(_desk: Desk) -> int:
        raise ValueError("one case spoils it")

    monkeypatch.setattr(worker_module.upkeep, "wake_snoozed", wake)

    with pytest.raises(ValueError, match="one case spoils it"):
        Worker(desk).step()

    assert delivery(desk, ana).state is OutboxState.SENT


def test_the_worker_goes_on_after_any_error(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)
    stop = threading.Event()
    faults = [RuntimeError("a fault"), DatabaseUnavailableError("away")]

    def wake(_desk: Desk) -> int:
        if faults:
            raise faults.pop()
        if sender.sent:
            stop.set()
        return 0

    monkeypatch.setattr(worker_module.upkeep, "wake_snoozed", wake)
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 0)

    Worker(desk).run(stop)

    assert len(sender.sent) == 1


def test_an_outage_is_told_once_however_long_it_lasts(
    desk: Desk, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    words = ["full", "away", "away", "away"]

    def wake(_desk: Desk) -> int:
        if words:
            raise DatabaseUnavailableError(words.pop())
        stop.set()
        return 0

    monkeypatch.setattr(worker_module.upkeep, "wake_snoozed", wake)
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 0)

    Worker(desk).run(stop)

    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records] == ["away", "full", "again"]


def test_a_lease_given_while_the_clock_was_ahead_ends_once_it_is_right_again(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    answered(desk, ana)
    clock.advance(days=400)
    leased(desk, "dead")
    clock.advance(days=-400)

    assert outbox.has_work(desk)
    assert outbox.lease(desk, "alive") == ()
    assert delivery(desk, ana).state is OutboxState.UNKNOWN


@pytest.mark.parametrize("minutes", [-30, 2])
def test_a_clock_that_is_a_little_off_ends_no_lease(
    desk: Desk, ana: AgentRow, clock: SettableClock, minutes: int
) -> None:
    answered(desk, ana)
    clock.advance(hours=1)
    outbox.lease(desk, "w")
    clock.advance(minutes=minutes)

    assert not outbox.has_work(desk)


def test_a_worker_that_lived_through_a_jump_of_the_clock_settles_its_message(
    desk: Desk, ana: AgentRow, clock: SettableClock, sender: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(desk, ana)
    clock.advance(seconds=10)

    def jump(message: OutgoingRow, begun: Callable[[], object]) -> Taken:
        begun()
        sender.sent.append(message.message_id)
        clock.advance(days=400)
        assert outbox.lease(desk, "other") == ()
        assert delivery(desk, ana).state is OutboxState.UNKNOWN
        return Taken()

    monkeypatch.setattr(sender, "send", jump)
    Worker(desk).step()

    assert delivery(desk, ana).state is OutboxState.SENT
    assert len(sender.sent) == 1


def test_an_answer_written_while_the_clock_was_ahead_does_not_wait_for_that_day(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    clock.advance(days=400)
    (message_id,) = answered(desk, ana)
    clock.advance(days=-400)

    assert outbox.has_work(desk)
    assert [row.message_id for row in outbox.lease(desk, "w")] == [message_id]


def test_what_is_scheduled_waits_however_far_off_it_is(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    answered(desk, ana)
    later = clock() + timedelta(days=30)
    with desk.database.write() as unit:
        unit.session.execute(update(OutboxItem).values(scheduled_for=later, not_before=later))

    assert (outbox.has_work(desk), outbox.lease(desk, "w")) == (False, ())
    clock.moment = later
    assert len(outbox.lease(desk, "w")) == 1


LINE = '{"channel":"CHANNEL","external_id":"1","from":{FROM},"text":"hi","at":"2026-11-23T13:14:00Z"}'
CHANNELS = {
    Channel.PHONE: '"phone":"+6281234567"',
    Channel.EMAIL: '"email":"dewi@example.org"',
    Channel.CHAT: '"handle":"dewi"',
    Channel.SOCIAL: '"handle":"dewi"',
}


@pytest.mark.parametrize("is_taken_back", [True, False])
@pytest.mark.parametrize("channel", list(CHANNELS))
def test_an_answer_on_any_channel_can_be_taken_back_within_its_time(
    desk: Desk, ana: AgentRow, clock: SettableClock, channel: Channel, *, is_taken_back: bool
) -> None:
    line = LINE.replace("CHANNEL", channel).replace("FROM", CHANNELS[channel])
    receive_line(desk, channel, line.encode())
    page = newest(desk, ana)
    sent = replies.reply(desk, ana, page.case.id, "We look into it.", seen=page.last_message_id)
    worker = Worker(desk)
    clock.advance(seconds=9)
    worker.step()
    if is_taken_back:
        assert replies.take_back(desk, ana, sent.message_id) == "We look into it."
    clock.advance(hours=1)
    worker.step()

    spooled = [path.name for path in desk.settings.spool_folder.glob("*.json")]
    assert spooled == ([] if is_taken_back else [f"{channel}-{sent.message_id}.json"])
    assert delivery(desk, ana).state is (OutboxState.CANCELLED if is_taken_back else OutboxState.SENT)
