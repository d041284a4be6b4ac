"""Keeping bytes under their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite

from db.models import Blob
from db.uow import UnitOfWork


def keep_blobs(unit: UnitOfWork, contents: Sequence[bytes]) -> list[str]:
    """Store bytes that are not stored yet; their SHA-256 in the order given."""
    if not contents:
        return []
    by_sha = {hashlib.sha256(data).hexdigest(): data for data in contents}
    dialect = sqlite if unit.session.get_bind().dialect.name == "sqlite" else postgresql
    unit.session.execute(
        dialect.insert(Blob).on_conflict_do_nothing(),
        [{"sha256": sha, "size": len(data), "data": data} for sha, data in by_sha.items()],
    )
    return [hashlib.sha256(data).hexdigest() for data in contents]
