"""Choosing one thing from a list: by its key, by moving to it, or by typing a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from desk.tui import safety
from desk.tui.format import cells, cut

T = TypeVar("T")
WIDEST = 60
MOST_SHOWN = 60
NOTHING = "Nothing fits what you typed; type less of it, or something else."


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One thing to choose; `key` chooses it at once where nothing is typed. `label` and `note` may be strangers'."""

    value: T
    label: str
    note: str = ""
    key: str = ""


class ChoiceDialog(ModalScreen[T | None]):
    """Gives back the value chosen, or None.

    `choices` is asked again for every text typed, and where it has none `nothing` says why; with `typed=False` there is
    no text line and keys choose at once.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", show=False),
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Callable[[str], Sequence[Choice[T]]],
        *,
        typed: bool = False,
        hint: str = "",
        selected: T | None = None,
        nothing: Callable[[str], str] = lambda _typed: NOTHING,
    ) -> None:
        super().__init__()
        self._title, self._choices, self._typed = title, choices, typed
        self._hint = hint or ("⏎ choose   esc back" if typed else "a key or ⏎ chooses   esc back")
        self._selected = selected
        self._nothing = nothing
        self._shown: tuple[Choice[T], ...] = ()

    def compose(self) -> ComposeResult:
        """A title, the line to type in, the list, and what the keys do."""
        with Vertical(id="dialog"):
            yield Static(safety.shown(cut(self._title, WIDEST), "bold"), id="dialog-title", markup=False)
            if self._typed:
                yield Input(id="dialog-text", compact=True)
            yield OptionList(id="dialog-list", compact=True, markup=False)
            yield Static(id="dialog-problem", markup=False)
            yield Static(Content(self._hint), id="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Show what there is to choose."""
        self.query_one(Input if self._typed else OptionList).focus()
        self._fill("")
        values = [choice.value for choice in self._shown]
        if self._selected in values:
            self._list.highlighted = values.index(self._selected)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#dialog-list", OptionList)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._take()

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """Where nothing is typed, a choice's key chooses it and `j` and `k` move."""
        if self._typed:
            return
        if event.character in {"j", "k"}:
            self.action_move(1 if event.character == "j" else -1)
            event.stop()
        for place, choice in enumerate(self._shown):
            if choice.key and event.character == choice.key:
                event.stop()
                self._choose(place)

    def action_move(self, step: int) -> None:
        """The next choice, or the one before; round at the ends."""
        if self._shown:
            self._list.highlighted = ((self._list.highlighted or 0) + step) % len(self._shown)

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)

    def _take(self) -> None:
        self._choose(self._list.highlighted)

    def _choose(self, place: int | None) -> None:
        if place is not None and place < len(self._shown):
            self.dismiss(self._shown[place].value)

    def _fill(self, query: str) -> None:
        self._show(self._choices(query))
        self._say("" if self._shown else self._nothing(query))

    def _say(self, why: str) -> None:
        problem = self.query_one("#dialog-problem", Static)
        problem.display = bool(why)
        problem.update(safety.shown(why))

    def _show(self, choices: Sequence[Choice[T]]) -> None:
        self._shown = tuple(choices[:MOST_SHOWN])
        self._list.clear_options()
        self._list.add_options(Option(_row(choice)) for choice in self._shown)
        self._list.highlighted = 0 if self._shown else None


def _row(choice: Choice[T]) -> Content:
    key = Content.styled(f"{choice.key} ", "bold") if choice.key else Content("")
    note = safety.line(choice.note)
    label = cut(safety.line(choice.label), WIDEST - 4)
    room = max(WIDEST // 2, WIDEST - 4 - cells(label))
    return Content.assemble(key, label, (f"  {cut(note, room)}", "dim") if note else "")
