"""Backups: whole, of one moment, while others write."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from db.backup import BackupError, back_up
from db.engine import Database
from db.kinds import EventKind


def write_until(database: Database, stop: threading.Event, written: list[int]) -> None:
    while not stop.is_set():
        with database.write() as unit:  # a pair in one transaction: a copy has both or none
            unit.record(EventKind.AGENT_ADDED, n=len(written))
            unit.record(EventKind.AGENT_ADDED, n=len(written))
        written.append(1)


def test_a_backup_while_others_write_is_of_one_moment_and_stops_nobody(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.backup.PAGES_AT_ONCE", 1)  # as slow as a large one
    stop, written = threading.Event(), list[int]()
    writer = threading.Thread(target=write_until, args=(sqlite_database, stop, written))
    writer.start()
    try:
        seen: list[int] = []
        during: list[int] = []

        def watch(done: int, of: int) -> None:
            if done > of // 2 and not during:
                before = len(written)
                while len(written) < before + 3:  # the copy waits in the middle, and the writer goes on
                    stop.wait(0.001)
                during.append(len(written) - before)
            seen.append(done)

        back_up(sqlite_database, tmp_path / "copy.db", progress=watch)
    finally:
        stop.set()
        writer.join()
    assert during
    assert seen == sorted(seen), "it never had to begin again"
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (events,) = copy.execute("SELECT count(*) FROM event").fetchone()
    assert events % 2 == 0
    assert events < 2 * len(written)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"], "one file, without a journal beside it"


def test_a_backup_has_what_is_still_in_the_write_ahead_log(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as unit:
        unit.record(EventKind.AGENT_ADDED, n=1)
    assert sqlite_database.path is not None
    assert Path(f"{sqlite_database.path}-wal").stat().st_size > 0
    back_up(sqlite_database, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM event").fetchone() == (1,)


@pytest.mark.parametrize("replace", [False, True])
def test_a_backup_that_fails_leaves_no_half_of_it_and_the_old_one_as_it_was(
    sqlite_database: Database, tmp_path: Path, replace: bool
) -> None:
    target = tmp_path / "copy.db"
    if replace:
        target.write_bytes(b"the old one")

    def fail(_done: int, _of: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BackupError, match="No space left on device"):
        back_up(sqlite_database, target, replace=replace, progress=fail)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([b"the old one"] if replace else [])


def test_a_damaged_database_gives_no_backup(sqlite_database: Database, tmp_path: Path) -> None:
    assert sqlite_database.path is not None
    path = tmp_path / "damaged.db"
    back_up(sqlite_database, path)
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xff" * 4096 * 20)
    damaged = Database(f"sqlite:///{path}")
    with pytest.raises(BackupError):
        back_up(damaged, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_the_database_itself_is_never_replaced_by_its_backup(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    with pytest.raises(BackupError, match="itself"):
        back_up(sqlite_database, sqlite_database.path, replace=True)


def test_a_folder_that_is_not_there_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file"):
        back_up(sqlite_database, tmp_path / "nowhere" / "copy.db")
