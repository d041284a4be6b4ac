"""What was done last, for the keys that take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from desk.services.changing import Done
    from desk.services.replies import Sent
    from desk.tui.app import DeskApp


@dataclass(frozen=True, slots=True)
class LastSent:
    """An answer that may still be taken back, with what would become the draft again."""

    sent: Sent
    to: str
    answers: tuple[str, ...]

    def seconds_left(self, now: datetime) -> float:
        """How long it can still be taken back; negative when it is too late."""
        return (self.sent.undo_until - now).total_seconds()


@dataclass(frozen=True, slots=True)
class LastChange:
    """A change of cases and what it was, in words: `priority 1`."""

    done: Done
    what: str


@dataclass(slots=True)
class Undo:
    """The last answer and the last change of this agent."""

    sent: LastSent | None = None
    change: LastChange | None = None


_LAST: WeakKeyDictionary[DeskApp, Undo] = WeakKeyDictionary()


def undo_of(app: DeskApp) -> Undo:
    """What was done last at a running desk."""
    return _LAST.setdefault(app, Undo())
