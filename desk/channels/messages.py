"""Calls, chats and social messages from other systems: one JSON object a line."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from db.kinds import Channel, ContactKind, Language
from desk.rules.incoming import Incoming
from desk.rules.language import detect
from desk.rules.text import is_blank


class MessageLineError(ValueError):
    """A line is not a message; the text says which field is wrong and what it should be."""


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote; exactly one way to reach them."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    handle: str | None = None


class MessageLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message as other systems hand it in; `at` is ISO 8601 with an offset."""

    channel: Channel
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    sender: Sender = msgspec.field(name="from")
    text: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str = ""
    language: Language | None = None
    case: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


_decoder = msgspec.json.Decoder(MessageLine)


def read_line(raw: bytes) -> Incoming:
    """Read one line. Raises `MessageLineError`."""
    try:
        line = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageLineError(str(error)) from error
    kind, address = _address(line.sender)
    subject_and_text = f"{line.subject}\n{line.text}"
    return Incoming(
        channel=line.channel,
        external_id=line.external_id,
        digest=hashlib.sha256(raw.strip()).hexdigest(),
        sender_kind=kind,
        sender_address=address,
        sender_name=line.sender.name,
        subject=line.subject,
        text=line.text,
        new_text=line.text,
        at=line.at.astimezone(UTC),
        language=line.language or detect(subject_and_text).language,
        quoted_cases=(line.case,) if line.case is not None else (),
    )


def _address(sender: Sender) -> tuple[ContactKind, str]:
    given = [
        (kind, value)
        for kind, value in (
            (ContactKind.EMAIL, sender.email),
            (ContactKind.PHONE, sender.phone),
            (ContactKind.HANDLE, sender.handle),
        )
        if value is not None
    ]
    if len(given) != 1 or is_blank(given[0][1]):
        raise MessageLineError("`from` needs exactly one of `email`, `phone` and `handle` - at `$.from`")
    return given[0]
