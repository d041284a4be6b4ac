"""What screens are told by the gateway; each screen on the stack gets its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.message import Message


class Opened(Message, bubble=False):
    """The desk is open: who acts, the settings and the clock are known."""


@dataclass
class Changed(Message, bubble=False):
    """These cases were changed by somebody, somewhere."""

    case_ids: frozenset[int]


@dataclass
class Stale(Message, bubble=False):
    """The database has not answered since then; what is shown is what was known."""

    since: datetime
    why: str


class Fresh(Message, bubble=False):
    """The database answers again."""
