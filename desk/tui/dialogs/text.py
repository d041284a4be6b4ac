"""Asking for one line of text, with a word about what is wrong with it before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from desk.tui import safety


class TextDialog(ModalScreen[str | None]):
    """Gives back the line typed, or None; `problem` says what is wrong with a line, or nothing."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "back", show=False)]

    def __init__(
        self,
        title: str,
        *,
        text: str = "",
        hint: str = "⏎ take it   esc back",
        problem: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._text, self._hint = title, text, hint
        self._problem = problem or (lambda _text: "")

    def compose(self) -> ComposeResult:
        """A title, the line to type in, and what is wrong with it."""
        with Vertical(id="dialog"):
            yield Static(safety.shown(self._title, "bold"), id="dialog-title", markup=False)
            yield Input(self._text, id="dialog-text", compact=True, select_on_focus=False)
            yield Static("", id="dialog-problem", markup=False)
            yield Static(Content(self._hint), id="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        problem = self._problem(event.value)
        if problem:
            self.query_one("#dialog-problem", Static).update(safety.shown(problem))
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Nothing was typed."""
        self.dismiss(None)
