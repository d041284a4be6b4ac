"""Statements compiled once a process, instead of once for each test's database: that took a third of the suite's time.

SQLAlchemy keeps what it compiled by engine and dialect, and every test has an engine of its own. Here engines of one
kind share what they keep: they speak to the same server, or to the same SQLite, so what fits one fits all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

import db.engine

if TYPE_CHECKING:
    import pytest
    from sqlalchemy import Engine


def share(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, until `monkeypatch` is undone."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        monkeypatch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        monkeypatch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
    shared: dict[str, Any] = {}
    create = db.engine._create_engine

    def created(*how: Any) -> Engine:
        engine = create(*how)
        engine._compiled_cache = shared.setdefault(engine.dialect.name, engine._compiled_cache)
        return engine

    monkeypatch.setattr(db.engine, "_create_engine", created)
