"""Rows of styled pieces in a view that scrolls by itself: lighter than Textual's scrolling containers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from desk.tui.case.ink import inks
from desk.tui.case.row import Row

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

MARK = 1
"""Cells at the left edge, where the row that keys act on is marked."""
BAR = 1
"""Cells at the right edge, for what shows where in the whole one is."""
WHEEL = 3


class RowsView(Widget, can_focus=True):
    """Keeps the place in a column of rows, and draws them; what stands where is the business of subclasses."""

    app: DeskApp

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self.top = 0
        """The first row on screen."""
        self._quiet = False

    @property
    def rows_high(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def page(self) -> int:
        """How many rows are on screen."""
        return max(self.size.height, 1)

    @property
    def lowest(self) -> int:
        """The furthest that one can scroll."""
        return max(0, self.rows_high - self.page)

    def go_to(self, y: int) -> None:
        """Scroll so that row `y` is the first one on screen, as far as there are rows."""
        self.top = max(0, min(y, self.lowest))
        self.scrolled()
        self.changed()

    def changed(self) -> None:
        """Ask for a painting, unless this is found within one."""
        if not self._quiet:
            self.refresh()

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Find the place within a painting, without asking for another one."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def scrolled(self) -> None:
        """Told after every scrolling."""

    def strip(self, row: Row, y: int, *, marked: bool) -> Strip:
        """A row as wide as the view; `y` is its place on screen."""
        styles = inks(self.app)
        segments = [Segment("▌" if marked else " ", styles["mark"])]
        used = MARK
        for name, text in row:
            segments.append(Segment(text, styles[name]))
            used += cell_len(text)
        filler = styles["note" if row and row[0][0] == "note" else "text"]
        strip = Strip(segments, used).adjust_cell_length(self.size.width - BAR, filler)
        return Strip.join([strip, Strip([Segment(self._bar(y), styles["rule"])], BAR)])

    def _bar(self, y: int) -> str:
        """The part of the bar at the right edge that stands for what is on screen."""
        height, page = self.rows_high, self.page
        if height <= page:
            return " "
        size = max(1, page * page // height)
        start = round(self.top * (page - size) / self.lowest)
        return "▐" if start <= y < start + size else " "

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.go_to(self.top + WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.go_to(self.top - WHEEL)
