"""The engine behind one database URL, and the two ways to use it: `read()` and `write()`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import disk_usage
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import Pool

from db.clock import Clock, now
from db.errors import (
    DatabaseBusyError,
    DatabaseFullError,
    DatabaseUnavailableError,
    LostRaceError,
    ReadOnlyDatabaseError,
)
from db.ping import Ping
from db.private import make_folder
from db.queries.direct import named
from db.sqlite_file import SqliteFile
from db.uow import Counting, Settler, UnitOfWork

__all__ = ["BUSY_TIMEOUT_MS", "Database", "DatabaseBusyError", "DatabaseUnavailableError", "LostRaceError"]

BUSY_TIMEOUT_MS = 5_000
"""How long a SQLite writer waits for another before it gives up with `DatabaseBusyError`."""

BEGIN = "BEGIN IMMEDIATE"

LOST_RACES = {"40001", "40P01", "55P03"}
"""SQLSTATEs of PostgreSQL for a transaction that lost against another and may simply be tried again."""

DISK_FULL, READ_ONLY = "53100", "25006"
"""SQLSTATEs of PostgreSQL for a server without room, and for one that only follows another."""

LITTLE_ROOM = 1024 * 1024
"""Bytes; with less the disk is taken for full."""

TOO_MUCH = "54"
"""SQLSTATE class of PostgreSQL for a statement that asks for more than it can hold: no later try goes better."""

ONE_MOMENT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""What makes PostgreSQL show a reader one moment, as SQLite does by itself."""


class Database:
    """One database. Threads may share it; connections are pooled."""

    def __init__(self, url: str | URL, *, clock: Clock = now) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.counting: Counting | None = None
        """What keeps figures in step with events; the desk that works on the database sets it."""
        self.settlers: tuple[Settler, ...] = ()
        """What every unit of work lets derive rows from its events, in the same transaction."""
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = _path(self.url) if self.is_sqlite else None
        """The SQLite file, or None."""
        if self.path is not None:
            make_folder(self.path.parent)
        self._file = SqliteFile(self.path) if self.path is not None else None
        self.engine = _create_engine(self.url, self._file)
        self._left: Pool | None = None
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(**ONE_MOMENT)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in a read transaction: all that it reads belongs to one moment."""
        self._require_file()
        try:
            with named_errors(self.path), self._reading.connect() as connection:
                yield connection
        finally:
            self._give_back()

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A unit of work, committed when the block ends without an error and rolled back otherwise."""
        self._require_file()
        unit = UnitOfWork(self.connect_to_write, self.clock, self.settlers, self.counting)
        try:
            try:
                yield unit
                unit.commit()
            finally:
                unit.close()
                self._give_back()
        except NAMED as error:
            _raise_named(error, self.path)
        self._require_file()  # what went into a file that is gone was not written

    def connect_to_write(self) -> Connection:
        """A connection whose first transaction writes: see `begin_to_write`. Close it."""
        connection = self.engine.connect()
        try:
            begin_to_write(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Give every connection back; one that is in use, when whoever uses it has done."""
        self._left = self.engine.pool
        self.engine.dispose()
        if self._file is not None:
            self._file.forget()

    def _give_back(self) -> None:
        if self._left is not None:
            self._left.dispose()  # what was in use while the database was closed has just come back to it

    def _require_file(self) -> None:
        if self._file is not None:
            self._file.require()


def begin_to_write(connection: Connection) -> None:
    """Take SQLite's lock for the transaction that comes next; elsewhere do nothing. Raises what SQLAlchemy raises.

    A writer that reads first and takes the lock later can be refused without waiting.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.execute(BEGIN)
        except connection.dialect.loaded_dbapi.Error as failure:
            raise named(connection, BEGIN, failure) from failure


NAMED = (DatabaseError, InterfaceError, PoolTimeoutError)
"""What SQLAlchemy raises where `_raise_named` may have a better word for it."""


@contextmanager
def named_errors(path: Path | None) -> Iterator[None]:
    """Give what SQLAlchemy raises the names of `db.errors`, as `Database` does; `path` is the SQLite file, or None."""
    try:
        yield
    except NAMED as error:
        _raise_named(error, path)


def _raise_named(error: DBAPIError | PoolTimeoutError, path: Path | None) -> NoReturn:
    if isinstance(error, PoolTimeoutError):
        raise DatabaseBusyError(
            "Every connection to the database is in use. Nothing was changed; try again."
        ) from error
    words = str(error.orig).strip()
    if isinstance(error, OperationalError | InterfaceError):
        state = getattr(error.orig, "sqlstate", None) or ""
        if state.startswith(TOO_MUCH):
            raise error
        if state in LOST_RACES:
            raise LostRaceError(f"Somebody else was faster ({words}). Nothing was changed; try again.") from error
        if "locked" in words or "busy" in words:
            raise DatabaseBusyError(
                "The database is busy: another program has been writing for over "
                f"{BUSY_TIMEOUT_MS // 1000} seconds. Nothing was changed; try again."
            ) from error
        _raise_if_it_takes_nothing(error, path)
        raise DatabaseUnavailableError(f"The database cannot be used: {words}") from error
    _raise_if_it_takes_nothing(error, path)
    if type(error) is not DatabaseError:
        raise error
    # SQLite's word for a file that is damaged, or no database at all
    raise DatabaseUnavailableError(
        f"The database cannot be used: {words}. `desk db path` names the file; put a backup in its place."
    ) from error


def _raise_if_it_takes_nothing(error: DBAPIError, path: Path | None) -> None:
    words, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    # SQLite calls a full disk an I/O error where it needs room beside its file.
    no_room = "disk I/O error" in words and path is not None and disk_usage(path.parent).free < LITTLE_ROOM
    if state == DISK_FULL or "disk is full" in words or no_room:
        raise DatabaseFullError(
            "There is no room left on the disk of the database. Nothing was changed; make room, and try again."
        ) from error
    if state == READ_ONLY or "readonly database" in words:
        raise ReadOnlyDatabaseError(
            "The database can be read but takes no changes now. Nothing was changed; ask who looks after it."
        ) from error


def _path(url: URL) -> Path | None:
    name = url.database
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def _create_engine(url: URL, file: SqliteFile | None) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
        engine.dialect.do_ping = Ping(engine.dialect.do_ping)  # type: ignore[method-assign,assignment]
        return engine
    engine = create_engine(url, connect_args={"check_same_thread": False})
    if file is not None:
        event.listen(engine, "do_connect", partial(_connect_to, file))
    event.listen(engine, "connect", _prepare_sqlite)
    if file is not None:
        event.listen(engine, "connect", lambda _connection, _record: file.note_opened())
    # In place of a listener to "begin": an engine that has one looks for others at each statement, and a page of the
    # queue takes a tenth longer. Whoever writes has begun already, with `begin_to_write`.
    engine.dialect.do_begin = _begin  # type: ignore[method-assign,assignment]
    return engine


def _connect_to(file: SqliteFile, _dialect: Any, _record: Any, where: list[Any], how: dict[str, Any]) -> None:
    where[:] = [file.uri()]
    how["uri"] = True


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling commits and begins behind our back; BEGIN is ours (see _begin).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # a committed message must survive a power cut: the mail server is told 'stored'
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    if not connection.in_transaction:
        connection.execute("BEGIN")
