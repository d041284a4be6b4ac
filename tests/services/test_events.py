"""The record of what happened: nothing in it changes, and nobody who follows it misses anything."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from db.kinds import EventKind, Status
from db.queries.events import first_broken_event
from desk.services import changes, claims, events, replies
from desk.services.desk import Desk
from tests.services.acting import arrived, counted, cursor, many

if TYPE_CHECKING:
    from db.engine import Database
    from db.rows import AgentRow, CaseDetail
    from desk.settings import Settings

APPEND_ONLY_OFF = {"sqlite": "DROP TRIGGER event_no_update", "postgresql": "ALTER TABLE event DISABLE TRIGGER USER"}


def broken(desk: Desk) -> int | None:
    with desk.database.read() as connection:
        return first_broken_event(connection)


def tamper(desk: Desk, statement: str) -> None:
    with desk.database.engine.begin() as connection:
        connection.execute(text(APPEND_ONLY_OFF[connection.dialect.name]))
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER event_no_delete"))
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'x' WHERE id = 1", "DELETE FROM event WHERE id = 1"])
def test_no_event_is_changed_or_removed(desk: Desk, case: CaseDetail, statement: str) -> None:
    before = counted(desk)
    with pytest.raises(DatabaseError, match="append-only"), desk.database.engine.begin() as connection:
        connection.execute(text(statement))

    assert counted(desk) == before


def test_the_chain_holds_over_everything_that_the_desk_does(desk: Desk, ana: AgentRow, budi: AgentRow) -> None:
    page = arrived(desk, ana)
    many(desk, 5)
    claims.take(desk, ana, 1)
    changes.tag(desk, ana, [1, 2, 3], "退款 ünïcode")
    changes.undo(desk, ana, changes.set_status(desk, ana, [1, 2], Status.SOLVED))
    sent = replies.reply(desk, ana, 1, "Hello", seen=page.last_message_id)
    replies.take_back(desk, ana, sent.message_id)
    with desk.database.write() as unit:
        unit.record(EventKind.CASE_STATUS, case_id=1, odd=[1.5, None, True, "\u2028", 2**60, {"z": 1, "a": "é"}])

    assert broken(desk) is None


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET agent_id = NULL WHERE id = 3", 3),
        ("UPDATE event SET data = '{}' WHERE id = 2", 2),
        ("DELETE FROM event WHERE id = 3", 4),
        ("DELETE FROM event WHERE id = 1", 2),
    ],
)
def test_the_first_event_that_was_tampered_with_is_named(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail, statement: str, found: int
) -> None:
    tamper(desk, statement)

    assert broken(desk) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET data = data || ' ,approved' WHERE id = 2", 2),
        ("UPDATE event SET at = 'yesterday' WHERE id = 3", 3),
        ("UPDATE event SET data = CASE id WHEN 2 THEN '{}' ELSE 'gone' END WHERE id IN (2, 3)", 2),
    ],
)
def test_an_event_that_cannot_be_read_any_more_is_named(
    sqlite_database: Database, settings: Settings, statement: str, found: int
) -> None:
    desk = Desk(sqlite_database, settings, sqlite_database.clock)
    with desk.database.write() as unit:
        for number in range(4):
            unit.record(EventKind.CASE_STATUS, number=number)
    tamper(desk, statement)

    assert broken(desk) == found


def test_an_empty_record_is_whole(desk: Desk) -> None:
    assert broken(desk) is None


def test_what_happened_since_is_told_once(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    before = cursor(desk, ana)
    assert events.since(desk, ana, before).case_ids == frozenset()

    claims.take(desk, ana, case.case.id)
    seen = events.since(desk, ana, before)

    assert seen.case_ids == {case.case.id}
    assert events.since(desk, ana, seen.cursor) == type(seen)(seen.cursor, frozenset())


def test_a_long_absence_is_caught_up_in_parts(desk: Desk, ana: AgentRow, monkeypatch: pytest.MonkeyPatch) -> None:
    many(desk, 6)
    monkeypatch.setattr(events, "MOST", 4)
    at, touched = 0, set()
    while (seen := events.since(desk, ana, at)).cursor != at:
        at = seen.cursor
        touched |= seen.case_ids

    assert touched == set(range(1, 7))


@pytest.mark.slow
def test_a_reader_who_follows_concurrent_writers_skips_nothing(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow
) -> None:
    many(desk, 30)
    start = cursor(desk, ana)
    writing = threading.Event()
    writing.set()
    seen: list[int] = []

    def write(me: AgentRow, priority: int) -> None:
        for case_id in range(1, 31):
            changes.set_priority(desk, me, [case_id], priority)

    def follow() -> None:
        at = start
        while True:
            over = not writing.is_set()
            changes_ = events.since(desk, ana, at)
            seen.extend(range(at + 1, changes_.cursor + 1) if changes_.cursor > at else ())
            if over and changes_.cursor == at:
                return
            at = changes_.cursor

    def visible() -> set[int]:
        with desk.database.read() as connection:
            return set(connection.scalars(text(f"SELECT id FROM event WHERE id > {start}")))

    observed: list[set[int]] = []

    def observe() -> None:
        while writing.is_set():
            observed.append(visible())

    writers = [threading.Thread(target=write, args=pair) for pair in ((ana, 1), (budi, 2), (sari, 4))]
    readers = [threading.Thread(target=follow), threading.Thread(target=observe)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in readers:
        thread.join()

    # Whenever an event could be seen, every earlier one could be seen, too.
    final = visible()
    assert final <= set(seen)
    for moment in observed:
        assert moment == {number for number in final if number <= max(moment, default=0)}
    assert broken(desk) is None


def test_events_hold_json_that_says_who_and_what(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)

    with desk.database.read() as connection:
        row = connection.execute(text("SELECT agent_id, case_id, data FROM event ORDER BY id DESC LIMIT 1")).one()
    data = json.loads(row.data) if isinstance(row.data, str) else row.data
    assert (row.agent_id, row.case_id, data["after"]) == (ana.id, case.case.id, {"assignee": "ana"})
