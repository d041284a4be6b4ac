"""The key that signs the names of cases in mail: made once, kept in the database, the same for every desk on it."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from db.models import DeskInfo

NAME = "case_token_key"
KEY_BYTES = 32


def token_key(connection: Connection) -> bytes:
    """The key, which is made by whoever needs it first; `connection` is one that may write."""
    query = select(DeskInfo.value).where(DeskInfo.key == NAME)
    known = connection.scalar(query)
    if known is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        made = dialect.insert(DeskInfo).values(key=NAME, value=secrets.token_hex(KEY_BYTES))
        connection.execute(made.on_conflict_do_nothing())
        known = connection.scalar(query)
    return bytes.fromhex(str(known))
