"""The `?` screen: every key of the screen it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from desk.tui import actions
from desk.tui import format as form

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from desk.tui.app import DeskApp

KEYS_WIDTH = 12
TITLES = {
    "queue": "the queue",
    "case": "a case",
    "compose": "writing",
    "answers": "canned answers",
    "search": "search",
    "undelivered": "undelivered messages",
    "scheduled": "answers that wait",
    "channels": "channels",
    "behind": "the cases behind a number",
    "guide": "walking a guide",
    "guide-figures": "how far customers come",
    "playbook": "a stolen account",
    "playbook-payments": "whose transactions",
    "review": "canned answers in review",
    "desk": "everywhere",
}


class HelpScreen(ModalScreen[None]):
    """Keys and what they do, from the registry; any of its keys closes it."""

    app: DeskApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "back"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("space,pagedown,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", show=False),
    ]

    DEFAULT_CSS = "HelpScreen { background: $background; } #help { padding: 0 1; scrollbar-size-vertical: 1; }"

    def __init__(self, screen_names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = screen_names

    @classmethod
    def of(cls, screen: Screen[object]) -> HelpScreen:
        """The help of a screen; its `NAME`, or its `key_tables` when more than one table applies."""
        named: tuple[str, ...] = getattr(screen, "key_tables", ()) or (getattr(screen, "NAME", ""),)
        return cls(tuple(name for name in named if name))

    def compose(self) -> ComposeResult:
        """One list, in the order of the registry."""
        with VerticalScroll(id="help"):
            yield Static(self._words(), markup=False)

    def on_mount(self) -> None:
        """Scrolled by keys."""
        self.query_one("#help").focus()

    def action_scroll(self, by: int) -> None:
        """Up or down by lines."""
        self.query_one("#help").scroll_relative(y=by, animate=False)

    def _words(self) -> Content:
        keymap = self.app.keys
        lines: list[Content] = []
        for name in (*self._names, "desk"):
            lines += [Content.styled(f"{'Keys: ' if not lines else ''}{TITLES.get(name, name)}", "bold"), Content("")]
            for action in actions.on_screen(name):
                keys = form.fit(actions.all_written(action, keymap), KEYS_WIDTH)
                lines.append(Content.assemble(("  " + keys, "bold $accent"), action.help))
            lines.append(Content(""))
        lines.append(Content.styled("esc closes this. ^p finds any of these by its name.", "$desk-quiet"))
        return Content("\n").join(lines)
