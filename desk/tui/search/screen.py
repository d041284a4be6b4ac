"""The search screen: a line to type in, what is wrong with it, and the cases found."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from desk import services
from desk.rules.search_operators import SearchSyntaxError
from desk.rules.search_query import MOST_CHARACTERS, no_condition
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.dialogs.asking import expected_errors
from desk.tui.footer import KeyFooter
from desk.tui.messages import Changed
from desk.tui.screen import DeskScreen
from desk.tui.search.completing import Completing
from desk.tui.search.found import EXAMPLES, FoundCases

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import CaseRow

PAUSE_SECONDS = 0.12
"""How long the typing rests before it is searched for."""

PAGE = 50
HINT_INDENT = 10
"""Cells before the text that is typed, and before the word about it."""


class SearchScreen(DeskScreen):
    """Finds cases by words and operators."""

    NAME = "search"
    CSS_PATH = "search.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("search")]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._completing = Completing()
        self._found = FoundCases()
        self._generation = 0
        self._more_after: int | None = None
        self._reading_more = False
        self._found_for = 0
        """The generation of which the cases found are shown."""
        self._opens_for = 0
        """The generation whose first case is to be opened as soon as it is found."""

    def compose(self) -> ComposeResult:
        """The line, a word about it, the cases."""
        with Horizontal(id="search-head"):
            yield Static(Content.styled(" search / ", "bold"), id="search-prompt", markup=False)
            yield Input(self._text, id="search-text", compact=True, max_length=MOST_CHARACTERS, select_on_focus=False)
        yield Static("", id="search-hint", markup=False)
        yield self._found
        yield KeyFooter("search")

    def on_mount(self) -> None:
        """Type at once."""
        self._input.focus()
        self.app.begin(self._learn())

    @property
    def _input(self) -> Input:
        return self.query_one("#search-text", Input)

    async def _learn(self) -> None:
        """What the line can be completed with."""
        try:
            self._completing.vocabulary = await self.app.gateway.run(services.search.vocabulary)
        except expected_errors():
            return

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._generation += 1
        mine = self._generation
        offered = self._completing.offered(event.value, self._input.cursor_position)
        self._hint("   ".join(f"{each.text} {each.help}".strip() for each in offered[:6]))
        self.set_timer(PAUSE_SECONDS, lambda: self._search_if(mine))

    @on(Changed)
    def _changed(self, event: Changed) -> None:
        if any(row.id in event.case_ids for row in self._found.rows):
            self._found.refresh()

    def _search_if(self, generation: int) -> None:
        if generation == self._generation:
            self.app.begin(self._search(generation))

    async def _search(self, generation: int) -> None:
        text = self._input.value
        if not text.strip():
            self._show((), EXAMPLES, generation)
            return
        zone = local_zone()
        try:
            page = await self.app.gateway.run(
                lambda desk, me: services.search.find(desk, me, text, limit=PAGE, zone=zone)
            )
        except Exception as error:  # noqa: BLE001  (`_problem` raises again what nobody expected)
            if generation == self._generation and self.is_attached:
                self._opens_for = 0
                self._problem(error)
            return
        if generation == self._generation and self.is_attached:
            self._more_after = page.last_id if page.has_more else None
            name = no_condition(text)
            hint = (f"{name} is no condition, so it was looked for as words. Tab completes.",) if name else ()
            self._show(page.rows, ("Nothing found. Try fewer words, or another spelling.", *hint), generation)

    def _show(self, rows: tuple[CaseRow, ...], words_if_none: tuple[str, ...], generation: int) -> None:
        self._found.show(rows, words_if_none)
        self._found_for = generation
        if self._opens_for == generation:
            self._opens_for = 0
            self._open_selected()

    def _problem(self, error: Exception) -> None:
        """Say what is wrong, and where in the line."""
        if isinstance(error, SearchSyntaxError):
            room = self.size.width - words.cells(error.hint) - HINT_INDENT - 3
            self._hint(" " * max(0, min(error.position, room)) + "↑ " + error.hint, "$desk-soon")
        elif isinstance(error, expected_errors()):
            self._hint(str(error), "$desk-late")
        else:
            raise error

    def _hint(self, said: str, style: str = "$desk-quiet") -> None:
        self.query_one("#search-hint", Static).update(safety.shown(said, style))

    def action_complete(self) -> None:
        """Complete the word, or change it for the next that fits."""
        text, cursor = self._completing.press(self._input.value, self._input.cursor_position)
        self._input.value = text
        self._input.cursor_position = cursor

    def action_move(self, step: int) -> None:
        """Select another case; near the end more are read."""
        self._found.move(step)
        if self._more_after is not None and self._found.selected > len(self._found.rows) - 2 * self._found.page:
            self.app.begin(self._read_more())

    def action_pages(self, pages: int) -> None:
        """Select by screens."""
        self.action_move(pages * self._found.page)

    async def _read_more(self) -> None:
        after, text, generation = self._more_after, self._input.value, self._generation
        if self._reading_more or after is None:
            return
        self._reading_more = True
        zone = local_zone()
        try:
            page = await self.app.gateway.run(
                lambda desk, me: services.search.find(desk, me, text, after=after, limit=PAGE, zone=zone)
            )
        except Exception as error:  # noqa: BLE001  (`_problem` raises again what nobody expected)
            self._problem(error)
            return
        finally:
            self._reading_more = False
        if generation == self._generation and self.is_attached:
            self._more_after = page.last_id if page.has_more else None
            self._found.add(page.rows)

    @on(Input.Submitted)
    def action_open(self) -> None:
        """Open the selected case; while what was typed is still searched for, the first that it finds."""
        if self._found_for == self._generation:
            self._open_selected()
        else:
            self._opens_for = self._generation
            self._search_if(self._generation)

    def _open_selected(self) -> None:
        row = self._found.current
        if row is not None:
            from desk.tui.case.screen import CaseScreen

            self.app.push_screen(CaseScreen(row.id))

    def action_back(self) -> None:
        """Back to where we came from."""
        self.dismiss(None)


def local_zone() -> tzinfo:
    """The zone in which the agent's days begin and end."""
    return datetime.now().astimezone().tzinfo or UTC
