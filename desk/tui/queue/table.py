"""The queue as a table that draws only the lines in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from desk.rules.staffed import Staffed
from desk.tui.looks import looks
from desk.tui.queue.drawing import RowDrawing
from desk.tui.queue.window import Window
from desk.tui.strips import strip

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual import events

    from db.rows import CaseRow
    from desk.rules.hours import ServiceTime

NO_HOURS: Staffed[ServiceTime] = Staffed()
HEAD = 1
WHEEL = 3


class QueueTable(Widget):
    """Shows a `Window`; tells when another row is selected and when rows are wanted that are not there."""

    class Selected(Message):
        """Another case is selected, or none."""

        def __init__(self, row: CaseRow | None) -> None:
            super().__init__()
            self.row = row

    class Wanted(Message):
        """More rows are wanted at an end of the window."""

        def __init__(self, *, below: bool) -> None:
            super().__init__()
            self.below = below

    class Opened(Message):
        """A row was clicked twice."""

    def __init__(
        self,
        window: Window,
        clock: Callable[[], datetime],
        hours: Callable[[], Staffed[ServiceTime] | None] = lambda: NO_HOURS,
    ) -> None:
        super().__init__(id="table")
        self.window = window
        self.marked: dict[int, CaseRow] = {}
        """What is marked, as it was then; it may stand far from what is read now."""
        self.words: tuple[str, ...] = ()
        """Said in place of rows when there are none."""
        self._clock = clock
        self._hours = hours
        self._drawing: RowDrawing | None = None
        self._told: int | None = None

    def move(self, by: int) -> None:
        """Select a row further down or up."""
        self.go_to(self.window.selected + by)

    def go_to(self, index: int) -> None:
        """Select a row and bring it into view."""
        window = self.window
        if not window.rows:
            return
        top, selected = window.top, window.selected
        window.select(index)
        if window.top != top:
            self.refresh()
        elif window.selected != selected:
            self._refresh_row(selected)
            self._refresh_row(window.selected)
        self.announce()

    def announce(self) -> None:
        """Tell who listens what is selected and which rows are wanted, when that is news."""
        row = self.window.current
        case_id = row.id if row else 0
        if case_id != self._told:
            self._told = case_id
            self.post_message(self.Selected(row))
        if self.window.wants_below:
            self.post_message(self.Wanted(below=True))
        if self.window.wants_above:
            self.post_message(self.Wanted(below=False))

    def show(self) -> None:
        """Draw the window as it is now."""
        self.refresh()
        self.announce()

    def toggle_mark(self) -> None:
        """Mark the selected case, or take its mark off, and go on to the next."""
        row = self.window.current
        if row is not None:
            if self.marked.pop(row.id, None) is None:
                self.marked[row.id] = row
            self._refresh_row(self.window.selected)
            self.move(1)

    def render_line(self, y: int) -> Strip:
        """One line: the head, a row, a skeleton while nothing is known, or words when there is nothing."""
        drawing = self._drawing_now()
        if y < HEAD:
            return drawing.head()
        window = self.window
        index = window.top + y - HEAD
        if index < len(window.rows):
            row = window.rows[index]
            return drawing.row(
                row,
                self._clock(),
                selected=index == window.selected,
                marked=row.id in self.marked,
                moved=row.id in window.moved,
            )
        if not window.is_loaded and not self.words:
            return drawing.skeleton(y)
        words = self.words[y - 3] if not window.rows and 0 <= y - 3 < len(self.words) else ""
        ground = drawing.styles["ground"]
        style = ground if y == 3 else ground + drawing.styles["quiet"]
        return strip([("   " + words if words else "", style)], drawing.width, ground)

    def _drawing_now(self) -> RowDrawing:
        width = self.size.width
        styles, hours = looks(self.app), self._hours()
        drawing = self._drawing
        if drawing is None or (drawing.width, drawing.styles, drawing.hours) != (width, styles, hours):
            self._drawing = drawing = RowDrawing(width, styles, hours)
        return drawing

    def _refresh_row(self, index: int) -> None:
        self.refresh(Region(0, index - self.window.top + HEAD, self.size.width, 1))

    def on_resize(self, event: events.Resize) -> None:
        """As many rows as there is room for."""
        self.window.resize(event.size.height - HEAD)
        self.refresh()
        self.announce()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the selection: it is always in view."""
        event.stop()
        self.move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the selection: it is always in view."""
        event.stop()
        self.move(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        index = self.window.top + event.y - HEAD
        if event.y < HEAD or index >= len(self.window.rows):
            return
        self.go_to(index)
        row = self.window.current
        if event.chain == 2 and row is not None:
            self.post_message(self.Opened())
