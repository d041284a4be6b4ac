"""A database that can be read and takes no changes says so, keeps what it has, and goes on when it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select, text

from db.errors import DatabaseFullError, ReadOnlyDatabaseError
from db.models import DeskInfo

if TYPE_CHECKING:
    from db.engine import Database


def put(database: Database, key: str, value: str = "x") -> None:
    with database.write() as unit:
        unit.session.add(DeskInfo(key=key, value=value))


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(DeskInfo).where(DeskInfo.key != "figures")) or 0


def test_a_full_disk_is_named_and_takes_nothing_half(sqlite_database: Database) -> None:
    before = count(sqlite_database)
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql(
            f"PRAGMA max_page_count = {connection.exec_driver_sql('PRAGMA page_count').scalar()}"
        )

    with pytest.raises(DatabaseFullError, match="make room"):
        put(sqlite_database, "first", "x" * 500_000)
    assert count(sqlite_database) == before

    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    put(sqlite_database, "first", "x" * 500_000)
    assert count(sqlite_database) == before + 1


def test_a_database_that_takes_no_changes_is_named(database: Database) -> None:
    before = count(database)
    if database.is_sqlite:
        event.listen(database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA query_only = ON"))
    else:
        name = database.url.database
        with database.write() as unit:
            unit.session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        database.engine.dispose()

    with pytest.raises(ReadOnlyDatabaseError, match="takes no changes"):
        put(database, "first")
    assert count(database) == before
