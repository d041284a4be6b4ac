"""What the queue screen asks the services for, each as one use case in one thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk import services
from desk.tui.queue.window import Window, just_before, key_of

if TYPE_CHECKING:
    from db.kinds import Lane
    from db.rows import AgentRow, LaneCounts, QueuePage
    from db.rows_delivery import DeliveryCounts
    from desk.services.desk import Desk

PAGE = 50
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Start:
    """A lane from one of its ends, the counts of all lanes, and of messages that ask for a person."""

    page: QueuePage
    counts: LaneCounts
    delivery: DeliveryCounts


@dataclass(frozen=True, slots=True)
class Again:
    """What a lane holds now around what is in view; `before` is how many rows come before `above`, if known."""

    above: QueuePage
    below: QueuePage
    counts: LaneCounts
    delivery: DeliveryCounts
    before: int | None


def start(lane: Lane, *, last: bool, limit: int = PAGE) -> Callable[[Desk, AgentRow], Start]:
    """The first rows of a lane, or the last."""

    def use_case(desk: Desk, me: AgentRow) -> Start:
        page = services.queue.page(desk, me, lane, last=last, limit=limit)
        return Start(page, services.queue.counts(desk, me), services.delivery.counts(desk, me))

    return use_case


def further(lane: Lane, window: Window, *, below: bool) -> Callable[[Desk, AgentRow], QueuePage]:
    """The rows beyond one end of the window."""
    edge = key_of(window.rows[-1 if below else 0])

    def use_case(desk: Desk, me: AgentRow) -> QueuePage:
        if below:
            return services.queue.page(desk, me, lane, after=edge, limit=PAGE)
        return services.queue.page(desk, me, lane, before=edge, limit=PAGE)

    return use_case


def again(lane: Lane, window: Window) -> Callable[[Desk, AgentRow], Again]:
    """What the lane holds now, from the first row in view that still stands in its place."""
    standing = [row for row in window.visible if row.id not in window.moved] or list(window.visible)
    first = key_of(standing[0])
    limit = min(LONGEST, max(PAGE, 3 * window.height))

    def use_case(desk: Desk, me: AgentRow) -> Again:
        above = services.queue.page(desk, me, lane, before=first, limit=PAGE)
        below = services.queue.page(desk, me, lane, after=just_before(first), limit=limit)
        before = None
        if above.has_more:
            before = services.queue.count_before(desk, me, lane, key_of(above.rows[0]))
        return Again(above, below, services.queue.counts(desk, me), services.delivery.counts(desk, me), before)

    return use_case
