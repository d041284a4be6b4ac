"""What reads of drafts' files and of undelivered messages hand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.kinds import Channel, OutboxState


@dataclass(frozen=True, slots=True)
class DraftFileRow:
    """A file that will go with a draft; `position` names it, `size` is in bytes."""

    position: int
    filename: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class UndeliveredRow:
    """A message of ours that failed, or of which nobody knows whether it arrived; `error` is in the other side's words.

    `at` is when it was written, `to` where it was to go; `agent_name` is None when the desk itself wrote it.
    """

    message_id: int
    case_id: int
    customer_name: str
    subject: str
    channel: Channel
    to: str
    state: OutboxState
    error: str | None
    at: datetime
    attempts: int
    agent_name: str | None


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How many messages ask for a person: undelivered, scheduled for later, held because something came between.

    `delayed` could not be sent so far and are tried again by themselves.
    """

    undelivered: int
    delayed: int
    scheduled: int
    held: int
