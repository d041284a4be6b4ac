"""Workers that die at any step or work at once: a message arrives at most once, and none is forgotten."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from db.kinds import OutboxState
from desk.channels.mail.sent_folder import find_in_sent
from desk.services import delivery
from desk.settings import Mail
from desk.worker import Worker
from tests import dovecot as imap
from tests.smtp_server import WITHIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.clock import SettableClock
    from tests.sending.conftest import Sending
    from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow


class Locked:
    """Keeps a SQLite file from being written to, so that nothing can be committed."""

    def __init__(self, sending: Sending) -> None:
        self._path = str(sending.desk.database.path)
        self.connection: sqlite3.Connection | None = None

    def lock(self) -> None:
        if self.connection is None:
            self.connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False, isolation_level=None)
            self.connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        if self.connection is not None:
            self.connection.close()


def kill_at(sending: Sending, server: SmtpServer) -> None:
    """Start a worker, kill it when the server has come to where it stops, and let the server go on for others."""
    process = sending.worker()
    assert server.reached.wait(WITHIN)
    process.kill()
    process.communicate(timeout=WITHIN)
    server.stops_at = ""
    server.at.clear()


def work_on(sending: Sending, clock: SettableClock) -> None:
    """Another worker, for a day."""
    worker = Worker(sending.desk)
    for _ in range(24):
        clock.advance(hours=1)
        worker.step()


@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data"])
def test_what_a_worker_killed_before_the_text_had_is_sent_once_by_the_next(
    sending: Sending, clock: SettableClock, server: SmtpServer, step: str
) -> None:
    sending.answer()
    server.stops_at = step

    kill_at(sending, server)
    work_on(sending, clock)

    assert len(server.taken) == 1
    assert sending.delivery().state is OutboxState.SENT
    assert delivery.undelivered(sending.desk, sending.me) == ()


def test_a_worker_killed_after_the_text_leaves_a_message_that_a_person_is_asked_about(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    message_id = sending.answer()
    server.stops_at = "text"

    kill_at(sending, server)
    work_on(sending, clock)

    assert len(server.taken) == 1
    assert sending.delivery().state is OutboxState.UNKNOWN
    assert [row.message_id for row in delivery.undelivered(sending.desk, sending.me)] == [message_id]


def test_a_worker_killed_between_250_and_commit_never_sends_it_twice(
    sending_on_sqlite: Callable[[Mail | None], Sending], clock: SettableClock, server: SmtpServer
) -> None:
    sending = sending_on_sqlite(None)
    message_id = sending.answer()
    locked = Locked(sending)
    server.at["text"] = locked.lock
    server.stops_at = "quit"

    kill_at(sending, server)
    locked.release()
    work_on(sending, clock)

    assert len(server.taken) == 1
    assert sending.delivery().state is OutboxState.UNKNOWN
    assert [row.message_id for row in delivery.undelivered(sending.desk, sending.me)] == [message_id]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[imap.Dovecot]:
    """A real IMAP server."""
    if imap.PROGRAM is None:
        pytest.skip(imap.MISSING)
    running = imap.Dovecot()
    try:
        running.start()
        yield running
    finally:
        running.remove()


def test_what_was_sent_has_one_copy_in_the_sent_folder(
    sending_on_sqlite: Callable[[Mail | None], Sending], server: SmtpServer, dovecot: imap.Dovecot
) -> None:
    box = dovecot.mailbox()
    sending = sending_on_sqlite(Mail(mailboxes={"main": box}))
    sending.answer()

    Worker(sending.desk).step()

    ((_, raw),) = server.taken
    assert dovecot.messages(box, "Sent", flag="SEEN") == [raw]
    assert (sending.delivery().state, sending.delivery().error) == (OutboxState.SENT, None)


def test_a_worker_killed_between_the_copy_and_the_commit_is_settled_by_the_copy(
    sending_on_sqlite: Callable[[Mail | None], Sending],
    clock: SettableClock,
    server: SmtpServer,
    dovecot: imap.Dovecot,
) -> None:
    box = dovecot.mailbox()
    sending = sending_on_sqlite(Mail(mailboxes={"main": box}))
    sending.answer()
    locked = Locked(sending)
    server.at["text"] = locked.lock
    process = sending.worker()
    until = threading.Event()
    for _ in range(int(WITHIN / 0.2)):  # until the worker, which cannot tell anybody, has put its copy
        if server.taken and dovecot.messages(box, "Sent"):
            break
        until.wait(0.2)
    process.kill()
    process.communicate(timeout=WITHIN)
    locked.release()
    server.at.clear()

    work_on(sending, clock)

    assert len(server.taken) == 1
    assert len(dovecot.messages(box, "Sent")) == 1
    assert sending.delivery().state is OutboxState.SENT
    assert delivery.undelivered(sending.desk, sending.me) == ()


def test_a_worker_killed_between_250_and_the_copy_leaves_it_to_a_person(
    sending_on_sqlite: Callable[[Mail | None], Sending],
    clock: SettableClock,
    server: SmtpServer,
    dovecot: imap.Dovecot,
) -> None:
    box = dovecot.mailbox()
    sending = sending_on_sqlite(Mail(mailboxes={"main": box}))
    sending.answer()
    server.stops_at = "text"  # the message is taken, the worker never hears of it and puts no copy

    kill_at(sending, server)
    work_on(sending, clock)

    assert len(server.taken) == 1
    assert dovecot.messages(box, "Sent") == []
    assert sending.delivery().state is OutboxState.UNKNOWN


def test_a_mailbox_that_is_away_keeps_no_answer_back_and_gets_its_copy_later(
    sending_on_sqlite: Callable[[Mail | None], Sending],
    clock: SettableClock,
    server: SmtpServer,
    dovecot: imap.Dovecot,
) -> None:
    box = dovecot.mailbox()
    sending = sending_on_sqlite(Mail(mailboxes={"main": box}))
    sending.answer()
    dovecot.stop()
    try:
        Worker(sending.desk).step()
    finally:
        dovecot.start()
    assert sending.delivery().state is OutboxState.SENT
    assert "There is no copy in the Sent folder" in (sending.delivery().error or "")

    work_on(sending, clock)

    assert len(server.taken) == 1
    assert (sending.delivery().state, sending.delivery().error) == (OutboxState.SENT, None)
    assert find_in_sent(box, server.taken[0][1].split(b"Message-ID: <")[1].split(b">")[0].decode())


def test_workers_in_processes_of_their_own_never_send_one_message_twice(sending: Sending, server: SmtpServer) -> None:
    for number in range(12):
        sending.answer(number)

    workers = [sending.worker("--once") for _ in range(3)]
    for each in workers:
        each.communicate(timeout=WITHIN)

    assert sorted(to for (to,), _ in server.taken) == sorted(f"c{number}@example.org" for number in range(12))
    assert {sending.delivery(case_id).state for case_id in range(1, 13)} == {OutboxState.SENT}
