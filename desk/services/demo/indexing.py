"""Filling a fresh SQLite file without keeping its indexes up to date row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

SEARCH_TRIGGER = "search_index_insert"

PENDING_WORDS = 64 * 1024 * 1024
"""Bytes of words that FTS5 gathers before it writes them out while it is rebuilt; its own default is 1 MiB."""


@contextmanager
def later(connection: Connection) -> Iterator[None]:
    """Put off plain indexes and the search index until the block ends; both are several times faster in one go.

    Unique constraints hold throughout. Nothing is put back when the block fails: the file is thrown away then.
    """
    query = (
        "SELECT type, name, sql FROM sqlite_master "
        f"WHERE (type = 'index' AND sql IS NOT NULL) OR name = '{SEARCH_TRIGGER}' ORDER BY name"
    )
    found = [tuple(row) for row in connection.exec_driver_sql(query)]
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    yield
    for size in (PENDING_WORDS, None, 1024 * 1024):
        words = "('rebuild', NULL)" if size is None else f"('hashsize', {size})"
        connection.exec_driver_sql(f"INSERT INTO search_index (search_index, rank) VALUES {words}")
    for _, _, sql in found:
        connection.exec_driver_sql(str(sql))
