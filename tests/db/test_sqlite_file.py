"""The one file behind a SQLite database: gone is gone, and another one is not taken for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL, func, select, text

from db.engine import Database
from db.errors import DatabaseGoneError, DatabaseReplacedError, DatabaseUnavailableError
from db.models import DeskInfo

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def path(sqlite_database: Database) -> Path:
    """The file of the database, which has been read once."""
    count(sqlite_database)
    assert sqlite_database.path is not None
    return sqlite_database.path


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(DeskInfo).where(DeskInfo.key != "figures")) or 0


def put(database: Database, key: str = "a") -> None:
    with database.write() as unit:
        unit.session.add(DeskInfo(key=key, value="x"))


def take_away(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def test_a_file_that_was_deleted_is_said_to_be_gone_and_not_made_again(sqlite_database: Database, path: Path) -> None:
    take_away(path)

    with pytest.raises(DatabaseGoneError, match="Put it back"):
        count(sqlite_database)
    with pytest.raises(DatabaseGoneError), sqlite_database.write():
        pass
    sqlite_database.engine.dispose()
    with pytest.raises(DatabaseGoneError), sqlite_database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_put_back_is_used_again(sqlite_database: Database, path: Path) -> None:
    put(sqlite_database)
    moved = path.with_name("moved")
    path.rename(moved)
    with pytest.raises(DatabaseGoneError):
        put(sqlite_database, "b")

    moved.rename(path)

    put(sqlite_database, "c")
    assert count(sqlite_database) == 2


def test_a_file_deleted_while_it_is_written_is_no_success(sqlite_database: Database, path: Path) -> None:
    def put_while_it_goes() -> None:
        with sqlite_database.write() as unit:
            unit.session.add(DeskInfo(key="a", value="x"))
            unit.session.flush()
            take_away(path)

    with pytest.raises(DatabaseGoneError):
        put_while_it_goes()


def test_another_file_in_its_place_is_neither_read_nor_written(
    sqlite_database: Database, path: Path, sqlite_template: Path
) -> None:
    kept = path.with_name("kept")
    os.link(path, kept)  # else the system may give the new file the number of the old one
    take_away(path)
    path.write_bytes(sqlite_template.read_bytes())

    with pytest.raises(DatabaseReplacedError, match="start it again"):
        put(sqlite_database)
    with pytest.raises(DatabaseReplacedError):
        count(sqlite_database)
    assert path.read_bytes() == sqlite_template.read_bytes()


def test_a_database_that_was_closed_may_be_another_one_next_time(
    sqlite_database: Database, path: Path, sqlite_template: Path
) -> None:
    put(sqlite_database)
    sqlite_database.close()
    take_away(path)
    with pytest.raises(DatabaseGoneError):
        count(sqlite_database)

    path.write_bytes(sqlite_template.read_bytes())

    assert count(sqlite_database) == 0


def test_a_first_database_is_made_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "50% & #1?.sqlite"
    database = Database(URL.create("sqlite", database=str(path)))

    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    database.close()

    assert path.exists()


def test_none_is_made_beside_the_log_of_one_that_is_gone(
    sqlite_database: Database, path: Path, open_database: Callable[[str], Database], sqlite_url: str
) -> None:
    put(sqlite_database)
    moved = path.with_name("moved")
    path.rename(moved)
    log = Path(f"{path}-wal")
    assert log.stat().st_size

    with pytest.raises(DatabaseGoneError, match="-wal"):
        count(open_database(sqlite_url))
    moved.rename(path)

    assert count(sqlite_database) == 1


def test_a_place_that_cannot_be_looked_at_is_named(sqlite_database: Database, path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path)

    with pytest.raises(DatabaseUnavailableError, match="symbolic links"):
        count(sqlite_database)
