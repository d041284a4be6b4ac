"""Choosing any number of things from a list: each is ticked by its number or by space, and all are taken together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from desk.tui import safety
from desk.tui.dialogs.choice import WIDEST
from desk.tui.format import cells, cut, middle

T = TypeVar("T")


class TicksDialog(ModalScreen[tuple[T, ...] | None], Generic[T]):
    """Gives back the values that are ticked, in their order and perhaps none; or None for going back.

    `things` are a value, its label and a note; labels and notes may be strangers'. `ticked` are those ticked at first.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", show=False),
        Binding("space", "tick", "tick", show=False, priority=True),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(
        self, title: str, things: Sequence[tuple[T, str, str]], *, ticked: Iterable[T] = (), about: str = ""
    ) -> None:
        super().__init__()
        self._title, self._things, self._about = title, tuple(things), about
        chosen = set(ticked)
        self._ticked = {place for place, thing in enumerate(self._things) if thing[0] in chosen}

    def compose(self) -> ComposeResult:
        """A title, the things, what one has to know, and what the keys do."""
        with Vertical(id="dialog"):
            yield Static(safety.shown(cut(self._title, WIDEST), "bold"), id="dialog-title", markup=False)
            yield OptionList(id="dialog-list", compact=True, markup=False)
            if self._about:
                yield Static(safety.shown_block(self._about), id="dialog-about", markup=False)
            yield Static(Content("a number or space ticks   ⏎ goes on   esc back"), id="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Show them."""
        self._list.add_options(Option(self._row(place)) for place in range(len(self._things)))
        self._list.highlighted = 0 if self._things else None
        self._list.focus()

    @property
    def _list(self) -> OptionList:
        return self.query_one("#dialog-list", OptionList)

    def on_key(self, event: events.Key) -> None:
        """A number ticks, or takes the tick off."""
        number = event.character or ""
        if number.isdecimal() and 0 < int(number) <= min(len(self._things), 9):
            event.stop()
            self._turn(int(number) - 1)

    def action_tick(self) -> None:
        """The highlighted one the other way round."""
        if self._list.highlighted is not None:
            self._turn(self._list.highlighted)

    def action_move(self, step: int) -> None:
        """The next one, or the one before; round at the ends."""
        if self._things:
            self._list.highlighted = ((self._list.highlighted or 0) + step) % len(self._things)

    @on(OptionList.OptionSelected)
    def _take(self) -> None:
        self.dismiss(tuple(self._things[place][0] for place in sorted(self._ticked)))

    def action_leave(self) -> None:
        """Nothing is taken."""
        self.dismiss(None)

    def _turn(self, place: int) -> None:
        self._ticked ^= {place}
        self._list.highlighted = place
        self._list.replace_option_prompt_at_index(place, self._row(place))

    def _row(self, place: int) -> Content:
        _value, label, note = self._things[place]
        number = str(place + 1) if place < 9 else " "
        label, note = middle(safety.line(label), WIDEST - 22), cut(safety.line(note), 14)
        room = max(WIDEST - 10 - cells(label) - cells(note), 2)
        tick = "[x]" if place in self._ticked else "[ ]"
        return Content.assemble((f"{number} ", "bold"), f"{tick} {label}", (f"{' ' * room}{note}", "dim"))
