"""What a channel's reader hands to intake: one message from outside, whatever brought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from db.kinds import Channel, ContactKind, Language
from desk.rules.addressing import NamedCase
from desk.rules.authentication import Recorded


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came along; the name is the sender's word for it."""

    filename: str
    content_type: str
    content: bytes


class ReportKind(StrEnum):
    """What a report about a message of ours says: that it came back, or that somebody did not want it."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Report:
    """A program's word on a message that we sent.

    `about` is that message's own name, `named_cases` are cases it names, `to` the addresses that the report speaks of
    when it names any, `status` an enhanced status code (RFC 3463), `words` the other side's own.
    """

    kind: ReportKind
    about: str | None = None
    named_cases: tuple[NamedCase, ...] = ()
    to: tuple[str, ...] = ()
    status: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a telephone system says of a call: whether nobody took it, and how long it was, in seconds."""

    missed: bool = False
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from outside.

    `external_id` is the channel's own name for it and None when it has none; `digest` is the same for the same
    message delivered again. `quoted_ids` are messages it answers, nearest first; `named_cases` are cases it names.
    `report` is set when it reports on a message of ours. `copied` are those who got a copy, as (name, address).
    `authentication` is what servers claim to have found out about its sender. `may_be_answered` is whether an
    automatic answer would be in place as far as the message itself can tell.
    `call` is set on a call that a telephone system reports.
    `sender_tier` is what another system says was agreed with the sender; None leaves what is known.
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
    sender_tier: str | None = None
    subject: str = ""
    at: datetime | None = None
    sent_at: datetime | None = None
    language: Language | None = None
    quoted_ids: tuple[str, ...] = ()
    named_cases: tuple[NamedCase, ...] = ()
    copied: tuple[tuple[str, str], ...] = ()
    report: Report | None = None
    authentication: tuple[Recorded, ...] = ()
    may_be_answered: bool = False
    is_automatic: bool = False
    call: CallFacts | None = None
    files: tuple[IncomingFile, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    mailbox: str | None = None
    queue: str | None = None
    is_live: bool = False
