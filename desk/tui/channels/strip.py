"""The channels strip over the queue: each channel in one piece of a line."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desk.tui import format as form
from desk.tui.channels.words import STYLES, oldest, stands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style

    from desk.services.figures import ChannelNow

ONE_ROW_WIDTH = 160
"""From this width of the screen on one row holds every channel; below it takes two."""


def rows_at(width: int) -> int:
    """How many rows the strip takes."""
    return 1 if width >= ONE_ROW_WIDTH else 2


def row_of(
    channels: Sequence[ChannelNow], row: int, width: int, at: datetime, look: Callable[[str], Style]
) -> list[tuple[str, Style]]:
    """The pieces of one of the strip's rows, each channel as wide as the others."""
    each = len(channels) // rows_at(width)
    room = (width - 1) // max(each, 1)
    pieces: list[tuple[str, Style]] = [(" ", look("plain"))]
    for now in channels[row * each : (row + 1) * each]:
        pieces += _piece(now, room, at, look)
    return pieces


def _piece(now: ChannelNow, room: int, at: datetime, look: Callable[[str], Style]) -> list[tuple[str, Style]]:
    head = f"{form.glyph(now.channel)} {stands(now, at)}"
    waits, age, on_it = form.compact(now.waiting), oldest(now, at), f"{now.agents} on it"
    rest = room - form.cells(head) - 4
    ways = [f"{waits} wait  {on_it}", f"{waits} wait · {now.agents} on"]
    if now.waiting:
        ways = [
            f"{waits} wait, oldest {age}  {on_it}",
            f"{waits} wait, {age}  {on_it}",
            f"{waits} · {age} · {now.agents} on",
        ]
    told = next((each for each in ways if form.cells(each) <= rest), ways[-1])
    return [(f"{head}  ", look(STYLES[now.load])), (form.fit(told, max(0, rest)) + "  ", look("quiet"))]
