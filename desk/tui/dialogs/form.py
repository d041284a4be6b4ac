"""Asking for a few lines of text at once, each with a word about what is wrong with it before they are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from desk.tui import safety
from desk.tui.dialogs.choice import WIDEST
from desk.tui.format import cut

LABEL_WIDTH = 9


@dataclass(frozen=True, slots=True)
class Line:
    """One line to type in; `text` may be a stranger's. `problem` says what is wrong with it, or nothing."""

    name: str
    text: str = ""
    problem: Callable[[str], str] = lambda _text: ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing to say yes or no to."""

    name: str
    label: str
    on: bool = False


class TickBox(Static, can_focus=True):
    """A tick that is a letter, not a colour; space puts it or takes it off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "yes or no", show=False),
        Binding("enter", "screen.take", "take it", show=False),
    ]

    def __init__(self, tick: Tick) -> None:
        super().__init__("", id=f"form-{tick.name}", markup=False)
        self._label = tick.label
        self.is_on = tick.on

    def on_mount(self) -> None:
        """Show how it stands."""
        self._draw()

    def action_tick(self) -> None:
        """The other way round."""
        self.is_on = not self.is_on
        self._draw()

    def on_click(self) -> None:
        """As the key does."""
        self.action_tick()

    def _draw(self) -> None:
        self.update(Content(f"[{'x' if self.is_on else ' '}] {self._label}"))


class FormDialog(ModalScreen[Mapping[str, str] | None]):
    """Gives back the lines by their names, `yes` or nothing for a tick; or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", show=False),
        Binding("ctrl+g,ctrl+enter", "take", "take it", show=False, priority=True),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "before", show=False),
    ]

    def __init__(self, title: str, parts: Sequence[Line | Tick], *, about: str = "") -> None:
        super().__init__()
        self._title, self._parts, self._about = title, tuple(parts), about

    def compose(self) -> ComposeResult:
        """A title, what one has to know, the lines, and what is wrong with one of them."""
        with Vertical(id="dialog"):
            yield Static(safety.shown(cut(self._title, WIDEST), "bold"), id="dialog-title", markup=False)
            for part in self._parts:
                yield from self._part(part)
            if self._about:
                yield Static(safety.shown_block(self._about), id="dialog-about", markup=False)
            yield Static("", id="dialog-problem", markup=False)
            yield Static(Content("tab next line   space ticks   ⏎ take it   esc back"), id="dialog-hint", markup=False)

    def _part(self, part: Line | Tick) -> Iterator[Horizontal]:
        if isinstance(part, Tick):
            yield Horizontal(
                Static("", classes="dialog-label", markup=False),
                TickBox(part),
                classes="dialog-line",
            )
        else:
            line = Input(
                safety.line(part.text), placeholder=part.hint, id=f"form-{part.name}", compact=True,
                select_on_focus=False,
            )  # fmt: skip
            label = Static(Content(f"{part.name}"), classes="dialog-label", markup=False)
            yield Horizontal(label, line, classes="dialog-line")

    def on_mount(self) -> None:
        """Type at once, in the first line that is empty."""
        lines = list(self.query(Input))
        next((line for line in lines if not line.value), lines[0]).focus()

    @on(Input.Submitted)
    def action_take(self) -> None:
        """Take it, unless something is wrong."""
        for part in self._parts:
            if isinstance(part, Line) and (problem := part.problem(self._line(part.name).value)):
                self.query_one("#dialog-problem", Static).update(safety.shown(problem))
                self._line(part.name).focus()
                return
        self.dismiss({part.name: self._value(part) for part in self._parts})

    def action_leave(self) -> None:
        """Nothing was typed."""
        self.dismiss(None)

    def _line(self, name: str) -> Input:
        return self.query_one(f"#form-{name}", Input)

    def _value(self, part: Line | Tick) -> str:
        if isinstance(part, Line):
            return self._line(part.name).value.strip()
        return "yes" if self.query_one(f"#form-{part.name}", TickBox).is_on else ""
