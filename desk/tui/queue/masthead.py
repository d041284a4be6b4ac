"""The head of the queue: who I am, the lanes with their counts, and where I stand in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from db.kinds import AgentState, Channel, Lane
from desk.tui import format as form
from desk.tui.channels.strip import row_of, rows_at
from desk.tui.lines import Lines
from desk.tui.safety import line
from desk.tui.state_words import standing
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from db.rows import LaneCounts
    from db.rows_delivery import DeliveryCounts
    from desk.services.figures import ChannelNow
    from desk.tui.app import DeskApp

LANES = (
    (Lane.ALL, "All"),
    (Lane.PHONE, "Phone"),
    (Lane.EMAIL, "E-mail"),
    (Lane.CHAT, "Chat"),
    (Lane.SOCIAL, "Social"),
    (Lane.MINE, "Mine"),
)

LINES_ABOVE = 2
"""Lines above the channels."""


def count_of(lane: Lane, counts: LaneCounts | None) -> int | None:
    """How many cases stand in a lane; None until that is known."""
    if counts is None:
        return None
    if lane is Lane.ALL:
        return counts.total
    return counts.mine if lane is Lane.MINE else counts.by_channel[Channel(lane.value)]


class Masthead(Lines):
    """The desk, the lanes, the channels, and a rule that says what is new above and where the selection stands.

    The channels take one row or two, as wide as the screen is.
    """

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="masthead")
        self.lane = Lane.ALL
        self.counts: LaneCounts | None = None
        self.delivery: DeliveryCounts | None = None
        self.channels: tuple[ChannelNow, ...] = ()
        """Empty until they have been read, after the first rows."""
        self.place: tuple[int, int] | None = None
        """The selection's place and how many there are."""
        self.new_above = 0
        self.marked = 0

    def on_mount(self) -> None:
        """Follow the connection."""
        self.watch(self.app, "stale", self._redraw, init=False)
        self.watch(self.app, "my_state", self._redraw, init=False)

    def _redraw(self) -> None:
        self.refresh()

    def line(self, y: int) -> Strip:
        """One of its lines."""
        width = self.size.width
        if y < LINES_ABOVE:
            return (self._desk, self._lanes)[y](width)
        row = y - LINES_ABOVE
        return self._strip(row, width) if row < rows_at(width) else self._rule(width)

    def _strip(self, row: int, width: int) -> Strip:
        pieces = row_of(self.channels, row, width, self.app.gateway.now(), self.look) if self.channels else []
        return strip(pieces, width, self.look("plain"))

    def _desk(self, width: int) -> Strip:
        plain, quiet = self.look("plain"), self.look("quiet")
        left = [(" desk", self.look("strong"))]
        me, stale = self.app.gateway.me, self.app.stale
        if stale is not None:
            words = f"  ! {stale.short} since {form.clock(stale.since)}; showing what was known"
            left.append((words, self.look("soon")))
        elif me is not None:
            left.append((f"  {form.middle(line(me.name), 24)} · {me.role}", quiet))
            if state := standing(self.app.my_state, self.app.gateway.now()):
                is_in = self.app.my_state is not None and self.app.my_state.state is AgentState.AVAILABLE
                left.append((f" · {state}", quiet if is_in else self.look("soon")))
        now = self.app.gateway.now().astimezone()
        right = [(f"{now:%a} {now.day} {now:%b %H:%M} ", quiet)]
        return two_ends(left, right, width, plain)

    def _lanes(self, width: int) -> Strip:
        plain = self.look("plain")
        pieces: list[tuple[str, Style]] = [(" ", plain)]
        for lane, name in LANES:
            count = count_of(lane, self.counts)
            words = f"{name} {'·' if count is None else form.compact(count)}"
            pieces += [(words, self.look("accent") if lane is self.lane else self.look("quiet")), ("  ", plain)]
        room = width - sum(form.cells(text) for text, _ in pieces)
        return strip([*pieces, *self._messages(room)], width, plain)

    def _messages(self, room: int) -> list[tuple[str, Style]]:
        """What asks for a person beside cases, the worst first and in words as far as there is room for them."""
        counts = self.delivery
        if counts is None:
            return []
        lanes = (
            ("✗", counts.undelivered, "undelivered", "late"),
            ("↻", counts.delayed, "to be tried again", "soon"),
            ("⏸", counts.held, "held", "soon"),
            ("◷", counts.scheduled, "scheduled", "quiet"),
        )
        found = [
            (f"{sign} {form.compact(number)}", word, self.look(look)) for sign, number, word, look in lanes if number
        ]
        taken = sum(form.cells(f"{text}  ") for text, _, _ in found)
        pieces = []
        for text, word, style in found:
            taken += form.cells(f" {word}")
            pieces.append((f"{text} {word}  " if taken <= room else f"{text}  ", style))
        return pieces

    def _rule(self, width: int) -> Strip:
        rule, accent = self.look("rule"), self.look("accent")
        left: list[tuple[str, Style]] = [("──", rule)]
        if self.new_above:
            left.append((f" {self.new_above} new above ↑ ", accent))
        if self.marked:
            left.append((f" {self.marked} marked ", accent))
        right: list[tuple[str, Style]] = []
        if self.place is not None:
            at, total = self.place
            right = [(f" {at} of {max(at, total)} ", self.look("quiet")), ("──", rule)]
        taken = sum(form.cells(text) for text, _ in left + right)
        return strip([*left, ("─" * max(0, width - taken), rule), *right], width, rule)
