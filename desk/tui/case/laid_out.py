"""Messages laid out as rows, growing upwards; what is being read stays where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from db.kinds import OutboxState
from db.rows import MessageRow
from desk.tui.actions import key_of
from desk.tui.case.blocks import HEAD_ROWS, Blocks, Place
from desk.tui.case.message_rows import message_rows
from desk.tui.case.row import Row, View
from desk.tui.case.row_keys import with_keys
from desk.tui.case.rows_view import BAR, MARK, RowsView
from desk.tui.format import count

if TYPE_CHECKING:
    from db.kinds import Language
    from desk.rules.error_codes import Recogniser

AHEAD = 40
"""Rows laid out above what is on screen."""


class LaidOut(RowsView):
    """Shows messages, the newest at the end; one of them is current. Tells when earlier ones are wanted."""

    @dataclass
    class EarlierWanted(Message):
        """Somebody went to the first message that is here, and there are more in the database."""

        before_id: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self.current = 0
        """The id of the current message."""
        self.seen = 0
        """The id of the newest message that has been on screen."""
        self.their_zone: tzinfo | None = None
        """The customer's zone, where it is known."""
        self._view = View(80, datetime.fromtimestamp(0, UTC))
        self._levels: dict[int, int] = {}
        self._blocks = Blocks(self._make)
        self._earlier = 0
        self._asked_before = 0
        self._has_looked = False
        self._follow = False
        self._height = 0

    @property
    def rows_high(self) -> int:
        """How many rows are laid out."""
        return self._blocks.height

    @property
    def messages(self) -> tuple[MessageRow, ...]:
        """The messages that are here, oldest first."""
        return self._blocks.messages

    def show(self, messages: Sequence[MessageRow], earlier: int, now: datetime) -> None:
        """Show these; what is being read stays where it is, and only the first time goes to where reading begins."""
        place, dy = self._top_place()
        self._view = with_keys(replace(self._view, now=now, their_zone=self.their_zone), self.app.keys)
        self._earlier = earlier
        self._blocks.set(messages)
        if not self._has_looked:
            self._first_look()
            return
        self._restore(place, dy)
        if self._follow:
            self._follow = False
            self.last()

    def know_codes(self, codes: Recogniser, language: Language) -> None:
        """Mark these error codes in messages, their meaning in a language; what is being read stays where it is."""
        if (self._view.codes, self._view.language) == (codes, language):
            return
        place, dy = self._top_place()
        self._view = replace(self._view, codes=codes, language=language)
        self._blocks.forget()
        if self._has_looked:
            self._restore(place, dy)

    def follow(self) -> None:
        """Go to the newest message as soon as there is another one: it is one's own."""
        self._follow = True

    def tick(self, now: datetime) -> None:
        """Another moment: rows that count seconds are made anew, nothing moves."""
        self._view = replace(self._view, now=now)
        for message in reversed(self.messages[-20:]):
            delivery = message.delivery
            if delivery is not None and delivery.state is OutboxState.QUEUED:
                self._blocks.forget(message.id)
                self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is on screen; the first painting comes before the news of a size, and need not be an empty one."""
        if not self._has_looked:
            with self.quietly():
                self._first_look()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row of what is on screen."""
        row_y = self.top + y
        if row_y < HEAD_ROWS:
            return self.strip((("quiet", self._head_text()),), y, marked=False)
        if y == self.page - 1 and (below := self._unseen()):
            return self.strip(
                (("soon", f"{count(below, 'new message')} below ↓  {key_of('case.bottom', self.app.keys)}"),),
                y,
                marked=False,
            )
        found = self._blocks.at(row_y)
        if found is None:
            return self.strip((), y, marked=False)
        message, row = found
        return self.strip(row, y, marked=message.id == self.current and bool(row))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew for another width; stay at the end for another height."""
        was_at_end = self.top >= self.rows_high - self._height
        self._height = event.size.height
        if not self._has_looked:
            self._first_look()
            return
        if self._width() != self._view.width:
            place, dy = self._top_place()
            self._view = replace(self._view, width=self._width())
            self._blocks.forget()
            self._restore(place, dy)
        self.go_to(self.lowest if was_at_end else self.top)

    def scrolled(self) -> None:
        """Have rows ready above, ask for earlier messages at the first one, and remember what was seen."""
        bottom = self._blocks.place_of(min(self.top + self.page, self.rows_high) - 1)
        if bottom is not None and self._has_looked:
            self.seen = max(self.seen, bottom.message_id)
        if self.top < AHEAD and self._blocks.first:
            self.call_later(self._grow, self.page * 2 + AHEAD)
        elif self.top <= HEAD_ROWS and self._earlier and self.messages and self.lowest:
            self._ask_for_earlier()

    def begin(self) -> None:
        """To where reading begins."""
        raise NotImplementedError

    def last(self) -> None:
        """To the newest message."""
        raise NotImplementedError

    def _make(self, message: MessageRow) -> list[Row]:
        return message_rows(message, self._view, self._levels.get(message.id, 0))

    def _width(self) -> int:
        return max(self.size.width - MARK - BAR - 1, 10)

    def _first_look(self) -> None:
        if not self.messages or not self.size.width:
            return
        self._view = replace(self._view, width=self._width())
        self._has_looked = True
        self._height = self.size.height
        self._blocks.forget()
        self._blocks.grow(self.page + AHEAD)
        self.begin()

    def _ask_for_earlier(self) -> None:
        before = self.messages[0].id
        if self._asked_before != before:
            self._asked_before = before
            self.post_message(self.EarlierWanted(before))

    def _grow(self, rows: int) -> None:
        came = self._blocks.grow(rows)
        if came:
            self.go_to(self.top + came)

    def _unseen(self) -> int:
        return sum(1 for message in self.messages[-50:] if message.id > self.seen)

    def _top_place(self) -> tuple[Place | None, int]:
        """The first row on screen that belongs to a message, and where on screen it is."""
        return self._blocks.place_of(max(self.top, HEAD_ROWS)), max(HEAD_ROWS - self.top, 0)

    def _restore(self, place: Place | None, dy: int) -> None:
        """Put a named row where it was on screen."""
        y = self._blocks.height_of(place) if place else None
        while y is None and self._blocks.grow(self.page + AHEAD):
            y = self._blocks.height_of(place) if place else None
        self._blocks.grow(max(0, self.page + AHEAD - self.rows_high))
        y = self._blocks.height_of(place) if place else None
        self.go_to(self.lowest if y is None else y - dy)

    def _head_text(self) -> str:
        earlier = self._blocks.first + self._earlier
        if earlier:
            return f"▲ {count(earlier, 'earlier message')}"
        return "" if self.messages or not self._has_looked else "Nothing has been said yet."
