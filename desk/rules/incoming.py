"""What a channel's reader hands to intake: one message from outside, whatever brought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.kinds import Channel, ContactKind, Language
from desk.rules.addressing import NamedCase


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came along; the name is the sender's word for it."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from outside.

    `external_id` is the channel's own name for it and None when it has none; `digest` is the same for the same
    message delivered again. `quoted_ids` are messages it answers, nearest first; `named_cases` are cases it names.
    `bounced_id` is the message it says was not delivered, to the addresses `bounced_to` when it names any.
    `at` is when it happened by a clock we trust; `sent_at` is the sender's claim. `error` tells why it could not be
    read in full. `mailbox` and `queue` are those of ours that it came by and goes into; `is_live` says that it
    arrived just now. Intake knows these, not the reader.
    """

    channel: Channel
    digest: str
    text: str
    new_text: str
    external_id: str | None = None
    sender_kind: ContactKind = ContactKind.EMAIL
    sender_address: str = ""
    sender_name: str = ""
    subject: str = ""
    at: datetime | None = None
    sent_at: datetime | None = None
    language: Language | None = None
    quoted_ids: tuple[str, ...] = ()
    named_cases: tuple[NamedCase, ...] = ()
    bounced_id: str | None = None
    bounced_to: tuple[str, ...] = ()
    is_automatic: bool = False
    files: tuple[IncomingFile, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    mailbox: str | None = None
    queue: str | None = None
    is_live: bool = False
