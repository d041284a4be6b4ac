"""One database: readers see one moment, writers take turns, and what goes wrong has a name."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from db import engine as engine_module
from db.engine import Database, DatabaseBusyError, DatabaseUnavailableError, LostRaceError
from db.models import ContactPoint, Customer, DeskInfo
from db.queries.direct import DirectQuery
from db.types import NaiveTimeError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clock import SettableClock


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(DeskInfo).where(DeskInfo.key != "figures")) or 0


def put(database: Database, key: str) -> None:
    with database.write() as unit:
        unit.session.add(DeskInfo(key=key, value="x"))


def test_a_sqlite_file_is_in_wal_mode_durable_and_holds_its_foreign_keys(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        pragmas = [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")
        ]

    assert pragmas == ["wal", 1, 2]


def test_what_points_nowhere_is_refused(database: Database) -> None:
    point = ContactPoint(customer_id=9, kind="email", provider="", value="a", folded="a", created_at=database.clock())
    with pytest.raises(IntegrityError), database.write() as unit:
        unit.session.add(point)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001
    with pytest.raises(StatementError) as caught, database.write() as unit:
        unit.session.add(Customer(name="Dewi", created_at=naive))
    assert isinstance(caught.value.orig, NaiveTimeError)


def test_a_reader_sees_one_moment_however_long_it_looks(database: Database) -> None:
    with database.read() as connection:
        seen = select(func.count()).select_from(DeskInfo).where(DeskInfo.key != "figures")
        before = connection.scalar(seen)
        put(database, "later")
        assert connection.scalar(seen) == before
    assert count(database) == (before or 0) + 1


def test_a_reader_by_direct_statements_sees_one_moment_as_well(database: Database) -> None:
    keys = DirectQuery(select(DeskInfo.key).where(DeskInfo.key != "figures"), str)
    with database.read() as connection:
        before = keys.run(connection, {})
        put(database, "later")
        assert keys.run(connection, {}) == before
    assert count(database) == len(before) + 1


def test_a_connection_that_breaks_under_a_direct_statement_is_given_up_and_named(
    postgres_database: Database, postgres_url: str
) -> None:
    keys = DirectQuery(select(DeskInfo.key), str)
    other = Database(postgres_url)
    with postgres_database.read() as connection:
        keys.run(connection, {})
        mine = connection.scalar(text("SELECT pg_backend_pid()"))
        with other.write() as unit:
            unit.connection.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
        with pytest.raises(OperationalError) as broken:
            keys.run(connection, {})
        assert broken.value.connection_invalidated
        assert connection.invalidated
    with postgres_database.read() as again:
        assert keys.run(again, {})
    other.close()


def test_who_still_reads_when_the_database_is_closed_gives_the_connection_back_at_the_end(
    postgres_database: Database, postgres_url: str
) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    watcher = Database(postgres_url)
    with postgres_database.read() as reader:
        reader.execute(text("SELECT 1"))
        postgres_database.close()
    with postgres_database.write() as unit:
        unit.connection.execute(text("SELECT 1"))
        postgres_database.close()
    patient_until = time.monotonic() + 10
    is_open = True
    while is_open and time.monotonic() < patient_until:  # the server hears of it a moment later
        with watcher.read() as connection:
            is_open = bool(connection.scalar(others))
    watcher.close()
    assert not is_open


def test_a_reader_does_not_hold_up_a_writer(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SELECT * FROM desk_info")).all()
        put(database, "meanwhile")


def test_nothing_stays_of_a_write_that_fails(database: Database) -> None:
    with suppress(RuntimeError), database.write() as unit:
        unit.session.add(DeskInfo(key="a", value="b"))
        unit.session.flush()
        raise RuntimeError

    assert count(database) == 0


def test_a_busy_sqlite_file_is_named_and_loses_nothing(
    sqlite_url: str, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)
    one, other = Database(sqlite_url, clock=clock), Database(sqlite_url, clock=clock)
    with one.write() as unit:
        unit.session.add(DeskInfo(key="first", value="x"))
        unit.session.flush()
        with pytest.raises(DatabaseBusyError, match="Nothing was changed"):
            put(other, "second")
    put(other, "second")

    assert count(one) == 2
    one.close()
    other.close()


def test_a_writer_takes_the_lock_before_it_reads(
    sqlite_url: str, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)
    one, other = Database(sqlite_url, clock=clock), Database(sqlite_url, clock=clock)
    with one.write() as unit:
        unit.session.scalar(select(func.count()).select_from(DeskInfo).where(DeskInfo.key != "figures"))
        with pytest.raises(DatabaseBusyError):
            put(other, "second")
    one.close()
    other.close()


def test_a_writer_on_postgresql_who_waits_in_vain_is_told_that_somebody_was_faster(postgres_database: Database) -> None:
    put(postgres_database, "a")
    lock = text("SELECT set_config('lock_timeout', '50ms', true) FROM desk_info FOR UPDATE")
    with postgres_database.engine.connect() as first:
        first.execute(text("SELECT * FROM desk_info FOR UPDATE"))
        with pytest.raises(LostRaceError, match="try again"), postgres_database.write() as unit:
            unit.session.execute(lock)


def test_what_postgresql_can_never_hold_is_no_outage(postgres_database: Database) -> None:
    longest = ", ".join(["1"] * 1700)
    with pytest.raises(OperationalError, match="1664"), postgres_database.read() as connection:
        connection.execute(text(f"SELECT {longest}"))


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path, clock: SettableClock) -> None:
    (tmp_path / "folder").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'folder'}", clock=clock)
    with pytest.raises(DatabaseUnavailableError), database.read() as connection:
        connection.execute(text("SELECT 1"))
    database.close()


def test_a_second_program_writes_the_same_database(database: Database, database_url: str) -> None:
    code = """
        import sys
        from db.engine import Database
        from db.models import DeskInfo
        database = Database(sys.argv[1])
        with database.write() as unit:
            unit.session.add(DeskInfo(key="theirs", value="x"))
        database.close()
    """
    put(database, "ours")
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), database_url], check=True)

    assert count(database) == 2


def test_a_file_that_is_no_database_is_named_as_one_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_bytes(b"not a database " * 500)
    database = Database(f"sqlite:///{tmp_path / 'desk.sqlite'}")

    with pytest.raises(DatabaseUnavailableError, match="put a backup in its place"):
        count(database)
    with pytest.raises(DatabaseUnavailableError), database.write() as unit:
        unit.session.scalar(select(DeskInfo))
    database.close()
