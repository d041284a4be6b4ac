"""The incidents and what rises as lines with one selected, and all about that one below them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from db.rows_incidents import IncidentProposalRow, IncidentRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.incidents.words import rise_words, standing, until
from desk.tui.lines import Lines
from desk.tui.looks import looks
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.services.incidents import Shown
    from desk.tui.app import DeskApp

Item = IncidentRow | IncidentProposalRow
LIST_ROWS = 8
"""Rows for the list; what is selected has the rest of the screen."""


class IncidentList(Lines):
    """A head, the list, a rule, and the selected one."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="incidents")
        self.items: tuple[Item, ...] | None = None
        self.about: Shown | None = None
        self.said = "…"
        self.selected = 0

    @property
    def current(self) -> Item | None:
        """What is selected."""
        return self.items[self.selected] if self.items else None

    def show(self, items: tuple[Item, ...]) -> None:
        """Other items; the selection stays on its own."""
        before = self.current
        self.items = items
        keys = [_key(item) for item in items]
        if before is not None and _key(before) in keys:
            self.selected = keys.index(_key(before))
        self.said = "No incident is known, and nothing rises."
        self.move(0)

    def move(self, step: int) -> None:
        """Select another one."""
        self.selected = max(0, min(self.selected + step, len(self.items or ()) - 1))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One line."""
        width, plain = self.size.width, self.look("plain")
        now = self.app.gateway.now()
        if y == 0:
            right = [(f"{words.clock(now)} ", self.look("quiet"))]
            return two_ends([(" incidents", self.look("strong"))], right, width, plain)
        if y in {1, 2 + LIST_ROWS}:
            return strip([("─" * width, self.look("rule"))], width, plain)
        if not self.items:
            return strip([(f"   {self.said}" if y == 3 else "", self.look("quiet"))], width, plain)
        if y < 2 + LIST_ROWS:
            place = y - 2 + max(0, self.selected - LIST_ROWS + 1)
            return self._row(place, width) if place < len(self.items) else strip([], width, plain)
        for number, (look, text) in enumerate(self._about(width - 2), 3 + LIST_ROWS):
            if number == y:
                return strip([(f" {text}", self.look(look))], width, plain)
        return strip([], width, plain)

    def _row(self, place: int, width: int) -> Strip:
        assert self.items is not None  # noqa: S101  (`line` has looked)
        item, styles, now = self.items[place], looks(self.app), self.app.gateway.now()
        ground = styles["selected" if place == self.selected else "ground"]
        mark = ("▌ " if place == self.selected else "  ", ground + styles["accent"])
        if isinstance(item, IncidentProposalRow):
            return strip([mark, (f"? {rise_words(item, now)}", ground + styles["soon"])], width, ground)
        sign, word, look = standing(item, now)
        right = f" {until(item, now)} · {words.count(item.linked, 'case')} "
        title = words.fit(words.cut(safety.line(item.title), 200), max(width - 17 - words.cells(right), 8))
        return strip(
            [
                mark,
                (f"{sign} {words.fit(word, 12)}", ground + styles[look]),
                (title, ground),
                (right, ground + styles["quiet"]),
            ],
            width,
            ground,
        )

    def _about(self, width: int) -> Iterator[tuple[str, str]]:
        """What is known of the selected one: look and text of each row."""
        item = self.current
        if isinstance(item, IncidentProposalRow):
            yield from _wrapped("plain", rise_words(item, self.app.gateway.now()), width)
            yield "quiet", "a makes an incident of it, X puts it aside"
            return
        if item is None or self.about is None or self.about.incident.id != item.id:
            return
        row = self.about.incident
        signs = [
            f"{name} {', '.join(map(safety.line, those))}"
            for name, those in (("topics", row.topics), ("codes", row.codes), ("words", row.words))
            if those
        ]
        how = "linked by rule" if row.links_by_rule else "proposed on the case"
        where = ", ".join(map(safety.line, row.channels)) or "all channels"
        yield from _wrapped(
            "quiet",
            f"since {words.coming(row.starts_at)} · {where} · {'; '.join(signs) or 'known by nothing'} · {how}",
            width,
        )
        if row.internal:
            yield from _wrapped("side", safety.line(row.internal), width)
        for telling in self.about.tellings[:3]:
            done = [
                f"{number} {word}"
                for number, word in (
                    (telling.pending, "to tell"), (telling.told, "told"), (telling.heard, "heard elsewhere"),
                    (telling.skipped, "passed over"), (telling.cancelled, "stopped"),
                )
                if number
            ]  # fmt: skip
            running = "▶ telling · " if telling.is_running else ""
            yield "accent", f"{running}{words.coming(telling.at)} {' · '.join(done) or 'told to nobody'}"
            for language, said in telling.texts.items():
                yield from _wrapped("plain", f"{language}: {safety.line(str(said.get('text', '')))}", width)


def _wrapped(look: str, text: str, width: int) -> Iterator[tuple[str, str]]:
    for row in wrapped(text, width):
        yield look, row


def _key(item: Item) -> tuple[str, int]:
    return type(item).__name__, item.id
