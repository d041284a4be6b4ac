"""What stands where a demo world is to be made, and whether another program is at it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from db.engine import Database
from db.migrate import SchemaState, schema_state
from db.models import Agent, Case, Customer, DeskInfo, Inbound


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database holds now: somebody's data (in words), or a finished demo world (its cases, seed and end)."""

    in_use: str = ""
    made: tuple[int, int, datetime] | None = None


def standing_in(database: Database) -> Standing:
    """What a database holds; one that does not exist holds nothing, and is not made."""
    if database.path and not database.path.exists():
        return Standing()
    state, _ = schema_state(database)
    if state is SchemaState.EMPTY:
        return Standing()
    with database.read() as connection:
        facts = dict(connection.execute(select(DeskInfo.key, DeskInfo.value)).all())
        if facts.get("world") != "demo":
            return Standing(in_use=_in_use(connection))
    if "demo.until" not in facts:
        return Standing()
    until = datetime.fromisoformat(facts["demo.until"])
    return Standing(made=(int(facts["demo.cases"]), int(facts["demo.seed"]), until))


def is_open_elsewhere(database: Database) -> bool:
    """Whether another program has this SQLite file open; its own connections are given back for that.

    Each connection to a file with a write-ahead log holds a shared lock for as long as it is open, also while it is
    idle, and the exclusive mode is the one that asks for the whole file.
    """
    path = database.path
    if path is None or not path.exists():
        return False
    database.close()
    where = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(where, uri=True, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("PRAGMA locking_mode = EXCLUSIVE")
            probe.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
        probe.execute("ROLLBACK")
    return False


def _in_use(connection: Connection) -> str:
    """What somebody would miss, in words; empty when there is nothing. The first agent comes with opening a desk."""
    for table, words, untouched in (
        (Case, "cases", 0),
        (Inbound, "messages", 0),
        (Customer, "customers", 0),
        (Agent, "agents", 1),
    ):
        number = connection.scalar(select(func.count()).select_from(table)) or 0
        if number > untouched:
            return f"{number} {words} of a desk that is in use"
    return ""
