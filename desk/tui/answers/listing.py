"""The list of canned answers: drawn only where it is seen, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.kinds import Language
from desk.tui import format as words
from desk.tui import safety
from desk.tui.answers.ranking import Entry
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

KEY_WIDTH = 28


class AnswerList(Lines):
    """Answers with one selected, which is always in view."""

    def __init__(self) -> None:
        super().__init__(id="answer-list")
        self.entries: tuple[Entry, ...] = ()
        self.language = Language.ENGLISH
        self.problem = ""
        self._selected = 0
        self._top = 0

    @property
    def current(self) -> Entry | None:
        """The selected answer."""
        return self.entries[self._selected] if self.entries else None

    def show(self, entries: Sequence[Entry], language: Language, problem: str = "") -> None:
        """Show these, the first one selected; `language` is the one that was wanted."""
        self.entries, self.language, self.problem = tuple(entries), language, problem
        self._selected = self._top = 0
        self.refresh()

    def move(self, step: int) -> None:
        """Select another one."""
        if self.entries:
            self._selected = max(0, min(self._selected + step, len(self.entries) - 1))
            self.refresh()

    def line(self, y: int) -> Strip:
        """One answer: its key, its title, and what is odd about it."""
        plain, quiet = self.look("plain"), self.look("quiet")
        height = max(self.size.height, 1)
        self._top = max(self._selected - height + 1, min(self._top, self._selected))
        place = self._top + y
        if place >= len(self.entries):
            said = self.problem or "No answer fits. Type less, or another word."
            return strip([(f"   {said}" if place == 0 else "", quiet)], self.size.width, plain)
        entry = self.entries[place]
        selected = place == self._selected
        remark = self._remark(entry)
        key_width = KEY_WIDTH if self.size.width >= 76 else 20
        room = max(self.size.width - key_width - words.cells(remark) - 6, 10)
        text = self.look("strong") if selected else plain
        pieces = [
            (" ▌ " if selected else "   ", self.look("accent")),
            (words.fit(words.middle(safety.line(entry.answer.key), key_width), key_width + 1), quiet),
            (words.fit(safety.line(entry.title), room), text),
            (f" {remark}", quiet),
        ]
        return strip(pieces, self.size.width, plain)

    def _remark(self, entry: Entry) -> str:
        if entry.answer.snippet_id is not None:
            return "(mine)"
        if not entry.fits_channel:
            return f"(for {', '.join(entry.answer.channels)})"
        if entry.language is not self.language:
            return f"({entry.language}: no {self.language} text)"
        return ""
