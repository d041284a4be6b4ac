"""Choosing one thing that is looked up for what is typed, beside the screen: typing never waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from textual.widgets import Static

from desk.tui import safety
from desk.tui.dialogs.asking import expected_errors
from desk.tui.dialogs.choice import Choice, ChoiceDialog

T = TypeVar("T")


class LookUpDialog(ChoiceDialog[T]):
    """Gives back the value chosen, or None; `before` is offered while nothing is typed.

    One look-up runs at a time, for the text that is typed by then. Enter before its answer chooses only where the
    answer is a single thing: of several nobody has seen which one stands first.
    """

    def __init__(
        self,
        title: str,
        look_up: Callable[[str], Awaitable[Sequence[Choice[T]]]],
        *,
        before: Sequence[Choice[T]] = (),
        hint: str,
        none: str,
    ) -> None:
        super().__init__(title, lambda _typed: before, typed=True, hint=hint)
        self._look_up, self._none = look_up, none
        self._asked = self._answered = ""
        self._is_taken = self._is_looking = False

    def _fill(self, query: str) -> None:
        self._asked, self._is_taken = query, False
        if not self._is_looking:
            self._is_looking = True
            self.run_worker(self._look())

    def _take(self) -> None:
        if self._answered == self._asked:
            super()._take()
        else:
            self._is_taken = True

    async def _look(self) -> None:
        while True:
            asked = self._asked
            said, found = self._hint, self._choices("")
            if asked.strip():
                try:
                    found = await self._look_up(asked)
                    said = self._hint if found else self._none
                except expected_errors() as error:
                    found, said = (), str(error)
            if asked == self._asked:
                break
        self._answered, self._is_looking = asked, False
        self._show(found)
        self.query_one("#dialog-hint", Static).update(safety.shown_block(said))
        if self._is_taken and len(found) == 1:
            super()._take()
