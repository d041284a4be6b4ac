"""What was done last, for the keys that take it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from db.kinds import DraftKind
from desk.tui.actions import key_of

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.changing import Done
    from desk.services.desk import Desk
    from desk.services.replies import Sent
    from desk.tui.app import DeskApp


UNDOES = "undoes it"


@dataclass(frozen=True, slots=True)
class LastSent:
    """What may still be taken back, and which draft it would become again."""

    sent: Sent
    to: str
    kind: DraftKind = DraftKind.REPLY
    later: bool = False
    """Whether it waits for a later moment, not only for the end of the undo time."""

    def seconds_left(self, now: datetime) -> float:
        """How long it can still be taken back; negative when it is too late."""
        return (self.sent.undo_until - now).total_seconds()


@dataclass(frozen=True, slots=True)
class LastChange:
    """A change and what it was, in words: `#12: priority 1`."""

    what: str
    back: Callable[[Desk, AgentRow], Done | object]
    """The use case that puts it back; a `Done` names what could not be."""


@dataclass(slots=True)
class Undo:
    """The last answer and the last change of this agent."""

    sent: LastSent | None = None
    change: LastChange | None = None


def undo_words(app: DeskApp) -> str:
    """What a notice of a change ends with: the key that undoes it."""
    return f"   {key_of('case.undo', app.keys)} {UNDOES}"


def forget_undo_notice(app: DeskApp) -> None:
    """Take notices away that offer to undo what is undone."""
    app.forget_notices(lambda said: said.endswith(UNDOES))


_LAST: WeakKeyDictionary[DeskApp, Undo] = WeakKeyDictionary()


def undo_of(app: DeskApp) -> Undo:
    """What was done last at a running desk."""
    return _LAST.setdefault(app, Undo())
