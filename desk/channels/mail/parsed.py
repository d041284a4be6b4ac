"""A message as the desk takes it in: decoded, bounded, free of anything that cannot be stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from desk.rules.authentication import Recorded

_ENDINGS = {
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
}

Address = tuple[str, str]
"""A display name, possibly empty, and an address."""


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """A part that is not the body; `content` is decoded, `filename` is what the sender claims, or empty."""

    filename: str
    content_type: str
    content_id: str
    inline: bool
    size: int
    content: bytes

    def name(self, number: int) -> str:
        """The file name, or for a part that came without one a name made of its place and type."""
        return self.filename or f"part-{number}{_ENDINGS.get(self.content_type, '')}"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report of failed delivery says (RFC 3464, or the same things found in free text)."""

    recipients: tuple[str, ...] = ()
    status: str | None = None
    """The enhanced status code of RFC 3463, such as `5.1.1`."""
    original_message_id: str | None = None
    diagnostic: str | None = None
    original_words: str = ""
    """Subject and addresses of the message that came back, where it names its case."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A mail service's word that somebody called a message of ours unwanted (RFC 5965)."""

    kind: str
    """What they say about it: `abuse`, `fraud`, `opt-out`, `virus` or `other`."""
    recipients: tuple[str, ...] = ()
    original_message_id: str | None = None
    original_words: str = ""


@dataclass(frozen=True, slots=True)
class Mailing:
    """How a mail was sent: by a list or in bulk, as the answer to an invitation, with or without a way back."""

    list_id: str = ""
    unsubscribe: bool = False
    precedence: str = ""
    calendar: str = ""
    """What a calendar in it does (RFC 5546), such as `reply` or `request`."""
    no_answer: bool = False
    """Whether its sender wants no automatic answer: no return path, a list, bulk, or said so."""


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """All that reading found; text fields are valid Unicode without NUL and lone surrogates.

    `text` is what an agent reads, `reply_text` its newly written part. `date` is aware UTC or None. `language` is
    `id`, `en`, `zh`, another ISO 639-1 code where known, or `other`. `notes` name what was left out or mended.
    `error` is set when the message could not be read as mail; the other fields then hold what is known.
    """

    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    from_email: str | None = None
    from_name: str | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    reply_text: str = ""
    attachments: tuple[ParsedAttachment, ...] = ()
    is_auto: bool = False
    is_bounce: bool = False
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    mailing: Mailing = Mailing()
    authentication: tuple[Recorded, ...] = ()
    language: str = "other"
    language_certainty: float = 0.0
    stable_digest: str = ""
    notes: tuple[str, ...] = ()
    error: str | None = None
