"""What strangers, disks and servers do to the services: each fault has a name, and nothing is lost or doubled."""

from __future__ import annotations

import os
import sqlite3
import threading
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from db.errors import DatabaseFullError, DatabaseReplacedError, LostRaceError
from db.kinds import OutboxState
from db.models import OutboxItem
from desk import worker
from desk.channels.sending import Taken
from desk.services import agents, replies
from desk.services.desk import Desk
from desk.services.errors import CaseError
from tests.services.acting import arrived, counted, mail, newest, receive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from desk.settings import Settings
    from tests.clock import SettableClock


def test_a_message_id_of_any_length_and_script_is_taken_in_once(desk: Desk, ana: AgentRow) -> None:
    name = "".join(Random(1).choices([chr(code) for code in range(0x20000, 0x2A6D0)], k=880)).encode()

    page = arrived(desk, ana, mail("NAME@example.org").replace(b"NAME", name))
    assert receive(desk, mail("NAME@example.org", x_copy="yes").replace(b"NAME", name)).known == 1
    receive(desk, mail("second@example.org", in_reply_to="<NAME@example.org>").replace(b"NAME", name))

    assert newest(desk, ana).case.id == page.case.id


def test_a_worker_ends_when_another_database_stands_in_the_place_of_its_own(
    sqlite_database: Database, settings: Settings, sqlite_template: Path
) -> None:
    desk = Desk(sqlite_database, settings, sqlite_database.clock)
    worker.Worker(desk).step()
    path = sqlite_database.path
    assert path is not None
    os.link(path, path.with_name("kept"))
    path.unlink()
    path.write_bytes(sqlite_template.read_bytes())

    with pytest.raises(DatabaseReplacedError):
        worker.Worker(desk).run(threading.Event())
    beside_screens = worker.run_in_thread(desk, threading.Event())
    beside_screens.join(10)

    assert not beside_screens.is_alive()


def test_two_people_who_answer_one_case_at_once_send_one_answer(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    together, outcomes = threading.Barrier(2), list[str]()

    def answer(me: AgentRow) -> None:
        together.wait()
        try:
            replies.reply(desk, me, case.case.id, f"From {me.name}.", seen=case.last_message_id)
            outcomes.append("sent")
        except (CaseError, LostRaceError) as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=answer, args=(me,)) for me in (ana, budi)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(outcomes) == 2
    assert outcomes.count("sent") == 1, outcomes
    assert counted(desk, OutboxItem) == 1


def test_a_worker_with_a_database_that_takes_no_changes_sends_nothing_and_says_so_once(
    sqlite_database: Database,
    settings: Settings,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(sqlite_database, settings, clock)
    me = agents.sign_in(desk, "boss")
    page = arrived(desk, me)
    replies.reply(desk, me, page.case.id, "Soon.", seen=page.last_message_id)
    clock.advance(minutes=1)
    stop, tries = Stopwatch(4), list[object]()
    monkeypatch.setattr(worker, "sender_for", lambda *_: tries.append(1))
    event.listen(sqlite_database.engine, "checkout", read_only)

    worker.Worker(desk).run(stop)

    assert tries == []
    assert [record.getMessage() for record in caplog.records if "takes no changes" in record.getMessage()] == [
        "the worker waits for the database: The database can be read but takes no changes now. "
        "Nothing was changed; ask who looks after it."
    ]
    event.remove(sqlite_database.engine, "checkout", read_only)
    sqlite_database.engine.dispose()
    assert owed(desk) == [OutboxState.QUEUED]


def test_what_was_sent_on_a_full_disk_is_noted_later_and_not_sent_again(
    sqlite_database: Database, settings: Settings, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(sqlite_database, settings, clock)
    me = agents.sign_in(desk, "boss")
    page = arrived(desk, me)
    replies.reply(desk, me, page.case.id, "Soon.", seen=page.last_message_id)
    clock.advance(minutes=1)
    sent: list[int] = []
    disk = Disk(sqlite_database)

    class Sender:
        def send(self, message: OutgoingRow, begun: Callable[[], object]) -> Taken:
            begun()
            sent.append(message.message_id)
            disk.is_full = True
            return Taken("id")

    monkeypatch.setattr(worker, "sender_for", lambda *_: Sender())
    working = worker.Worker(desk)
    for _ in range(3):
        with pytest.raises(DatabaseFullError):
            working.step()
    disk.is_full = False
    working.step()
    clock.advance(hours=1)
    working.step()

    assert len(sent) == 1
    assert owed(desk) == [OutboxState.SENT]


class Disk:
    """Where a SQLite database lies; while it is full, every change is answered as SQLite does it."""

    def __init__(self, database: Database) -> None:
        self.is_full = False
        event.listen(database.engine, "do_execute", self._refuse)

    def _refuse(self, _cursor: object, statement: str, *_: object) -> None:
        if self.is_full and statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            raise sqlite3.OperationalError("database or disk is full")


class Stopwatch(threading.Event):
    """Set after so many turns of the thread that made it, which does not wait; other threads do."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self._turns, self._thread = turns, threading.get_ident()

    def wait(self, timeout: float | None = None) -> bool:
        if threading.get_ident() != self._thread:
            return super().wait(timeout)
        self._turns -= 1
        if self._turns <= 0:
            self.set()
        return self.is_set()


def read_only(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def owed(desk: Desk) -> list[OutboxState]:
    with desk.database.read() as connection:
        return list(connection.scalars(select(OutboxItem.state)))
