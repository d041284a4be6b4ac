"""The cases that a search found, in the rows of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.tui.lines import Lines
from desk.tui.looks import looks
from desk.tui.queue.drawing import RowDrawing
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from db.rows import CaseRow
    from desk.tui.app import DeskApp

HEAD = 1
EXAMPLES = (
    'Type words, or a number like #1042. Words all have to occur; "…" is a phrase, - in front leaves out.',
    "channel:email   status:open   assignee:me   tag:vip   from:budi@example.com   before:7d",
    "Tab completes.",
)


class FoundCases(Lines):
    """Rows with one selected, which is always in view."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="found")
        self.rows: tuple[CaseRow, ...] = ()
        self.said: tuple[str, ...] = EXAMPLES
        self.selected = 0
        self._top = 0
        self._drawing: RowDrawing | None = None

    @property
    def current(self) -> CaseRow | None:
        """The selected case."""
        return self.rows[self.selected] if self.rows else None

    @property
    def page(self) -> int:
        """How many rows there is room for."""
        return max(self.size.height - HEAD, 1)

    def show(self, rows: Sequence[CaseRow], said: tuple[str, ...]) -> None:
        """Show other cases, the first one selected; `said` stands there when there are none."""
        self.rows, self.said = tuple(rows), said
        self.selected = self._top = 0
        self.refresh()

    def add(self, rows: Sequence[CaseRow]) -> None:
        """More cases at the end; nothing moves."""
        self.rows += tuple(rows)
        self.refresh()

    def move(self, step: int) -> None:
        """Select another case."""
        if self.rows:
            self.selected = max(0, min(self.selected + step, len(self.rows) - 1))
            self._top = max(self.selected - self.page + 1, min(self._top, self.selected))
            self.refresh()

    def line(self, y: int) -> Strip:
        """The columns' names, then the rows, or words where there are none."""
        drawing = self._drawing_now()
        if not self.rows:
            said = self.said[y - HEAD] if 0 <= y - HEAD < len(self.said) else ""
            return strip([(f" {said}", self.look("quiet"))], self.size.width, self.look("plain"))
        if y < HEAD:
            return drawing.head()
        place = self._top + y - HEAD
        if place >= len(self.rows):
            return strip([], self.size.width, self.look("plain"))
        is_selected = place == self.selected
        return drawing.row(self.rows[place], self.app.gateway.now(), selected=is_selected, marked=False, moved=False)

    def _drawing_now(self) -> RowDrawing:
        styles, hours = looks(self.app), self.app.gateway.hours
        drawing = self._drawing
        if drawing is None or (drawing.width, drawing.styles, drawing.hours) != (self.size.width, styles, hours):
            self._drawing = drawing = RowDrawing(self.size.width, styles, hours)
        return drawing
