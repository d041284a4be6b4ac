"""What was said on a case: going from message to message, and unfolding them."""

from __future__ import annotations

from db.rows import MessageRow
from desk.tui.case.blocks import HEAD_ROWS, Place
from desk.tui.case.laid_out import AHEAD, LaidOut
from desk.tui.case.message_rows import is_by_the_desk, is_complete, is_foldable


class Conversation(LaidOut):
    """The messages of a case, newest at the end. One of them is current: what keys act on."""

    @property
    def message(self) -> MessageRow | None:
        """The current message."""
        return next((message for message in self.messages if message.id == self.current), None)

    def toggle_fold(self) -> None:
        """Unfold the current message a step further, or fold it again; its first row stays where it is."""
        message = self.message
        if message is None or not is_foldable(message, self._view):
            return
        level = self._levels.get(message.id, 0)
        self._levels[message.id] = 0 if level and is_complete(message, self._view, level) else level + 1
        start, _ = self._span_of_current()
        self._blocks.forget(message.id)
        self._restore(Place(message.id, 0), max(start - self.top, 0))
        if is_by_the_desk(message):  # nothing of it was being read that could move away
            self._bring_into_view()

    def move(self, step: int) -> None:
        """To the next message (1) or the one before (-1); a message longer than the screen is read to its end first."""
        if not self.messages:
            return
        start, height = self._span_of_current()
        if step > 0 and start + height - 1 > self.top + self.page:
            self.go_to(min(self.top + self.page - 2, start + height - self.page))
            return
        if step < 0 and start < self.top:
            self.go_to(max(self.top - self.page + 2, start))
            return
        ids = [message.id for message in self.messages]
        place = ids.index(self.current) + step if self.current in ids else len(ids) - 1
        if 0 <= place < len(ids):
            self.current = ids[place]
            self._bring_into_view(from_below=step < 0)
        elif step < 0:
            self.go_to(0)

    def first(self) -> None:
        """To the first message that is here."""
        if self.messages:
            self._grow(1_000_000)
            self.current = self.messages[0].id
            self.go_to(0)

    def begin(self) -> None:
        """To the newest message, past what the desk wrote by itself: that is not to hide the customer's words."""
        written = next((message for message in reversed(self.messages) if not is_by_the_desk(message)), None)
        if written is None:
            self.last()
            return
        self.current = written.id
        start, _ = self._span_of_current()
        self.go_to(0 if start == HEAD_ROWS else start)

    def last(self) -> None:
        """To the newest message."""
        if self.messages:
            self.current = self.messages[-1].id
            self._bring_into_view()

    def go_to_message(self, message_id: int) -> bool:
        """To a message; whether it is here."""
        if not any(message.id == message_id for message in self.messages) or not self.size.width:
            return False
        self.current = message_id
        self._bring_into_view()
        return True

    def scroll_rows(self, rows: int) -> None:
        """Move what is on screen by rows; the current message becomes one that is on screen."""
        self.go_to(self.top + rows)
        start, height = self._span_of_current()
        bottom = self.top + self.page
        if start + height - 1 <= self.top or start >= bottom:
            place = self._blocks.place_of(bottom - 2 if rows > 0 else self.top)
            if place is not None:
                self.current = place.message_id

    def _bring_into_view(self, *, from_below: bool = False) -> None:
        start, height = self._span_of_current()
        end = start + height
        if height >= self.page:
            self.go_to(end - self.page if from_below else start)
        elif start <= self.top:
            self.go_to(0 if start == HEAD_ROWS else start)
        elif end > self.top + self.page:
            self.go_to(end - self.page)
        self.scrolled()
        self.changed()

    def _span_of_current(self) -> tuple[int, int]:
        span = self._blocks.span(self.current)
        while span is None and self._blocks.first:
            self._grow(self.page + AHEAD)
            span = self._blocks.span(self.current)
        return span or (HEAD_ROWS, 0)
