"""Bringing a database to the schema that this code speaks, and knowing which one it has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from db.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaState(StrEnum):
    """How a database's schema compares with this code's."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


class NewerDatabaseError(Exception):
    """The database was made by a newer desk; update this program before using it."""


def schema_state(database: Database) -> tuple[SchemaState, str | None]:
    """Where the database stands, with its revision; a revision unknown to this code counts as newer."""
    with database.read() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return SchemaState.EMPTY, None
    scripts = ScriptDirectory.from_config(_config())
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT, revision
    known = {script.revision for script in scripts.walk_revisions()}
    return (SchemaState.OLDER if revision in known else SchemaState.NEWER), revision


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up; all of it in one transaction a revision.

    Raises `NewerDatabaseError` when the database is ahead of this code.
    """
    state, found = schema_state(database)
    if state is SchemaState.NEWER:
        raise NewerDatabaseError(
            f"The database is at revision {found}, which this desk does not know: it was made by a newer one. "
            "Update desk (or point it at another database with DESK_DATABASE_URL); nothing was changed."
        )
    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to `revision` (`base` for nothing at all)."""
    _run(database, command.downgrade, revision)


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no revision is shipped with this code")
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _run(database: Database, step: object, revision: str) -> None:
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        step(config, revision)  # type: ignore[operator]
