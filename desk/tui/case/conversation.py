"""What was said on a case, as a list of rows that is drawn only where somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from db.kinds import OutboxState
from db.rows import MessageRow
from desk.tui.case.blocks import HEAD_ROWS, Blocks, Place
from desk.tui.case.message_rows import is_complete, is_foldable, message_rows
from desk.tui.case.row import Row, View
from desk.tui.case.rows_view import MARK, RowsView
from desk.tui.format import count

AHEAD = 40
"""Rows laid out above what is on screen."""


class Conversation(RowsView):
    """The messages of a case, newest at the end. One of them is current: what keys act on."""

    @dataclass
    class EarlierWanted(Message):
        """Somebody went to the first message that is here, and there are more in the database."""

        before_id: int

    current: reactive[int] = reactive(0)
    """The id of the current message."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self._view = View(80, datetime.fromtimestamp(0).astimezone())
        self._levels: dict[int, int] = {}
        self._blocks = Blocks(self._make)
        self._earlier = 0
        self._asked_before = 0
        self._seen = 0
        self._shown_once = False
        self._height = 0
        self._was_at_end = True
        self._follow = False

    @property
    def messages(self) -> tuple[MessageRow, ...]:
        """The messages that are here, oldest first."""
        return self._blocks.messages

    @property
    def message(self) -> MessageRow | None:
        """The current message."""
        return next((message for message in self.messages if message.id == self.current), None)

    @property
    def seen(self) -> int:
        """The id of the newest message that has been on screen."""
        return self._seen

    def show(self, messages: Sequence[MessageRow], earlier: int, now: datetime) -> None:
        """Show these; what is being read stays where it is, and only the first time goes to the newest."""
        place, dy = self._top()
        self._view = replace(self._view, now=now)
        self._earlier = earlier
        if not self._shown_once:
            self._blocks.set(messages)
            self._blocks.forget()
            if self.size.width:
                self._first_look()
            return
        self._blocks.set(messages)
        self._restore(place, dy)
        if self._follow:
            self._follow = False
            self.last()

    def follow(self) -> None:
        """Go to the newest message when it is there: it is one's own."""
        self._follow = True

    def tick(self, now: datetime) -> None:
        """Another moment: rows that count seconds are made anew, nothing moves."""
        self._view = replace(self._view, now=now)
        for message in reversed(self.messages[-20:]):
            delivery = message.delivery
            if delivery is not None and delivery.state is OutboxState.QUEUED:
                self._blocks.forget(message.id)
                self.refresh()

    def toggle_fold(self) -> None:
        """Unfold the current message a step further, or fold it again; its first row stays where it is."""
        message = self.message
        if message is None or not is_foldable(message, self._view):
            return
        level = self._levels.get(message.id, 0)
        self._levels[message.id] = 0 if level and is_complete(message, self._view, level) else level + 1
        start = self._blocks.span(message.id)
        dy = (start[0] if start else 0) - self.scroll_offset.y
        self._blocks.forget(message.id)
        self._restore(Place(message.id, 0), max(dy, 0))

    def move(self, step: int) -> None:
        """To the next message (1) or the one before (-1); a message longer than the screen is read to its end first."""
        if not self.messages:
            return
        span = self._span_of_current()
        top, page = self.scroll_offset.y, self.size.height
        if step > 0 and span[0] + span[1] - 1 > top + page:
            self.scroll_to(y=min(top + page - 2, span[0] + span[1] - page), animate=False)
            return
        if step < 0 and span[0] < top:
            self.scroll_to(y=max(top - page + 2, span[0]), animate=False)
            return
        ids = [message.id for message in self.messages]
        place = ids.index(self.current) + step if self.current in ids else len(ids) - 1
        if 0 <= place < len(ids):
            self.current = ids[place]
            self._bring_into_view(from_below=step < 0)
        elif step < 0:
            self.scroll_to(y=0, animate=False)

    def first(self) -> None:
        """To the first message that is here."""
        if self.messages:
            self._grow(1_000_000)
            self.current = self.messages[0].id
            self.scroll_to(y=0, animate=False)
            self._ask_for_earlier()

    def last(self) -> None:
        """To the newest message."""
        if self.messages:
            self.current = self.messages[-1].id
            self._bring_into_view()
            self.refresh()

    def scroll_rows(self, rows: int) -> None:
        """Move what is on screen by rows; the current message becomes one that is on screen."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        span = self._span_of_current()
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        if span[0] + span[1] - 1 <= top or span[0] >= bottom:
            middle = self._blocks.place_of(bottom - 2 if rows > 0 else top)
            if middle is not None:
                self.current = middle.message_id

    def page(self, pages: int) -> None:
        """Move by screens, two rows staying in sight."""
        self.scroll_rows(pages * max(self.size.height - 2, 1))

    def render_line(self, y: int) -> Strip:
        """One row of what is on screen."""
        width = self.size.width
        row_y = y + self.scroll_offset.y
        if row_y == 0:
            return self.strip(((("quiet", self._head_text()),)), marked=False)
        if y == self.size.height - 1 and (below := self._unseen()):
            return self.strip((("soon", f"{count(below, 'new message')} below ↓  G"),), marked=False)
        found = self._blocks.at(row_y)
        if found is None:
            return Strip.blank(width, self.style_of("text"))
        message, row = found
        return self.strip(row, marked=message.id == self.current and bool(row))

    def watch_current(self) -> None:
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._was_at_end = new_value >= self._blocks.height - self._height
        if self._shown_once and new_value < AHEAD:
            self.call_later(self._look_up)
        self._see()

    def on_resize(self, event: events.Resize) -> None:
        width = max(event.size.width - MARK - 1, 10)
        if not self._shown_once:
            self._first_look()
        elif width != self._view.width:
            place, dy = self._top()
            self._view = replace(self._view, width=width)
            self._blocks.forget()
            self._restore(place, dy)
        elif self._height and self._was_at_end:
            self.scroll_to(y=self._blocks.height, animate=False, force=True)
        self._height = event.size.height

    def _make(self, message: MessageRow) -> list[Row]:
        return message_rows(message, self._view, self._levels.get(message.id, 0))

    def _first_look(self) -> None:
        if not self.messages:
            self._measure()
            return
        self._view = replace(self._view, width=max(self.size.width - MARK - 1, 10))
        self._shown_once = True
        self._blocks.grow(self.size.height + AHEAD)
        self._measure()
        self.last()
        if self._blocks.first:
            self.call_after_refresh(self._look_up)

    def _look_up(self) -> None:
        """Have rows ready above; ask for earlier messages when the first one is in sight."""
        if self.scroll_offset.y < AHEAD:
            self._grow(self.size.height * 2 + AHEAD)
        if self.scroll_offset.y < HEAD_ROWS + 1 and self._blocks.height > self.size.height:
            self._ask_for_earlier()

    def _ask_for_earlier(self) -> None:
        if self._earlier and self.messages and self._asked_before != self.messages[0].id:
            self._asked_before = self.messages[0].id
            self.post_message(self.EarlierWanted(self._asked_before))

    def _grow(self, rows: int) -> None:
        came = self._blocks.grow(rows)
        if came:
            y = self.scroll_offset.y + came
            self._measure()
            self.scroll_to(y=y, animate=False, force=True)

    def _bring_into_view(self, *, from_below: bool = False) -> None:
        start, height = self._span_of_current()
        page = self.size.height
        top = self.scroll_offset.y
        end = start + height
        if height >= page:
            self.scroll_to(y=end - page if from_below else start, animate=False, force=True)
        elif start < top + (HEAD_ROWS if start == HEAD_ROWS else 0):
            self.scroll_to(y=0 if start == HEAD_ROWS else start, animate=False, force=True)
        elif end > top + page:
            self.scroll_to(y=end - page, animate=False, force=True)

    def _span_of_current(self) -> tuple[int, int]:
        span = self._blocks.span(self.current)
        while span is None and self._blocks.first:
            self._grow(self.size.height + AHEAD)
            span = self._blocks.span(self.current)
        return span or (HEAD_ROWS, 0)

    def _see(self) -> None:
        """Remember what is on screen as seen."""
        bottom = self._blocks.place_of(min(self.scroll_offset.y + self.size.height, self._blocks.height) - 1)
        if bottom is not None and self._shown_once:
            self._seen = max(self._seen, bottom.message_id)

    def _unseen(self) -> int:
        return sum(1 for message in self.messages[-50:] if message.id > self._seen)

    def _top(self) -> tuple[Place | None, int]:
        """The first row on screen that belongs to a message, and where on screen it is."""
        y = self.scroll_offset.y
        place = self._blocks.place_of(y)
        return place, (HEAD_ROWS - y if y < HEAD_ROWS else 0)

    def _restore(self, place: Place | None, dy: int) -> None:
        self._blocks.grow(max(0, self.size.height + AHEAD - self._blocks.height))
        y = self._blocks.height_of(place) if place is not None else None
        while y is None and self._blocks.first:
            self._blocks.grow(self.size.height + AHEAD)
            y = self._blocks.height_of(place) if place is not None else None
        self._measure()
        if y is not None:
            self.scroll_to(y=max(0, y - dy), animate=False, force=True)
        self.refresh()

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, self._blocks.height)
        self.call_later(self._see)
        self.refresh()

    def _head_text(self) -> str:
        if self._blocks.first or self._earlier:
            return f"▲ {count(self._blocks.first + self._earlier, 'earlier message')}"
        return "" if self.messages else "Nothing has been said yet."
