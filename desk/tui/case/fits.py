"""The line under the conversation: which canned answers fit, each with its key, and why the first one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.services.suggestions import Suggestion, Suggestions
    from desk.tui.app import DeskApp

SHORT_OF_ROOM = 100
"""In a narrower screen the names are cut, so that a reason still stands beside them."""


class FitsLine(Lines):
    """One line that is always there: what it says never moves what is read."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="fits")
        self._found: tuple[Suggestion, ...] = ()
        self._is_sure = True
        self.shows_reasons = False
        """Whether every answer has a line of its own, with its reason."""

    @property
    def found(self) -> tuple[Suggestion, ...]:
        """The answers that are shown, in the order of their keys."""
        return self._found

    def show(self, suggestions: Suggestions) -> None:
        """Show what fits."""
        self._found, self._is_sure = suggestions.found, suggestions.is_sure
        self._fit_height()

    def toggle(self) -> None:
        """Show the reasons, each on its line, or only the first one."""
        self.shows_reasons = not self.shows_reasons
        self._fit_height()

    def line(self, y: int) -> Strip:
        """One of the lines."""
        width, plain = self.size.width, self.look("plain")
        if not self._found:
            return strip([], width, plain)
        if self.shows_reasons:
            return self._one(y, width)
        pieces = [(self._head, self.look("quiet"))]
        longest = 20 if width < SHORT_OF_ROOM else 40
        for place, each in enumerate(self._found, 1):
            pieces += [
                (f" {self._key(place)}", self.look("accent")),
                (f" {words.middle(safety.line(each.answer.key), longest)}", plain),
            ]
        pieces.append((f"  {safety.line(self._found[0].reason)}", self.look("quiet")))
        return strip(pieces, width, plain)

    @property
    def _head(self) -> str:
        return " fits" if self._is_sure else " perhaps"

    def _one(self, y: int, width: int) -> Strip:
        plain, quiet = self.look("plain"), self.look("quiet")
        if y >= len(self._found):
            return strip([], width, plain)
        each = self._found[y]
        head = self._head if y == 0 else " " * len(self._head)
        pieces = [
            (head, quiet),
            (f" {self._key(y + 1)} ", self.look("accent")),
            (words.fit(safety.line(each.answer.key), min(30, width // 3)), plain),
            (f" {safety.line(each.reason)}", quiet),
        ]
        return strip(pieces, width, plain)

    def _key(self, place: int) -> str:
        return actions.key_of(f"case.fit-{place}", self.app.keys)

    def _fit_height(self) -> None:
        self.styles.height = max(len(self._found), 1) if self.shows_reasons else 1
        self.refresh()
