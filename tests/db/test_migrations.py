"""The migrations: one line of them, up and down on both engines, with data in, and nothing that the models lack."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from db import models
from db.base import Base
from db.engine import Database
from db.migrate import NewerDatabaseError, SchemaState, downgrade, head, schema_state, upgrade

ROOT = Path(__file__).parents[2]
SCRIPTS = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
NOT_MAPPED = ("alembic_version", "search_index")
"""Alembic's own table, and each engine's own full-text index (on SQLite with its shadow tables), kept by triggers."""
VALUES: dict[type[Any], object] = {
    sa.DateTime: datetime(2026, 11, 23, 13, 14, tzinfo=UTC),
    sa.Date: date(2026, 11, 23),
    sa.JSON: ["en"],
    sa.Boolean: True,
    sa.Numeric: 1,
    sa.Integer: 1,
    sa.LargeBinary: b"raw",
}


@pytest.fixture
def empty(empty_database_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(empty_database_url)


def test_there_is_one_head() -> None:
    assert SCRIPTS.get_heads() == [head()]


def test_every_file_is_dated_and_numbered() -> None:
    files = sorted(path.stem for path in (ROOT / "db" / "migrations" / "versions").glob("*.py"))
    pattern = re.compile(r"\d{4}_\d{2}_\d{2}_(\d{4})_[a-z0-9_]+")
    assert [found[1] for name in files if (found := pattern.fullmatch(name))] == REVISIONS


@pytest.mark.slow
def test_up_down_and_up_again_gives_the_same_schema(empty: Database) -> None:
    upgrade(empty)
    first = schema(empty)
    downgrade(empty, "base")
    assert schema(empty) == set()
    upgrade(empty)
    assert schema(empty) == first


def test_models_and_migrations_do_not_drift(database: Database) -> None:
    models.map_all()

    def ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return kind != "table" or not str(name).startswith(NOT_MAPPED)

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.slow
@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_survive_the_way_up_and_down(empty: Database, revision: str) -> None:
    upgrade(empty, revision)
    before = fill(empty)
    upgrade(empty)
    assert contents(empty, before) == before
    downgrade(empty, revision)
    assert contents(empty, before) == before


def test_a_database_of_a_newer_desk_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema_state(database) == (SchemaState.NEWER, "9999")
    with pytest.raises(NewerDatabaseError, match="9999"):
        upgrade(database)


@pytest.mark.slow
def test_the_plain_alembic_command_works_in_the_repository(empty: Database) -> None:
    url = empty.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-x", f"url={url}", "upgrade", "head"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert schema_state(empty) == (SchemaState.CURRENT, head())


def schema(database: Database) -> set[tuple[str, str]]:
    """Kind and name, or on SQLite the whole statement, of everything but Alembic's own table."""
    statement = (
        """SELECT type, coalesce(sql, name) FROM sqlite_master
           WHERE name NOT LIKE '%alembic%' AND name NOT LIKE 'sqlite_%'"""
        if database.is_sqlite
        else """SELECT 'table', table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name <> 'alembic_version'
          UNION SELECT 'index', indexdef FROM pg_indexes
                WHERE schemaname = 'public' AND tablename <> 'alembic_version'
          UNION SELECT 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                AND conrelid::regclass::text <> 'alembic_version'
          UNION SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal
          UNION SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""
    )
    with database.read() as connection:
        return {(str(kind), str(what)) for kind, what in connection.execute(sa.text(statement))}


def fill(database: Database) -> dict[str, list[Any]]:
    """Put a row into every table that may have one, whatever the revision, and give all that is in them then."""
    metadata = sa.MetaData()
    with database.engine.begin() as connection:
        metadata.reflect(connection)
        tables = [table for table in metadata.sorted_tables if not table.name.startswith(NOT_MAPPED)]
        for table in tables:
            connection.execute(table.insert(), row(table))
    return contents(database, dict.fromkeys(table.name for table in tables))


def contents(database: Database, names: dict[str, Any]) -> dict[str, list[Any]]:
    """The keys of the rows in each table; columns may come and go, rows may not."""
    metadata = sa.MetaData()
    with database.read() as connection:
        metadata.reflect(connection, only=list(names))
        return {
            name: sorted(map(tuple, connection.execute(sa.select(*metadata.tables[name].primary_key.columns))), key=str)
            for name in names
        }


def row(table: sa.Table) -> dict[str, object]:
    """A value for each column, but none for links that may be missing, because they can lead in a circle, and none for
    what the database fills by itself."""
    rules = " ".join(
        str(constraint.sqltext) for constraint in table.constraints if isinstance(constraint, sa.CheckConstraint)
    )
    return {
        column.name: value(column, rules)
        for column in table.columns
        if not (column.nullable and column.foreign_keys) and (column.primary_key or column.server_default is None)
    }


def value(column: sa.Column[Any], rules: str) -> object:
    # SQLite keeps the CHECK as written (status IN ('new', ...)), PostgreSQL as ANY (ARRAY['new'::..., ...]).
    closed_set = re.search(rf"\b{column.name}\b\S* (?:IN \(|= ANY)\D*?'([^']*)'", rules)
    if closed_set:
        return closed_set[1]
    if isinstance(column.type, sa.Integer) and (column.primary_key or column.foreign_keys):
        return 1001  # the counters behind the keys will not get there while a trigger adds rows of its own
    return next((value for kind, value in VALUES.items() if isinstance(column.type, kind)), "x")
