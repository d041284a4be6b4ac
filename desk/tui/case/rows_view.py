"""Drawing rows of styled pieces in a view that scrolls."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from desk.tui.case.row import Row

MARK = 1
"""Cells at the left edge, where the row that keys act on is marked."""


class RowsView(ScrollView, can_focus=True):
    """Knows the styles of rows; what stands where is the business of who draws with it."""

    STYLES: ClassVar[tuple[str, ...]] = (
        "text", "quiet", "name", "ours", "note", "notemark", "quote", "fold", "file", "late", "soon", "mark",
    )  # fmt: skip
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"conversation--{name}" for name in STYLES}

    _painted: dict[str, Style]

    def strip(self, row: Row, *, marked: bool) -> Strip:
        """A row as wide as the view."""
        width = self.size.width
        segments = [Segment("▌" if marked else " ", self.style_of("mark"))]
        used = MARK
        for name, text in row:
            segments.append(Segment(text, self.style_of(name)))
            used += cell_len(text)
        filler = "note" if row and row[0][0] == "note" else "text"
        if used < width:
            segments.append(Segment(" " * (width - used), self.style_of(filler)))
        return Strip(segments, max(used, width)).crop(0, width)

    def style_of(self, name: str) -> Style:
        """One of `STYLES` by the theme in force."""
        painted: dict[str, Style] = self.__dict__.setdefault("_painted", {})
        if name not in painted:
            painted[name] = self.get_component_rich_style(f"conversation--{name}")
        return painted[name]

    def notify_style_update(self) -> None:
        """Forget the colours of another theme."""
        super().notify_style_update()
        self.__dict__["_painted"] = {}
