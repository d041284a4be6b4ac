"""What screens are told by the gateway; each screen on the stack gets its own."""

from __future__ import annotations

from datetime import datetime

from textual.message import Message

from db.errors import DatabaseUnavailableError


class Opened(Message, bubble=False):
    """The desk is open: who acts, the settings and the clock are known."""


class Changed(Message, bubble=False):
    """These cases were changed by somebody, somewhere."""

    def __init__(self, case_ids: frozenset[int]) -> None:
        super().__init__()
        self.case_ids = case_ids


class Stale(Message, bubble=False):
    """The database has not answered since then; what is shown is what was known. `short` is two or three words."""

    def __init__(self, since: datetime, why: str, short: str = DatabaseUnavailableError.short) -> None:
        super().__init__()
        self.since, self.why, self.short = since, why, short


class Fresh(Message, bubble=False):
    """The database answers again."""
