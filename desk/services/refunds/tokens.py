"""Signed names in links: HMAC-SHA256 by keys of the desk's own, which the database keeps and no page shows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from db.models import DeskInfo, Message
from db.rows import OutgoingRow
from desk.rules.refunds.links import HIDDEN, PATH

MERCHANT_KEY = "merchant_link_key"
MADE_OF = "link"
"""What a message's details call that from which its token is made, until it has left."""

KEY_BYTES = 32
LONGEST = 200


def signed(key: bytes, body: str) -> str:
    """`body`, a full stop and its signature, in characters that are safe in an address."""
    return f"{body}.{_signature(key, body)}"


def body_of(key: bytes, token: str) -> str | None:
    """What was signed; None for what this key has not signed. Whatever is given is compared in constant time."""
    body, _, signature = token.rpartition(".")
    is_shaped = len(token) <= LONGEST and token.isascii() and bool(body)
    return body if is_shaped and hmac.compare_digest(_signature(key, body), signature) else None


def digest(token: str) -> str:
    """What is kept of a token that must not be known to who reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def known_key(connection: Connection, name: str) -> bytes | None:
    """The key of that name; None where none was made yet."""
    known = connection.scalar(select(DeskInfo.value).where(DeskInfo.key == name))
    return None if known is None else bytes.fromhex(known)


def key_of(connection: Connection, name: str) -> bytes:
    """The key of that name, made where there is none; two programs that make it at once get the same."""
    known = known_key(connection, name)
    if known is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        made = dialect.insert(DeskInfo).values(key=name, value=secrets.token_hex(KEY_BYTES))
        connection.execute(made.on_conflict_do_nothing())
        known = known_key(connection, name)
    assert known is not None  # noqa: S101  (it was there or has been made)
    return known


def completed(connection: Connection, message: OutgoingRow) -> OutgoingRow:
    """A message as it leaves: with the token of its merchant's link, where it has one."""
    made_of = message.details.get(MADE_OF)
    if not made_of:
        return message
    token = signed(key_of(connection, MERCHANT_KEY), str(made_of))
    details = {name: value for name, value in message.details.items() if name != MADE_OF}
    if "payload" in details:
        data = details["payload"]["data"]
        details["payload"] = details["payload"] | {"data": data | {"link": _with(token, data.get("link") or "")}}
    return msgspec.structs.replace(message, text=_with(token, message.text), details=details)


def forget_link(message: Message) -> None:
    """The message has left: what its link was made of is needed no more."""
    if MADE_OF in message.details:
        message.details = {name: value for name, value in message.details.items() if name != MADE_OF}


def _with(token: str, text: str) -> str:
    before, found, after = text.rpartition(PATH + HIDDEN)
    return f"{before}{PATH}{token}{after}" if found else text


def _signature(key: bytes, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode(), "sha256")).decode().rstrip("=")
