"""The simulator's file: its tables, and transactions that other processes wait for."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from desk.wallet import own_file

SCHEMA_VERSION = 1
WAIT_SECONDS = 60

SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL, opened_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'frozen', 'closed')), balance INTEGER NOT NULL CHECK (balance >= 0),
  pin_locked INTEGER NOT NULL, phone_changed_at INTEGER, email_changed_at INTEGER, password_changed_at INTEGER,
  frozen_at INTEGER, frozen_why TEXT NOT NULL DEFAULT '', passes INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX account_phone ON account (phone);
CREATE INDEX account_email ON account (email);
CREATE TABLE movement (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account (id), at INTEGER NOT NULL, kind TEXT NOT NULL,
  status TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, merchant_id TEXT,
  merchant_name TEXT, path TEXT, method TEXT NOT NULL, reference TEXT NOT NULL UNIQUE, device_id TEXT,
  failure TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX movement_account ON movement (account_id, at);
CREATE TABLE device (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account (id), name TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, is_trusted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX device_account ON device (account_id);
CREATE TABLE sign_in (
  account_id TEXT NOT NULL REFERENCES account (id), at INTEGER NOT NULL, device_id TEXT NOT NULL,
  place TEXT NOT NULL, network TEXT NOT NULL, succeeded INTEGER NOT NULL
);
CREATE INDEX sign_in_account ON sign_in (account_id, at);
CREATE TABLE refund (
  key TEXT PRIMARY KEY, asked TEXT NOT NULL, transaction_id TEXT NOT NULL, amount INTEGER NOT NULL,
  currency TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL, reference TEXT NOT NULL,
  requested_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, reason TEXT, said TEXT NOT NULL, next_at INTEGER
) WITHOUT ROWID;
CREATE INDEX refund_transaction ON refund (transaction_id);
CREATE INDEX refund_requested ON refund (requested_at);
CREATE INDEX refund_next ON refund (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE refund_change (number INTEGER PRIMARY KEY AUTOINCREMENT, told TEXT NOT NULL);
CREATE TABLE held_change (number INTEGER PRIMARY KEY AUTOINCREMENT, told TEXT NOT NULL);
CREATE TABLE late_refund (number INTEGER PRIMARY KEY AUTOINCREMENT, asked TEXT NOT NULL);
CREATE TABLE act (
  key TEXT PRIMARY KEY, asked TEXT NOT NULL, reference TEXT NOT NULL, at INTEGER NOT NULL, said TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE challenge (
  id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES account (id),
  sent_at INTEGER NOT NULL, answered_at INTEGER, passes INTEGER NOT NULL, said TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX challenge_account ON challenge (account_id, sent_at);
CREATE TABLE external_id (
  day TEXT NOT NULL, partner TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (day, partner, id)
) WITHOUT ROWID;
"""
"""Moments are microseconds since 1970, UTC; a movement's amount is in minor units."""

EMPTIED = (
    "challenge", "act", "late_refund", "held_change", "refund_change", "refund", "sign_in", "device", "movement",
    "account",
)  # fmt: skip


class Store:
    """One file, shared by threads and processes: each thread has a connection of its own."""

    def __init__(self, path: Path, world: str) -> None:
        self._path = path
        self._world = world
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        own_file.make(path)
        with suppress(sqlite3.OperationalError):  # somebody else is at it already
            self._connection().execute("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            self._prepare(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else writes beside; rolled back when it raises."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A look at one state of the file."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._opened.append(connection)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in filter(None, (each.strip() for each in SCHEMA.split(";"))):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        known = connection.execute("SELECT value FROM about WHERE key = 'world'").fetchone()
        if known is not None and known["value"] != self._world:
            for table in EMPTIED:
                connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT OR REPLACE INTO about VALUES ('world', ?)", (self._world,))


def stored(at: datetime) -> int:
    """A moment as the file has it."""
    difference = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds


def moment(number: int) -> datetime:
    """A moment of the file."""
    whole, rest = divmod(number, 1_000_000)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest)


def moment_or_none(number: int | None) -> datetime | None:
    """A moment of the file that need not be there."""
    return None if number is None else moment(number)
