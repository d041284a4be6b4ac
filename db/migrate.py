"""Bringing a database to the schema that this code speaks, and knowing which one it has.

Alembic takes half a second to import, and nearly every start finds the schema current: what stands here knows that
from the files' names and one row. Alembic is imported only to move.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.engine import Database, begin_to_write, named_errors

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x75706772
"""PostgreSQL advisory lock under which one process at a time changes the schema."""

_FILE = re.compile(r"\d{4}_\d{2}_\d{2}_(\w+?)_\w+")


class SchemaState(StrEnum):
    """How a database's schema compares with this code's."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"


class NewerDatabaseError(Exception):
    """The database was made by a newer desk; update this program before using it."""

    def __init__(self, revision: str | None) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this desk does not know: it was made by a newer one. "
            "Update desk (or point it at another database with DESK_DATABASE_URL); nothing was changed."
        )


class ForeignDatabaseError(Exception):
    """The database belongs to another program."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} holds tables of another program. Point desk at a database of its own with DESK_DATABASE_URL; "
            "nothing was changed."
        )


def revisions() -> tuple[str, ...]:
    """Every revision that this code knows, oldest first."""
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    return tuple(found[1] for name in names if (found := _FILE.fullmatch(name)))


def head() -> str:
    """The newest revision that this code knows."""
    known = revisions()
    if not known:
        raise RuntimeError("no revision is shipped with this code")
    return known[-1]


def schema_state(database: Database) -> tuple[SchemaState, str | None]:
    """Where the database stands, with its revision; a revision unknown to this code counts as newer."""
    with database.read() as connection:
        return state_of(connection)


def state_of(connection: Connection) -> tuple[SchemaState, str | None]:
    """As `schema_state`, on a connection at hand."""
    is_sqlite = connection.dialect.name == "sqlite"
    tables = _SQLITE_TABLES if is_sqlite else _POSTGRES_TABLE
    names = set(connection.exec_driver_sql(tables).scalars())
    found = None
    if "alembic_version" in names:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is None:
        return (SchemaState.FOREIGN if names - {"alembic_version"} else SchemaState.EMPTY), None
    if found == head():
        return SchemaState.CURRENT, found
    return (SchemaState.OLDER if found in revisions() else SchemaState.NEWER), found


_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
# Other tables may stand in a PostgreSQL schema (extensions bring some), so only our own name is looked for.
_POSTGRES_TABLE = "SELECT 'alembic_version' WHERE to_regclass('alembic_version') IS NOT NULL"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up, all of it or nothing; several processes may try at once.

    Raises `NewerDatabaseError` when the database is ahead of this code, `ForeignDatabaseError` when it is not ours.
    """
    state, found = schema_state(database)
    if state is SchemaState.NEWER:
        raise NewerDatabaseError(found)
    if state is SchemaState.FOREIGN:
        raise ForeignDatabaseError(str(database.path))
    from alembic import command

    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to `revision` (`base` for nothing at all)."""
    from alembic import command

    _run(database, command.downgrade, revision)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _run(database: Database, step: Callable[[Config, str], None], revision: str) -> None:
    """Alembic finds a transaction open and leaves it to us: whoever comes second waits, and finds nothing to do."""
    config = _config()
    with named_errors(database.path), database.engine.connect() as connection:
        if database.is_sqlite:
            # A table that is rebuilt is dropped in between: its references are checked at the end instead.
            # The driver's own connection is asked, because the pragma does nothing inside a transaction.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        try:
            begin_to_write(connection)
            with connection.begin():
                if not database.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
                config.attributes["connection"] = connection
                step(config, revision)
                _require_references(connection)
        finally:
            if database.is_sqlite:
                connection.connection.rollback()  # what was interrupted before it began: the pragma does nothing in it
                connection.connection.cursor().execute("PRAGMA foreign_keys = ON")


def _require_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise RuntimeError(f"after the upgrade table {broken[0]} would refer to rows that are missing; it was undone")
