"""The panel of a guide at the foot of a case's page: one row while it waits, all of the step while it is walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from desk.tui import actions
from desk.tui.guides.known import my_language
from desk.tui.guides.panel_rows import Look, Pieces, closed_row, open_rows
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.services.guides import Walk
    from desk.tui.app import DeskApp
    from desk.tui.guides.wording import Wording


class GuidePanel(Lines, can_focus=True):
    """Shows how far a guide is, and tells what the agent wants done; changes nothing itself."""

    app: DeskApp
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("guide")]

    @dataclass
    class Wanted(Message):
        """The agent wants this done: the last word of an action's id; `number` is that of an outcome, from 1."""

        what: str
        number: int = 0

    def __init__(self) -> None:
        super().__init__(id="guide")
        self._walk: Walk | None = None
        self._wording: Wording | None = None
        self._rows: list[Pieces] = []
        self._number = 0

    def show(self, walk: Walk, wording: Wording | None) -> None:
        """Show where a guide stands, and the words that the step has for the customer."""
        self._walk, self._wording = walk, wording
        self._lay_out()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """All of the step while it has the keys; one row is enough otherwise."""
        super().watch_has_focus(_has_focus)
        self._lay_out()

    def on_resize(self) -> None:
        """The rows fit the width."""
        self._lay_out()

    def on_key(self, event: events.Key) -> None:
        """Remember which of the keys for outcomes it was: they share one action."""
        action = next(each for each in actions.on_screen("guide") if each.id == "guide.outcome")
        keys = [key.strip() for key in actions.keys_of(action, self.app.keys).split(",")]
        self._number = keys.index(event.key) + 1 if event.key in keys else 0

    def action_outcome(self) -> None:
        """Record what came of the step."""
        self.post_message(self.Wanted("outcome", self._number))

    def action_send(self) -> None:
        """Send the step's words."""
        self.post_message(self.Wanted("send"))

    def action_details(self) -> None:
        """Note what the customer said."""
        self.post_message(self.Wanted("details"))

    def action_before(self) -> None:
        """Take the last outcome back."""
        self.post_message(self.Wanted("before"))

    def action_finish(self) -> None:
        """Do what the end says."""
        self.post_message(self.Wanted("finish"))

    def action_write(self) -> None:
        """Put the step's words into the composer."""
        self.post_message(self.Wanted("write"))

    def action_stop(self) -> None:
        """Stop the guide."""
        self.post_message(self.Wanted("stop"))

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.post_message(self.Wanted("leave"))

    def line(self, y: int) -> Strip:
        """One row."""
        pieces = self._rows[y] if y < len(self._rows) else []
        return strip([(text, self.look(style)) for style, text in pieces], self.size.width, self.look("plain"))

    def _lay_out(self) -> None:
        if self._walk is None:
            return
        written = {a.id: actions.written(a, self.app.keys) for a in actions.table("guides")}
        look = Look(
            max(self.app.size.width, 20), self.app.gateway.now(), my_language(self.app.gateway.me), written
        )  # fmt: skip
        self._rows = open_rows(self._walk, self._wording, look) if self.has_focus else [closed_row(self._walk, look)]
        self.styles.height = len(self._rows)
        self.refresh()
