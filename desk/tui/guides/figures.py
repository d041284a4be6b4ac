"""How far customers come in each guide, and where they drop: for supervisors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType

from db.kinds import Language
from desk import services
from desk.rules.guides import in_language
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.dialogs.asking import expected_errors
from desk.tui.footer import KeyFooter
from desk.tui.guides.known import my_language
from desk.tui.lines import Lines
from desk.tui.screen import DeskScreen
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.services.guide_figures import GuideFigures
    from desk.tui.app import DeskApp

RANGES = (1, 7, 30, 90, 365)
BAR = 16
Row = list[tuple[str, str]]


def figure_rows(of: GuideFigures, language: Language, width: int) -> Iterator[Row]:
    """A guide's rows: each step with a bar of who came that far, then what came of it."""
    name = max(min(34, width - 46), 16)
    yield [("quiet", f" {words.fit('step', name)}  reached            dropped  standing")]
    for step in of.steps:
        share = step.reached / of.begun if of.begun else 0.0
        filled = min(round(share * BAR), BAR)
        bar = "█" * filled + "·" * (BAR - filled)
        is_end = step.step in of.guide.ends
        title = words.fit(safety.line(in_language(of.guide.title_of(step.step), language)), name)
        dropped = words.fit(str(step.dropped) if step.dropped else "–", 5, right=True)
        standing = words.fit(str(step.standing) if step.standing else "–", 5, right=True)
        quiet = f" {step.silent} silent" if step.silent else ""
        yield [
            ("accent" if is_end else "plain", f" {title} "),
            ("quiet", words.fit(str(step.reached), 6, right=True)),
            ("accent", f" {bar}"),
            ("late" if step.dropped else "quiet", dropped),
            ("plain", f"    {standing}"),
            ("soon", quiet),
        ]
        came = [
            f"{in_language(of.guide.outcome_words(outcome), language)} {number}"
            for outcome, number in sorted(step.outcomes.items(), key=lambda each: -each[1])
            if number and outcome not in {"stopped", "left", "done"}
        ]
        if came:
            yield [("quiet", words.cut(safety.line("     " + " · ".join(came)), width - 1))]


class FigureLines(Lines):
    """The rows of one guide, as many as there is room for."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="guide-figures")
        self.found: tuple[GuideFigures, ...] = ()
        self.place = 0
        self.days = 30
        self.said = "…"
        self._top = 0

    def move(self, rows: int) -> None:
        """Scroll."""
        self._top = max(0, min(self._top + rows, len(self._rows()) - self.size.height))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One row."""
        rows = self._rows()
        row = rows[self._top + y] if self._top + y < len(rows) else []
        return strip([(text, self.look(style)) for style, text in row], self.size.width, self.look("plain"))

    def _rows(self) -> list[Row]:
        days = words.count(self.days, "day")
        if not self.found:
            return [[("strong", " guides")], [("quiet", f" {self.said}")]]
        of = self.found[self.place % len(self.found)]
        language = my_language(self.app.gateway.me)
        title = safety.line(in_language(of.guide.title, language))
        left = f" guides  {title}"
        right = f"{days} to {of.until} · {self.place % len(self.found) + 1} of {len(self.found)} "
        gap = " " * max(self.size.width - cell_len(left) - cell_len(right), 2)
        rows: list[Row] = [[("strong", left), ("quiet", gap + right)]]
        rows.append([("rule", "─" * self.size.width)])
        begun = f" {words.count(of.begun, 'case')} began it" if of.begun else " Nobody began it in these days."
        rows += [[("quiet", begun)], []]
        return rows + list(figure_rows(of, language, self.size.width)) if of.begun or _stands(of) else rows


def _stands(of: GuideFigures) -> bool:
    return any(step.standing or step.reached for step in of.steps)


class GuideFiguresScreen(DeskScreen):
    """One guide at a time; keys go through guides and ranges of days."""

    NAME = "guide-figures"
    DEFAULT_CSS = "GuideFiguresScreen FigureLines { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("guide-figures")]

    def __init__(self) -> None:
        super().__init__()
        self._lines = FigureLines()

    def compose(self) -> ComposeResult:
        """The rows, the keys."""
        yield self._lines
        yield KeyFooter("guide-figures")

    def on_mount(self) -> None:
        """Read them."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        days = self._lines.days
        try:
            found = await self.app.gateway.run(lambda desk, me: services.guide_figures.figures(desk, me, days=days))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self._lines.said = safety.line(str(error))
        else:
            if days == self._lines.days:
                self._lines.found = found
                self._lines.said = "There are no guides: desk guides apply puts the shipped ones in force."
        self._lines.move(0)

    def action_show(self, step: int) -> None:
        """Another guide."""
        self._lines.place += step
        self._lines.move(-1_000)

    def action_days(self, step: int) -> None:
        """Another range of days."""
        at = RANGES.index(self._lines.days)
        self._lines.days = RANGES[max(0, min(at + step, len(RANGES) - 1))]
        self.app.begin(self._load())

    def action_move(self, step: int) -> None:
        """Scroll."""
        self._lines.move(step)

    def action_back(self) -> None:
        """Back to the channels."""
        self.dismiss(None)
