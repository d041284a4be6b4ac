"""The versions of answers in one state, as a list with one selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.tui import format as words
from desk.tui import safety
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.services.answer_review import Outcome, VersionRow

KEY_WIDTH = 24
DOES_WIDTH = 18


class VersionList(Lines):
    """Key, version, who wrote it, how it does, title."""

    def __init__(self) -> None:
        super().__init__(id="review-list")
        self.rows: tuple[VersionRow, ...] = ()
        self.outcomes: dict[str, tuple[Outcome, ...]] | None = {}
        """How answers do, by key; None for who may not know."""
        self.problem = ""
        self._selected = 0
        self._top = 0

    @property
    def current(self) -> VersionRow | None:
        """The selected version."""
        return self.rows[self._selected] if self.rows else None

    def show(self, rows: Sequence[VersionRow], outcomes: dict[str, tuple[Outcome, ...]] | None, problem: str) -> None:
        """Show these; the selection stays on its answer where that is still there."""
        before = self.current.key if self.current is not None else ""
        keys = [row.key for row in rows]
        self._selected = keys.index(before) if before in keys else min(self._selected, max(len(rows) - 1, 0))
        self.rows, self.outcomes, self.problem = tuple(rows), outcomes, problem
        self.refresh()

    def move(self, step: int) -> None:
        """Select another one."""
        if self.rows:
            self._selected = max(0, min(self._selected + step, len(self.rows) - 1))
            self.refresh()

    def line(self, y: int) -> Strip:
        """One version."""
        plain, quiet = self.look("plain"), self.look("quiet")
        height = max(self.size.height, 1)
        self._top = max(self._selected - height + 1, min(self._top, self._selected))
        place = self._top + y
        if place >= len(self.rows):
            return strip([(f"   {self.problem}" if y == 0 else "", quiet)], self.size.width, plain)
        row = self.rows[place]
        is_selected = place == self._selected
        does = words.fit(how_it_does(self.outcomes.get(row.key, ())), DOES_WIDTH) if self.outcomes is not None else ""
        used = 3 + KEY_WIDTH + 1 + 4 + 10
        pieces = [
            (" ▌ " if is_selected else "   ", self.look("accent")),
            (words.fit(words.middle(safety.line(row.key), KEY_WIDTH), KEY_WIDTH + 1), quiet),
            (words.fit(f"v{row.number}", 4), quiet),
            (words.fit(safety.line(row.owner or "shipped"), 10), quiet),
            (
                words.fit(safety.line(row.title), max(self.size.width - used - words.cells(does) - 2, 8)),
                self.look("strong") if is_selected else plain,
            ),
            (f" {does}", quiet),
        ]
        return strip(pieces, self.size.width, plain)


def how_it_does(outcomes: Sequence[Outcome]) -> str:
    """How often an answer is sent, in all languages, and how it ends: `340× 61 % solved`."""
    messages, cases = sum(each.messages for each in outcomes), sum(each.cases for each in outcomes)
    if not cases:
        return "not sent yet"
    return f"{messages:,}× {sum(each.solved for each in outcomes) / cases:.0%} solved"


def by_language(outcomes: Sequence[Outcome]) -> str:
    """The same for each language: `id 200×, 63 % of 180 cases solved`."""
    said = [
        f"{each.language.value} {each.messages:,}×, {each.share or 0:.0%} of {each.cases:,} cases solved"
        for each in sorted(outcomes, key=lambda each: each.language)
    ]
    return "   ".join(said)
