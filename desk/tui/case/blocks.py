"""Where each message's rows stand in a long conversation; messages far above are laid out when somebody goes there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db.rows import MessageRow
from desk.tui.case.row import Row

HEAD_ROWS = 1
"""One row above the first message: how many are above, or that there are none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row, named so that it is found again after other rows have come or gone."""

    message_id: int
    row: int


class Blocks:
    """The laid-out end of a conversation, growing upwards."""

    def __init__(self, make: Callable[[MessageRow], list[Row]]) -> None:
        self._make = make
        self._made: dict[int, list[Row]] = {}
        self._starts: list[int] = []
        self.messages: tuple[MessageRow, ...] = ()
        self.first = 0
        self.height = HEAD_ROWS

    def set(self, messages: Sequence[MessageRow]) -> None:
        """Other messages, or other words in them; what has not changed keeps its rows."""
        old = {message.id: message for message in self.messages}
        first_id = self.messages[self.first].id if self.first < len(self.messages) else None
        self.messages = tuple(messages)
        kept = {message.id for message in messages if old.get(message.id) == message}
        self._made = {message_id: rows for message_id, rows in self._made.items() if message_id in kept}
        ids = [message.id for message in messages]
        self.first = ids.index(first_id) if first_id in ids else len(ids)
        self._place()

    def forget(self, message_id: int | None = None) -> None:
        """Make a message's rows anew, or all of them: the width, the fold or the moment is another one."""
        if message_id is None:
            self._made.clear()
        else:
            self._made.pop(message_id, None)
        self._place()

    def grow(self, rows: int) -> int:
        """Lay out messages above until `rows` more are there or none is left; how many rows came."""
        before = self.height
        came = 0
        while self.first > 0 and came < rows:
            self.first -= 1
            came += len(self._rows(self.messages[self.first]))
        self._place()
        return self.height - before

    def at(self, y: int) -> tuple[MessageRow, Row] | None:
        """The message and its row at a height; None above the first message and below the last."""
        index = bisect_right(self._starts, y) - 1
        if index < 0 or self.first + index >= len(self.messages):
            return None
        message = self.messages[self.first + index]
        rows = self._rows(message)
        row = y - self._starts[index]
        return (message, rows[row]) if row < len(rows) else None

    def place_of(self, y: int) -> Place | None:
        """The name of the row at a height."""
        index = min(max(bisect_right(self._starts, y) - 1, 0), len(self._starts) - 1)
        if index < 0:
            return None
        return Place(self.messages[self.first + index].id, y - self._starts[index])

    def height_of(self, place: Place) -> int | None:
        """Where a named row is now; None when its message is not laid out."""
        span = self.span(place.message_id)
        return None if span is None else span[0] + min(place.row, span[1] - 1)

    def span(self, message_id: int) -> tuple[int, int] | None:
        """Where a message begins and how many rows it has; None when it is not laid out."""
        for index, message in enumerate(self.messages[self.first :]):
            if message.id == message_id:
                return self._starts[index], len(self._rows(message))
        return None

    def _rows(self, message: MessageRow) -> list[Row]:
        rows = self._made.get(message.id)
        if rows is None:
            rows = self._made[message.id] = self._make(message)
        return rows

    def _place(self) -> None:
        self._starts = []
        y = HEAD_ROWS
        for message in self.messages[self.first :]:
            self._starts.append(y)
            y += len(self._rows(message))
        self.height = y
