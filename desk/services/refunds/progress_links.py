"""Links to a customer's page about their refund: signed, for one refund, to be read only, the same in every message."""

from __future__ import annotations

from sqlalchemy import Connection

from desk.services.desk import Desk
from desk.services.refunds import tokens

KEY = "refund_progress_key"
PATH = "/progress/"


def url_of(desk: Desk, connection: Connection, refund_id: int) -> str:
    """Where the customer follows a refund; empty where the settings name no address."""
    base = desk.settings.refunds.link_url.rstrip("/")
    return f"{base}{PATH}{token_of(connection, refund_id)}" if base else ""


def token_of(connection: Connection, refund_id: int) -> str:
    """The token of a refund: nothing of it is kept, and whoever has the page's address may read it."""
    return tokens.signed(tokens.key_of(connection, KEY), str(refund_id))


def refund_of(connection: Connection, token: str) -> int | None:
    """The refund that a token names; None for a token that this desk has not made."""
    key = tokens.known_key(connection, KEY)
    body = tokens.body_of(key, token) if key is not None else None
    return int(body) if body is not None and body.isdigit() else None
