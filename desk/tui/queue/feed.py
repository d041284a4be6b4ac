"""What keeps a window filled: reads a lane's pages and drops every answer that has become stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from db.kinds import Lane
from desk.tui.queue import reading
from desk.tui.queue.masthead import count_of

if TYPE_CHECKING:
    from db.rows import AgentRow, LaneCounts
    from db.rows_delivery import DeliveryCounts
    from db.rows_start import FirstLook
    from desk.services.desk import Desk
    from desk.tui.gateway import Gateway
    from desk.tui.queue.window import Window

T = TypeVar("T")


class Feed:
    """Reads for one window. Each method returns whether the window was changed; all raise what the gateway raises."""

    def __init__(self, gateway: Gateway, window: Window) -> None:
        self.lane = Lane.ALL
        self.counts: LaneCounts | None = None
        self.delivery: DeliveryCounts | None = None
        self._gateway = gateway
        self._window = window
        self._epoch = 0
        self._reading: set[str] = set()
        self._again = False

    @property
    def total(self) -> int:
        """How many cases the lane has, as last counted."""
        return count_of(self.lane, self.counts) or 0

    @property
    def is_due(self) -> bool:
        """Whether something changed that could not be taken in yet."""
        return self._again

    async def start(self, lane: Lane, *, last: bool = False) -> bool:
        """Show a lane from its top, or from its end; of several, the one asked for last wins."""
        self._epoch += 1
        self.lane = lane
        limit = max(reading.PAGE, min(reading.LONGEST, 2 * self._window.height))
        answer = await self._ask(reading.start(lane, last=last, limit=limit))
        if answer is None:
            return False
        self.counts, self.delivery = answer.counts, answer.delivery
        if last:
            self._window.show_last(answer.page, self.total)
        else:
            self._window.show_first(answer.page)
        self._again = False
        return True

    def show(self, look: FirstLook) -> None:
        """Show the top of the queue as another process has read it; to be read again."""
        self.counts = look.counts
        self._window.show_first(look.page)

    async def extend(self, *, below: bool) -> bool:
        """Fetch the rows beyond one end, unless they are on their way."""
        name = "below" if below else "above"
        if name in self._reading or not self._window.rows:
            return False
        self._reading.add(name)
        try:
            page = await self._ask(reading.further(self.lane, self._window, below=below))
        finally:
            self._reading.discard(name)
        if page is None:
            return True
        if below:
            self._window.extend_below(page)
        else:
            self._window.extend_above(page)
        return True

    async def reread(self, *, tidy: bool = False) -> bool:
        """Take in what the lane holds now; what is in view stays in its place, unless `tidy`."""
        if not self._window.rows:
            return await self.start(self.lane)
        if "again" in self._reading:
            self._again = True
            return False
        self._reading.add("again")
        self._again = False
        top = self._window.top
        try:
            answer = await self._ask(reading.again(self.lane, self._window))
        finally:
            self._reading.discard("again")
        if answer is None or (self._window.top != top and not tidy):
            self._again = True
            return False
        self.counts, self.delivery = answer.counts, answer.delivery
        if answer.before is not None:
            self._window.start = answer.before
        self._window.refresh(answer.above, answer.below, tidy=tidy)
        return True

    async def _ask(self, use_case: Callable[[Desk, AgentRow], T]) -> T | None:
        """The answer, or None when the window was filled otherwise meanwhile.

        Whoever gets an answer changes the window with it, so every other answer on its way is stale from then on.
        """
        epoch = self._epoch
        answer = await self._gateway.run(use_case)
        if epoch != self._epoch:
            return None
        self._epoch += 1
        return answer
