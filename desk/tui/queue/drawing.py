"""The queue's rows as lines, drawn once and kept until something about them changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from desk.rules.staffed import Staffed
from desk.tui import format as form
from desk.tui.looks import Looks
from desk.tui.queue.columns import GUTTER, fitted

if TYPE_CHECKING:
    from db.rows import CaseRow
    from desk.rules.hours import ServiceTime

BAR, MARK = "▌", "x"
MOST = 2000
"""Drawn lines kept."""


class RowDrawing:
    """Draws rows for one width and one set of styles."""

    def __init__(self, width: int, styles: Looks, hours: Staffed[ServiceTime] | None) -> None:
        self.width = width
        self.styles = styles
        self.hours = hours
        self.columns = fitted(width)
        self._drawn: dict[tuple[int, bool, bool, bool], tuple[CaseRow, int, Strip]] = {}

    def head(self) -> Strip:
        """The line with the columns' names."""
        names = "".join(form.fit(column.name, column.width, right=column.right) + " " for column in self.columns)
        return Strip(
            [Segment(form.fit(" " * GUTTER + names, self.width), self.styles["ground"] + self.styles["quiet"])],
            self.width,
        )

    def row(self, row: CaseRow, now: datetime, *, selected: bool, marked: bool, moved: bool) -> Strip:
        """One row; drawn anew when it was changed, and every minute."""
        key = (row.id, selected, marked, moved)
        minute = int(now.timestamp() // 60)
        drawn = self._drawn.get(key)
        if drawn is not None and drawn[0] is row and drawn[1] == minute:
            return drawn[2]
        if len(self._drawn) > MOST:
            self._drawn.clear()
        strip = self._draw(row, now, selected=selected, marked=marked, moved=moved)
        self._drawn[key] = (row, minute, strip)
        return strip

    def _draw(self, row: CaseRow, now: datetime, *, selected: bool, marked: bool, moved: bool) -> Strip:
        ground = self.styles["selected"] if selected else self.styles["ground"]
        quiet = ground + self.styles["quiet"]
        segments = [
            Segment(BAR if selected else " ", ground + self.styles["accent"]),
            Segment(MARK if marked else " ", ground + self.styles["accent"]),
        ]
        for column in self.columns:
            if column.name == "due":
                text, style = self._due(row, now, moved=moved)
                segments.append(Segment(form.fit(text, column.width) + " ", ground + style))
                continue
            style = quiet if moved or column.name in {"ref", "topic", "lg", "age", "who"} else ground
            if column.name == "pr" and row.priority == 1 and not moved:
                style = ground + self.styles["strong"]
            segments.append(Segment(form.fit(column.text(row, now), column.width, right=column.right) + " ", style))
        return Strip(segments).adjust_cell_length(self.width, ground)

    def _due(self, row: CaseRow, now: datetime, *, moved: bool) -> tuple[str, Style]:
        if moved:
            return "moved", self.styles["quiet"]
        if self.hours is None and form.needs_hours(row):
            return f" {form.HOURS_UNKNOWN}", self.styles["quiet"]
        hours = self.hours.of_case(row.channel, row.language, row.queue) if self.hours is not None else None
        text = form.due(row, now, hours)
        if form.is_broken(row, now):
            return text, self.styles["late"]
        if row.status in form.WAITING or row.due_at is None:
            return text, self.styles["quiet"]
        if form.is_soon(row, now, hours):
            return text, self.styles["soon"]
        return (text, self.styles["quiet"]) if text.endswith("shut") else (" " + text, Style.null())

    def skeleton(self, index: int) -> Strip:
        """A line that stands for a row on its way."""
        pieces = []
        for place, column in enumerate(self.columns):
            filled = max(1, column.width - (index * 7 + place * 5) % 4 - (column.width // 4))
            pieces.append(form.fit("░" * filled, column.width) + " ")
        return Strip(
            [
                Segment(
                    form.fit(" " * GUTTER + "".join(pieces), self.width), self.styles["ground"] + self.styles["rule"]
                )
            ],
            self.width,
        )
