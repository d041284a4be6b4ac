"""The queue: most urgent first, a page at a time, at the same cost however long it is."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from db.errors import DatabaseUnavailableError
from db.kinds import Channel, Lane
from db.rows import CaseRow, QueueKey
from desk.services import agents, changes, claims, queue
from desk.services.desk import Desk
from tests.services.acting import many, receive_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.engine import Database
    from db.rows import AgentRow
    from desk.settings import Settings


def key(row: CaseRow) -> QueueKey:
    assert row.due_at is not None
    return QueueKey(row.due_at, row.priority, row.id)


@pytest.fixture
def seven(desk: Desk, ana: AgentRow) -> list[int]:
    """Seven cases in their order: by due, then priority, then id."""
    many(desk, 7)
    changes.set_priority(desk, ana, [5], 1)
    changes.set_priority(desk, ana, [2, 6], 2)
    changes.set_priority(desk, ana, [1], 4)
    return [5, 2, 6, 3, 4, 7, 1]


def test_pages_down_and_up_meet_without_gap_or_overlap(desk: Desk, ana: AgentRow, seven: list[int]) -> None:
    down = queue.page(desk, ana, limit=3)
    more = queue.page(desk, ana, after=key(down.rows[-1]), limit=3)
    rest = queue.page(desk, ana, after=key(more.rows[-1]), limit=3)
    assert [row.id for page in (down, more, rest) for row in page.rows] == seven
    assert [page.has_more for page in (down, more, rest)] == [True, True, False]

    up = queue.page(desk, ana, before=key(rest.rows[0]), limit=4)
    assert ([row.id for row in up.rows], up.has_more) == (seven[2:6], True)


def test_the_last_page_ends_with_the_least_urgent(desk: Desk, ana: AgentRow, seven: list[int]) -> None:
    page = queue.page(desk, ana, last=True, limit=2)

    assert ([row.id for row in page.rows], page.has_more) == (seven[-2:], True)


def test_what_stands_above_is_counted(desk: Desk, ana: AgentRow, seven: list[int]) -> None:
    row = queue.page(desk, ana).rows[4]

    assert queue.count_before(desk, ana, Lane.ALL, key(row)) == 4


def test_a_page_has_a_hundred_rows_at_most(desk: Desk, ana: AgentRow) -> None:
    many(desk, 101)

    page = queue.page(desk, ana, limit=1000)
    assert (len(page.rows), page.has_more) == (100, True)


def test_each_lane_shows_and_counts_its_own(desk: Desk, ana: AgentRow) -> None:
    many(desk, 2)
    line = b'{"channel":"phone","external_id":"1","from":{"phone":"0812"},"text":"hi","at":"2026-11-23T13:14:00Z"}'
    receive_line(desk, Channel.PHONE, line)
    claims.take(desk, ana, 2)

    shown = {lane: [row.id for row in queue.page(desk, ana, lane).rows] for lane in Lane}
    counts = queue.counts(desk, ana)

    assert shown[Lane.ALL] == [3, 1, 2]
    assert (shown[Lane.EMAIL], shown[Lane.PHONE], shown[Lane.CHAT], shown[Lane.MINE]) == ([1, 2], [3], [], [2])
    assert dict(counts.by_channel) == {Channel.EMAIL: 2, Channel.PHONE: 1, Channel.CHAT: 0, Channel.SOCIAL: 0}
    assert (counts.mine, counts.total) == (1, 3)


def plans(database: Database, act: Callable[[], object]) -> list[list[str]]:
    """How SQLite answers what a use case asks about cases in a lane."""
    asked: list[str] = []

    def note(sql: str) -> None:
        if sql.startswith(("SELECT", "UPDATE")) and "likely(" in sql:
            asked.append(sql)

    def trace(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.set_trace_callback(note)

    event.listen(database.engine, "checkout", trace)
    act()
    event.remove(database.engine, "checkout", trace)
    with database.read() as connection:
        connection.connection.set_trace_callback(None)
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}") for sql in asked]
        return [[row[3] for row in steps] for steps in explained]


@pytest.mark.parametrize("lane", list(Lane))
def test_no_lane_is_sorted_to_be_shown_or_handed_out(sqlite_database: Database, settings: Settings, lane: Lane) -> None:
    desk = Desk(sqlite_database, settings, sqlite_database.clock)
    me = agents.sign_in(desk, "me")
    key = QueueKey(desk.clock(), 3, 1)

    def work() -> None:
        queue.page(desk, me, lane)
        queue.page(desk, me, lane, after=key)
        queue.page(desk, me, lane, before=key)
        queue.count_before(desk, me, lane, key)
        claims.next_case(desk, me, lane, skip=[5])

    found = plans(sqlite_database, work)

    assert len(found) == 5
    assert not [step for plan in found for step in plan if "TEMP B-TREE" in step or step == "SCAN support_case"]


def test_postgresql_finds_the_queue_by_its_index(postgres_database: Database) -> None:
    from db.queries.queue import in_lane

    with postgres_database.read() as connection:
        condition = in_lane(Lane.ALL, 1)[0].compile(connection)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.scalars(
            text(f"EXPLAIN SELECT id FROM support_case WHERE {condition} ORDER BY due_at, priority, id LIMIT 50")
        ).all()

    assert any("ix_support_case_queue" in line for line in plan)
    assert not any("Sort" in line for line in plan)


def test_what_the_database_refuses_has_a_name(sqlite_database: Database, settings: Settings) -> None:
    desk = Desk(sqlite_database, settings, sqlite_database.clock)
    me = agents.sign_in(desk, "me")
    with sqlite3.connect(sqlite_database.path or "") as elsewhere:
        elsewhere.execute("ALTER TABLE customer RENAME TO gone_too")
    elsewhere.close()

    with pytest.raises(DatabaseUnavailableError, match="no such table: customer"):
        queue.page(desk, me)
