"""What happened on a case: who did what and when, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from desk import services
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.event_words import event_actor, event_words
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.dialogs.asking import expected_errors
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from db.rows import EventRow
    from desk.tui.app import DeskApp


WORDS_AT = 34
"""Cells before the words: when, and who."""


class HistoryRows(Lines):
    """Events, the words of each wrapped beside who did it and when."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="history-rows")
        self.events: tuple[EventRow, ...] = ()
        self.said = "…"
        self._rows: list[tuple[EventRow | None, str]] = []
        """An event with its first row of words, and none with those below."""
        self._top = 0

    @property
    def is_at_end(self) -> bool:
        """Whether the oldest event that is here is on screen."""
        return self._top + self.size.height >= len(self._rows)

    def add(self, events: tuple[EventRow, ...]) -> None:
        """Older events."""
        self.events += events
        self.said = "" if self.events else "Nothing has happened yet."
        self._lay_out()

    def move(self, rows: int) -> None:
        """Scroll."""
        self._top = max(0, min(self._top + rows, len(self._rows) - self.size.height))
        self.refresh()

    def on_resize(self) -> None:
        """Wrap anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        room = max(self.size.width - WORDS_AT, 10)
        self._rows = [
            (None if number else event, row)
            for event in self.events
            for number, row in enumerate(wrapped(event_words(event), room))
        ]
        self.move(0)

    def line(self, y: int) -> Strip:
        """When, who, what."""
        width, plain, quiet = self.size.width, self.look("plain"), self.look("quiet")
        place = self._top + y
        if place >= len(self._rows):
            return strip([(f" {self.said}" if y == 0 else "", quiet)], width, plain)
        event, what = self._rows[place]
        if event is None:
            return strip([(" " * WORDS_AT, quiet), (what, plain)], width, plain)
        who = words.fit(event_actor(event), 18)
        when = words.fit(words.moment(event.at, self.app.gateway.now()), 13)
        return strip([(f" {when} ", quiet), (f"{who} ", self.look("strong")), (what, plain)], width, plain)


class HistoryScreen(ModalScreen[None]):
    """Scrolls through what happened; older events come as somebody goes there."""

    app: DeskApp
    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,h,q", "leave", "back", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("pagedown,space", "pages(1)", "page down", show=False),
        Binding("pageup", "pages(-1)", "page up", show=False),
    ]

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self._case_id = case_id
        self._all_here = False

    def compose(self) -> ComposeResult:
        """A title, the events, and what the keys do."""
        with Vertical(id="history"):
            yield Static(Content.styled(f"History of #{self._case_id}", "bold"), id="history-title", markup=False)
            yield HistoryRows()
            yield Static(Content("j k move   esc back"), id="history-hint", markup=False)

    def on_mount(self) -> None:
        """Read the newest events."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        rows = self.query_one(HistoryRows)
        before = rows.events[-1].id if rows.events else None
        case_id = self._case_id
        try:
            older = await self.app.gateway.run(
                lambda desk, me: services.cases.history(desk, me, case_id, before=before)
            )
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            rows.said = safety.line(str(error))
            rows.refresh()
            return
        self._all_here = not older
        rows.add(older)

    def action_move(self, step: int) -> None:
        """Scroll, and read more at the end."""
        rows = self.query_one(HistoryRows)
        rows.move(step)
        if rows.is_at_end and not self._all_here and rows.events:
            self._all_here = True
            self.app.begin(self._load())

    def action_pages(self, pages: int) -> None:
        """Scroll by screens."""
        self.action_move(pages * max(self.query_one(HistoryRows).size.height - 1, 1))

    def action_leave(self) -> None:
        """Back to the case."""
        self.dismiss(None)
