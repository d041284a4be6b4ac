"""The messages of a lane as lines with one selected, and all about that one below them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from textual.message import Message
from textual.strip import Strip

from desk.tui import format as words
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.lines import Lines
from desk.tui.looks import looks
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual import events

    from desk.tui.app import DeskApp
    from desk.tui.lanes.rows import Listed

ABOUT = 6
"""Rows below the list, a rule among them."""

STATES = {"undelivered": 10, "scheduled": 18}
"""Cells of the first column."""


class ListedMessages(Lines):
    """Keeps its selection on its message, whatever comes or goes around it."""

    app: DeskApp

    class Opened(Message):
        """A row was clicked twice."""

    def __init__(self, name: str) -> None:
        super().__init__(id="messages")
        self.rows: tuple[Listed, ...] | None = None
        """None until they were read."""
        self.said: tuple[str, ...] = ("…",)
        """Stands there when there are none."""
        self.selected = 0
        self._state_width = STATES[name]
        self._top = 0

    @property
    def current(self) -> Listed | None:
        """The selected message."""
        return self.rows[self.selected] if self.rows else None

    @property
    def page(self) -> int:
        """How many rows there is room for."""
        return max(self.size.height - ABOUT, 1)

    def show(self, rows: Sequence[Listed]) -> None:
        """Other messages; the selected one stays under the hand, or what has come into its place."""
        before = self.current
        self.rows = tuple(rows)
        ids = [row.acted.message_id for row in self.rows]
        if before is not None and before.acted.message_id in ids:
            was, self.selected = self.selected, ids.index(before.acted.message_id)
            self._top += self.selected - was
        self.move(0)

    def move(self, step: int) -> None:
        """Select another message, and bring it into view."""
        last = len(self.rows or ()) - 1
        self.selected = max(0, min(self.selected + step, last))
        least, most = self.selected - self.page + 1, self.selected
        self._top = max(0, least, min(self._top, most, last + 1 - self.page))
        self.refresh()

    def on_resize(self) -> None:
        """The selected message stays in view."""
        self.move(0)

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        if self.rows and event.y < min(self.page, len(self.rows) - self._top):
            self.move(self._top + event.y - self.selected)
            if event.chain == 2:
                self.post_message(self.Opened())

    def line(self, y: int) -> Strip:
        """A message, or a part of what is said about the selected one."""
        width, plain = self.size.width, self.look("plain")
        if not self.rows:
            text = self.said[y - 1] if 0 < y <= len(self.said) else ""
            return strip([(f"   {text}", plain if y == 1 else self.look("quiet"))], width, plain)
        if y >= self.page:
            return self._about(y - self.page, width)
        place = self._top + y
        if place >= len(self.rows):
            return strip([], width, plain)
        return self._row(self.rows[place], width, is_selected=place == self.selected)

    def _row(self, row: Listed, width: int, *, is_selected: bool) -> Strip:
        styles = looks(self.app)
        ground = styles["selected" if is_selected else "ground"]
        quiet = ground + styles["quiet"]
        who = 24 if width >= 100 else 18
        state = words.fit(row.state, self._state_width)
        reference = words.fit(f"#{row.acted.case_id}", 8)
        taken = 2 + self._state_width + 1 + 9 + who + 1 + 1 + 5 + 1 + 8
        what = words.fit(row.what, max(width - taken, 8))
        return strip(
            [
                ("▌ " if is_selected else "  ", ground + styles["accent"]),
                (f"{state} ", ground + styles[row.style]),
                (f"{reference} ", quiet),
                (f"{words.fit(words.middle(row.who, who), who)} ", ground),
                (f"{what} ", ground),
                (f"{words.fit(row.when, 5, right=True)} ", quiet),
                (words.cut(row.agent, 8), quiet),
            ],
            width,
            ground,
        )

    def _about(self, y: int, width: int) -> Strip:
        plain = self.look("plain")
        if y == 0:
            return strip([("─" * width, self.look("rule"))], width, plain)
        row = self.current
        about = row.about if row is not None else ()
        lines = chain.from_iterable(((style, text) for text in wrapped(words, width - 2)) for style, words in about)
        for number, (style, text) in enumerate(lines, 1):
            if number == y:
                return strip([(f" {text}", self.look(style))], width, plain)
        return strip([], width, plain)
