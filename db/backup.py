"""Copies of a whole database, made while others write, whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from db.engine import BUSY_TIMEOUT_MS, Database

PAGES_AT_ONCE = 4096


class BackupError(Exception):
    """There is no backup; the message says why and what would help. The database itself is as it was."""


Progress = Callable[[int, int], None]
"""Told how many pages are copied, and of how many."""


def back_up(
    database: Database, target: Path, *, replace: bool = False, progress: Progress = lambda _done, _of: None
) -> None:
    """Copy the database, as it is at one moment, into the file `target`, and check the copy.

    A SQLite file becomes another one; PostgreSQL's is made by `pg_dump -Fc`, for `pg_restore`. `target` is there
    whole or not at all, readable by its owner only. Raises `BackupError`, also when it exists and `replace` is not set.
    """
    if target.exists() and not replace:
        raise BackupError(f"{target} exists already. Name another file, or replace it with --force.")
    if database.is_sqlite and database.path is not None and target.exists() and target.samefile(database.path):
        raise BackupError(f"{target} is the database itself. Name another file.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        try:
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            if database.is_sqlite:
                _copy_sqlite(database, partial, progress)
            else:
                _dump_postgres(database.url, partial)
            _sync(partial)
            _put(partial, target, replace=replace)
            _sync(target.parent)
        finally:
            for leftover in (partial, Path(f"{partial}-journal"), Path(f"{partial}-wal"), Path(f"{partial}-shm")):
                leftover.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"No backup was made at {target}: {getattr(error, 'strerror', None) or error}.") from error


def name_for(database: Database, folder: Path, revision: str | None, at: datetime) -> Path:
    """The file that a backup before an upgrade is put into: named after what it holds."""
    stem = database.path.name if database.path else database.url.database or "desk"
    suffix = "backup" if database.is_sqlite else "dump"
    return folder / f"{stem}.{revision or 'empty'}.{at:%Y%m%dT%H%M%SZ}.{suffix}"


def can_dump() -> bool:
    """Whether a PostgreSQL database can be backed up from here."""
    return shutil.which("pg_dump") is not None


def _copy_sqlite(database: Database, partial: Path, progress: Progress) -> None:
    if database.path is None or not database.path.exists():
        raise BackupError(f"There is no database at {database.path}, so there is nothing to back up.")
    with (
        closing(sqlite3.connect(f"{database.path.absolute().as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.isolation_level = None
        source.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        # What is read stays as it is until the end: the copy is of one moment and never has to start again,
        # however much is written meanwhile.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, progress=lambda _, left, total: progress(total - left, total))
        source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"The copy is damaged, and so may the database be: {found}. Run `desk db check`.")


def _dump_postgres(url: URL, partial: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError(
            "A backup of PostgreSQL needs the program pg_dump: install your system's package of PostgreSQL's client "
            "programs, of the server's version or newer."
        )
    # The password is handed over where no list of processes shows it.
    secret = {"PGPASSWORD": url.password} if url.password else {}
    address = URL.create(
        "postgresql", url.username, host=url.host, port=url.port, database=url.database, query=url.query
    )
    done = subprocess.run(
        [program, "--format=custom", f"--file={partial}", f"--dbname={address.render_as_string()}"],
        env=os.environ | secret,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        words = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        raise BackupError(f"pg_dump made no backup: {words[:500]}")
    with partial.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise BackupError("What pg_dump wrote is no dump. Try it by hand: pg_dump -Fc.")


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _put(partial: Path, target: Path, *, replace: bool) -> None:
    if replace:
        partial.replace(target)
        return
    try:
        os.link(partial, target)  # unlike a rename, this refuses when somebody has made the file meanwhile
    except FileExistsError:
        raise
    except OSError:  # file systems without hard links
        with suppress(FileNotFoundError):
            partial.replace(target)
