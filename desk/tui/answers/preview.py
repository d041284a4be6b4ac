"""A canned answer as the customer would get it, with what the desk filled in and what is still open."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

_OPEN = re.compile(r"(\{[A-Za-z_][\w.]*\})")


class AnswerPreview(Lines):
    """Shows a text; `move` scrolls it."""

    def __init__(self) -> None:
        super().__init__(id="answer-preview")
        self._text = ""
        self._missing: frozenset[str] = frozenset()
        self._rows: tuple[str, ...] = ()
        self._top = 0

    def show(self, text: str, missing: Collection[str] = ()) -> None:
        """Show a text in which the variables `missing` are still open."""
        self._missing = frozenset(f"{{{name}}}" for name in missing)
        if text != self._text:
            self._text = text
            self._top = 0
            self._wrap()

    def move(self, pages: int) -> None:
        """Scroll by pages."""
        page = max(self.size.height - 1, 1)
        self._top = max(0, min(self._top + pages * page, max(0, len(self._rows) - page)))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One row; variables that are still open stand out."""
        plain, soon = self.look("plain"), self.look("soon")
        place = self._top + y
        if y == self.size.height - 1 and place < len(self._rows) - 1:
            rest = f" ▾ {len(self._rows) - place} more lines   PgDn"
            return strip([(rest, self.look("quiet"))], self.size.width, plain)
        text = self._rows[place] if place < len(self._rows) else ""
        pieces = [(" ", plain)]
        pieces += [(part, soon if part in self._missing else plain) for part in _OPEN.split(text)]
        return strip(pieces, self.size.width, plain)

    def on_resize(self) -> None:
        """Wrap anew."""
        self._wrap()

    def _wrap(self) -> None:
        self._rows = tuple(wrapped(safety.block(self._text.strip("\n")), max(self.size.width - 2, 10)))
        self.refresh()
