"""Whether the wallet answers: what the breaker keeps in a file, so that every process of a machine knows it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

RETRY_AFTER = timedelta(seconds=30)
"""How long the wallet is left alone before one call tries again."""

TABLE = """CREATE TABLE IF NOT EXISTS breaker (
  name TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'closed', failures INTEGER NOT NULL DEFAULT 0,
  successes INTEGER NOT NULL DEFAULT 0, opened_at TEXT, failing_since TEXT, said TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID"""
"""Moments are ISO 8601 in UTC."""


class Answering(StrEnum):
    """Whether the wallet answers."""

    YES = "yes"
    NOT_ALWAYS = "not_always"
    """The last calls failed, but not enough of them to leave it alone."""
    NO = "no"
    """It is left alone for now: calls fail at once, and what waits is sent later."""


@dataclass(frozen=True, slots=True)
class WalletHealth:
    """How the wallet answers; moments are aware UTC."""

    answering: Answering
    since: datetime | None = None
    """When the first of the calls failed that have failed in a row."""
    failures: int = 0
    """How many failed in a row."""
    said: str = ""
    """The last failure in words."""
    retry_at: datetime | None = None
    """From when on a call may try again."""


def read_health(path: Path, name: str) -> WalletHealth:
    """What the file says of the wallet called `name`; one that nobody has asked yet is thought to answer."""
    if not path.exists():
        return WalletHealth(Answering.YES)
    with closing(sqlite3.connect(path, timeout=1.0)) as connection:
        try:
            asked = "SELECT state, failures, opened_at, failing_since, said FROM breaker WHERE name = ?"
            row = connection.execute(asked, (name,)).fetchone()
        except sqlite3.OperationalError:  # it is being made just now
            return WalletHealth(Answering.YES)
    if row is None or (row[0] == "closed" and not row[1]):
        return WalletHealth(Answering.YES)
    opened = datetime.fromisoformat(row[2]) if row[2] else None
    return WalletHealth(
        answering=Answering.NOT_ALWAYS if row[0] == "closed" else Answering.NO,
        since=datetime.fromisoformat(row[3]) if row[3] else opened,
        failures=row[1],
        said=row[4],
        retry_at=None if row[0] == "closed" or opened is None else opened + RETRY_AFTER,
    )


def warning(health: WalletHealth, zone: tzinfo | None = None) -> str:
    """What an agent should know of it, in `zone` (by default this machine's); empty while the wallet answers."""
    if health.answering is not Answering.NO or health.since is None:
        return ""
    return f"wallet not answering since {health.since.astimezone(zone):%H:%M}; refunds are kept and sent later"
