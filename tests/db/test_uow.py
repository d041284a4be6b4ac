"""The unit of work: one moment, one transaction, and its events in one chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from db.engine import Database
from db.kinds import EventKind
from db.models import DeskInfo, Event
from db.queries.events import first_broken_event
from db.types import NaiveTimeError
from db.uow import FIRST_HASH, chained_hash

if TYPE_CHECKING:
    from tests.clock import SettableClock


def test_every_event_of_a_unit_has_its_moment_and_stands_in_the_order_of_recording(
    database: Database, clock: SettableClock
) -> None:
    with database.write() as unit:
        clock.advance(hours=1)
        for number in range(3):
            unit.record(EventKind.ANSWER_APPROVED, number=number)
        moment = unit.now

    with database.read() as connection:
        rows = connection.execute(select(Event.at, Event.data).order_by(Event.id)).all()
    assert [row.data["number"] for row in rows] == [0, 1, 2]
    assert {row.at for row in rows} == {moment} == {clock() - timedelta(hours=1)}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_written_beside_the_session_is_committed_with_it(database: Database, *, is_first: bool) -> None:
    with database.write() as unit:
        if is_first:
            unit.session.expunge_all()  # looked at, and nothing asked of it
        unit.connection.execute(insert(DeskInfo).values(key="a", value="1"))
        unit.session.expunge_all()
        unit.record(EventKind.ANSWER_APPROVED)

    with database.read() as connection:
        assert connection.scalar(select(DeskInfo.value).where(DeskInfo.key == "a")) == "1"
        assert len(connection.scalars(select(Event.id)).all()) == 1


def test_no_event_stays_of_a_unit_that_fails(database: Database) -> None:
    with suppress(RuntimeError), database.write() as unit:
        unit.record(EventKind.ANSWER_APPROVED)
        raise RuntimeError

    with database.read() as connection:
        assert connection.scalars(select(Event.id)).all() == []


def test_the_chain_holds_though_two_who_use_nothing_but_direct_statements_append_at_once(database: Database) -> None:
    """Whoever appends reads the latest hash first: nobody else may get in between."""

    def append(_turn: int) -> None:
        with database.write() as unit:
            unit.record(EventKind.ANSWER_APPROVED)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(append, range(120)))
    with database.read() as connection:
        assert first_broken_event(connection) is None


def test_each_hash_covers_the_event_before(database: Database) -> None:
    for number in range(2):
        with database.write() as unit:
            unit.record(EventKind.ANSWER_APPROVED, number=number)

    with database.read() as connection:
        first, second = connection.execute(select(Event).order_by(Event.id)).all()
    assert first.hash == chained_hash(FIRST_HASH, first.at, first.kind, None, None, {"number": 0})
    assert second.hash == chained_hash(first.hash, second.at, second.kind, None, None, {"number": 1})


def test_a_clock_in_another_zone_gives_the_same_chain(database_url: str) -> None:
    jakarta = timezone(timedelta(hours=7))
    database = Database(database_url, clock=lambda: datetime(2026, 11, 23, 20, 14, tzinfo=jakarta))
    with database.write() as unit:
        unit.record(EventKind.ANSWER_APPROVED)

    with database.read() as connection:
        assert first_broken_event(connection) is None
    database.close()


def test_a_clock_without_a_zone_is_refused(database_url: str) -> None:
    database = Database(database_url, clock=lambda: datetime(2026, 11, 23))  # noqa: DTZ001

    with pytest.raises(NaiveTimeError), database.write():
        pass
    database.close()
