"""Completing the search line: the first press completes, further ones go through what else would fit."""

from __future__ import annotations

from db.rows_search import Vocabulary
from desk.rules.search_completion import Completion, complete


class Completing:
    """What `tab` does to a text with a caret."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self._offered: list[Completion] = []
        self._before = ""
        self._after = ""
        self._place = -1

    def offered(self, text: str, cursor: int) -> list[Completion]:
        """What fits at the caret."""
        return complete(text, cursor, self.vocabulary)

    def press(self, text: str, cursor: int) -> tuple[str, int]:
        """The text and the caret after a press."""
        if not self._offered or text != self._after:
            self._before, self._offered, self._place = text, self.offered(text, cursor), -1
        if not self._offered:
            return text, cursor
        self._place = (self._place + 1) % len(self._offered)
        taken = self._offered[self._place]
        self._after = self._before[: taken.start] + taken.text + self._before[taken.end :]
        return self._after, taken.start + len(taken.text)
