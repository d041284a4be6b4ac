"""Keeping bytes under their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from db.models import Blob


def sha256(content: bytes) -> str:
    """The name under which bytes are kept."""
    return hashlib.sha256(content).hexdigest()


def keep_blobs(connection: Connection, contents: Iterable[bytes]) -> None:
    """Store bytes that are not stored yet."""
    by_sha = {sha256(data): data for data in contents}
    if not by_sha:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    # In the order of names, so that two programs that keep the same bytes never wait for each other in a ring.
    rows = [{"sha256": sha, "size": len(data), "data": data} for sha, data in sorted(by_sha.items())]
    connection.execute(dialect.insert(Blob).on_conflict_do_nothing(), rows)
