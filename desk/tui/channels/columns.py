"""The numbers of the Channels screen: their heads, what they show, and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk.rules.measures import Measure
from desk.tui import format as form
from desk.tui.channels.words import length, oldest

if TYPE_CHECKING:
    from datetime import datetime

    from desk.services.figures import ChannelFigures, ChannelNow

LANE = "lane"
"""What stands behind a number that counts a lane of the queue."""


@dataclass(frozen=True, slots=True)
class Now:
    """A number of the present; `behind` is `LANE`, the name of a `Behind`, or nothing."""

    head: str
    width: int
    shows: Callable[[ChannelNow, datetime], str]
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """A number over the range; `counts` is what it, or the time that it tells, is counted from.

    `alarms` when anything but 0 is bad, `is_wide` when it needs a wide screen.
    """

    head: str
    width: int
    counts: Measure
    shows: Callable[[ChannelFigures], str]
    behind: str = ""
    alarms: bool = False
    is_wide: bool = False


def counted(measure: Measure) -> Callable[[ChannelFigures], str]:
    """Shows how often something was counted."""
    return lambda over: form.compact(over.count(measure))


def kept(over: ChannelFigures) -> str:
    """The share of promises kept among those that were kept or broken."""
    held, broken = over.count(Measure.PROMISES_KEPT), over.count(Measure.PROMISES_BROKEN)
    return f"{100 * held / (held + broken):.1f} %" if held + broken else "–"


NOW = (
    Now("waiting", 9, lambda now, _at: form.compact(now.waiting), LANE),
    Now("oldest", 9, lambda now, at: oldest(now, at) or "–", LANE),
    Now("due<1h", 9, lambda now, _at: form.compact(now.due_soon), "DUE_SOON"),
)

OVER = (
    Over("came", 8, Measure.ARRIVALS, counted(Measure.ARRIVALS), "ARRIVALS"),
    Over("answered", 10, Measure.FIRST_RESPONSE, counted(Measure.FIRST_RESPONSE), "ANSWERED"),
    Over("replies", 9, Measure.REPLIES, counted(Measure.REPLIES), is_wide=True),
    Over("solved", 8, Measure.SOLVED, counted(Measure.SOLVED), "SOLVED"),
    Over("reopened", 10, Measure.REOPENED, counted(Measure.REOPENED), is_wide=True),
    Over("handed on", 11, Measure.HANDOVERS, counted(Measure.HANDOVERS), is_wide=True),
    Over("broken", 8, Measure.BROKEN, counted(Measure.BROKEN), "BROKEN", alarms=True),
    Over("kept", 9, Measure.PROMISES_KEPT, kept, is_wide=True),
    Over("SLA", 7, Measure.BREACHED, counted(Measure.BREACHED), "BREACHED", alarms=True),
    Over("median", 9, Measure.FIRST_RESPONSE, lambda over: length(over.median), "ANSWERED"),
    Over("p90", 9, Measure.FIRST_RESPONSE, lambda over: length(over.p90), "ANSWERED"),
)

WIDE = 150
"""From this width on both tables stand side by side, with the numbers that are wide only."""


def over_at(width: int) -> tuple[Over, ...]:
    """The numbers over the range for which there is room."""
    return tuple(column for column in OVER if width >= WIDE or not column.is_wide)


def behind_at(width: int) -> tuple[Now | Over, ...]:
    """The numbers that can be opened, in their order."""
    every: tuple[Now | Over, ...] = (*NOW, *over_at(width))
    return tuple(column for column in every if column.behind)
