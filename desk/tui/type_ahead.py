"""Keys typed while something to type into is being opened: they wait for it, and never act on what lies under it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from textual.events import Event, Key, Paste

if TYPE_CHECKING:
    from textual.widget import Widget

LONGEST_SECONDS = 3.0
"""Keys wait at most so long: what has not opened by then is in trouble, and the agent must be able to leave."""


class TypeAhead:
    """Keeps keys and pasted text while anything holds them; then `deliver` gets them in their order.

    They also wait for a key that corrects a text: Textual puts letters into a text at once, and acts on such a key only
    after it went round by the program, so letters typed after it would overtake it.
    """

    def __init__(
        self,
        deliver: Callable[[Event], Awaitable[None]],
        focused: Callable[[], Widget | None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._deliver = deliver
        self._focused = focused
        self._failed = failed
        self._returned: deque[Event] = deque()
        """Keys that nobody took on their way up; they were typed before all that wait."""
        self._waiting: deque[Event] = deque()
        self._holds: set[Hold] = set()
        self._delivering: asyncio.Task[None] | None = None

    def hold(self) -> Hold:
        """Keep what is typed from now on, until the hold is let go or its time is over."""
        hold = Hold(self._let_go)
        self._holds.add(hold)
        return hold

    def keeps(self, event: Event) -> bool:
        """Whether this event is kept for later."""
        if not isinstance(event, (Key, Paste)):
            return False
        if event.is_forwarded:
            if not self._holds:
                return False
            self._returned.append(_again(event))
        elif self._holds or self._is_delivering:
            self._waiting.append(_again(event))
        elif self._corrects(event):
            self._waiting.append(_again(event))
            self._begin()
        else:
            return False
        event.stop()
        return True

    def _corrects(self, event: Key | Paste) -> bool:
        if not isinstance(event, Key) or event.is_printable:
            return False
        from textual.widgets import Input, TextArea  # the first frame has no text to type into

        return isinstance(self._focused(), (Input, TextArea))

    @property
    def _is_delivering(self) -> bool:
        return self._delivering is not None and not self._delivering.done()

    def _let_go(self, hold: Hold) -> None:
        self._holds.discard(hold)
        if not self._is_delivering and (self._returned or self._waiting):
            self._begin()

    def _begin(self) -> None:
        self._delivering = asyncio.create_task(self._deliver_all())

    async def _deliver_all(self) -> None:
        try:
            while not self._holds and (queue := self._returned or self._waiting):
                await self._deliver(queue.popleft())
        except Exception as error:  # noqa: BLE001  (a fault in what a key does ends the program, as any other fault)
            self._failed(error)


def _again(event: Key | Paste) -> Event:
    """The same event, as if it had just been typed."""
    return Key(event.key, event.character) if isinstance(event, Key) else Paste(event.text)


class Hold:
    """Keys wait as long as it lasts."""

    def __init__(self, let_go: Callable[[Hold], None]) -> None:
        self._let_go = let_go
        self._timer = asyncio.get_running_loop().call_later(LONGEST_SECONDS, self.let_go)

    def let_go(self) -> None:
        """What was waited for is there."""
        self._timer.cancel()
        self._let_go(self)


class Turn:
    """What is typed waits for one piece of work, except while the work itself waits for an answer."""

    def __init__(self, type_ahead: TypeAhead) -> None:
        self._type_ahead = type_ahead
        self._hold: Hold | None = None

    def hold(self) -> None:
        """Keep what is typed from now on: it is meant for what this work opens."""
        if self._hold is None:
            self._hold = self._type_ahead.hold()

    def let_go(self) -> None:
        """What was opened is there."""
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.let_go()


_mine: ContextVar[Turn | None] = ContextVar("turn", default=None)


async def holding(turn: Turn, work: Coroutine[Any, Any, object]) -> None:
    """Do the work while keys wait for it; `turn` holds them already."""
    _mine.set(turn)
    try:
        await work
    finally:
        turn.let_go()


def my_turn() -> Turn | None:
    """The turn of the work that is being done; None where no keys wait for it."""
    return _mine.get()
