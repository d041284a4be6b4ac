"""The stretch of a lane that is known here: rows, selection and what is in view; nothing moves under the hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows import CaseRow, QueueKey, QueuePage

MOST = 600
"""Rows kept; when more come in at one end, as many go at the other."""


def key_of(row: CaseRow) -> QueueKey:
    """Where a row of the queue stands in its order."""
    from db.rows import QueueKey  # not at the top: the first frame would wait for it

    if row.due_at is None:
        raise ValueError(f"{row.reference} stands in no queue: it is not due")
    return QueueKey(row.due_at, row.priority, row.id)


def just_before(key: QueueKey) -> QueueKey:
    """The key after which the row of `key` itself comes first."""
    from msgspec.structs import replace  # the first frame need not wait for it

    return replace(key, id=key.id - 1)


class Window:
    """Contiguous rows of one lane. `top` and `selected` are indexes into `rows`; the selection is always in view."""

    def __init__(self, height: int = 1) -> None:
        self.height = height
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        self.rows: list[CaseRow] = []
        self.moved: set[int] = set()
        """Cases that stand here no longer, shown in their old place until the view moves on."""
        self.top = 0
        self.selected = 0
        self.start = 0
        """How many rows of the lane come before the first one here, as far as is known."""
        self.at_top = self.at_bottom = self.is_loaded = False
        self._known: set[QueueKey] = set()
        self._new: set[int] = set()

    @property
    def current(self) -> CaseRow | None:
        """The selected row."""
        return self.rows[self.selected] if self.rows else None

    @property
    def new_above(self) -> int:
        """How many cases came in above what is in view and were not looked at."""
        return len(self._new)

    @property
    def visible(self) -> Sequence[CaseRow]:
        """The rows in view."""
        return self.rows[self.top : self.top + self.height]

    @property
    def wants_below(self) -> bool:
        """Whether rows further down should be fetched before they are scrolled to."""
        return self.is_loaded and not self.at_bottom and self.top + 3 * self.height >= len(self.rows)

    @property
    def wants_above(self) -> bool:
        """Whether rows further up should be fetched before they are scrolled to."""
        return self.is_loaded and not self.at_top and self.top <= 2 * self.height

    def show_first(self, page: QueuePage) -> None:
        """Start at the lane's top."""
        self._start_with(page.rows)
        self.at_top, self.at_bottom = True, not page.has_more

    def show_last(self, page: QueuePage, total: int) -> None:
        """Start at the lane's end, with the last row selected; `total` is how many rows the lane has."""
        self._start_with(page.rows)
        self.at_top, self.at_bottom = not page.has_more, True
        self.start = 0 if self.at_top else max(0, total - len(self.rows))
        self.select(len(self.rows) - 1)

    def _start_with(self, rows: Iterable[CaseRow]) -> None:
        self.clear()
        self.rows = list(rows)
        self.is_loaded = True
        self._know(self.rows)

    def extend_below(self, page: QueuePage) -> None:
        """Add the rows that come after the last one."""
        have = {row.id for row in self.rows}
        self.rows += [row for row in page.rows if row.id not in have]
        self.at_bottom = not page.has_more
        self._know(page.rows)
        surplus = min(len(self.rows) - MOST, self.top - 2 * self.height)
        if surplus > 0:
            del self.rows[:surplus]
            self.top -= surplus
            self.selected -= surplus
            self.start += surplus
            self.at_top = False

    def extend_above(self, page: QueuePage) -> None:
        """Put the rows that come before the first one above it; what is in view stays there."""
        have = {row.id for row in self.rows}
        rows = [row for row in page.rows if row.id not in have]
        self.rows[:0] = rows
        self.top += len(rows)
        self.selected += len(rows)
        self.at_top = not page.has_more
        self.start = 0 if self.at_top else max(0, self.start - len(rows))
        self._know(page.rows)
        keep = max(MOST, self.top + 3 * self.height)
        if len(self.rows) > keep:
            del self.rows[keep:]
            self.at_bottom = False

    def select(self, index: int) -> None:
        """Select a row and bring it into view."""
        self.selected = max(0, min(index, len(self.rows) - 1))
        self.scroll_to(self.top)

    def scroll_to(self, top: int) -> None:
        """View from `top` on, as far as the selection stays in view."""
        lowest, highest = self.selected - self.height + 1, self.selected
        top = max(lowest, min(top, highest))
        self.top = max(0, min(top, len(self.rows) - self.height))
        if self._new:
            self._new.difference_update(row.id for row in self.visible)

    def resize(self, height: int) -> None:
        """The view has become `height` rows high."""
        self.height = max(1, height)
        if self.rows:
            self.scroll_to(self.top)

    def refresh(self, above: QueuePage, below: QueuePage, *, tidy: bool) -> None:
        """Take in what the lane holds now: `below` from the first row in view on, `above` what comes before it.

        Rows in view keep their places, also those that stand elsewhere now, and the selected one its line. With
        `tidy` only the selection's line is kept, and when its case has gone, the next one takes its place.
        """
        line = self.selected - self.top
        current = self.current
        fresh = _merged(above.rows, below.rows)
        before = {row.id: key_of(row) for row in self.rows}
        if tidy:
            self.rows, self.moved = fresh, set()
        else:
            self._keep_view(fresh, before)
        self.at_top, self.at_bottom, self.is_loaded = not above.has_more, not below.has_more, True
        if self.at_top:
            self.start = 0
        self.selected = self._place_of(current)
        self.top = max(0, self.selected - line)
        self._new = {
            row.id
            for index, row in enumerate(self.rows)
            if index < self.top and row.id not in self.moved and (row.id in self._new or key_of(row) not in self._known)
        }
        self._know(self.rows)
        self.scroll_to(self.top)

    def _keep_view(self, fresh: list[CaseRow], before: dict[int, QueueKey]) -> None:
        now = {row.id: row for row in fresh}
        stay = {
            row.id
            for row in self.visible
            if row.id in now and row.id not in self.moved and key_of(now[row.id]) == before[row.id]
        }
        held = {row.id for row in self.visible}
        waiting = deque(_latest(row, now) for row in self.visible)
        left = len(stay)
        merged: list[CaseRow] = []
        for row in fresh:
            if row.id in stay:
                while waiting[0].id != row.id:
                    merged.append(waiting.popleft())
                merged.append(waiting.popleft())
                left -= 1
            elif row.id not in held:
                if not left and waiting and (stay or key_of(row) > before[waiting[0].id]):
                    merged += waiting
                    waiting.clear()
                merged.append(row)
        merged += waiting
        self.rows = merged
        self.moved = held - stay

    def _place_of(self, row: CaseRow | None) -> int:
        if row is None:
            return 0
        for index, other in enumerate(self.rows):
            if other.id == row.id:
                return index
        key = key_of(row)
        later = (index for index, other in enumerate(self.rows) if key_of(other) > key)
        return next(later, max(0, len(self.rows) - 1))

    def _know(self, rows: Iterable[CaseRow]) -> None:
        if len(self._known) > 10 * MOST:
            self._known.clear()
            self._known.update(map(key_of, self.rows))
        self._known.update(map(key_of, rows))


def _merged(above: Sequence[CaseRow], below: Sequence[CaseRow]) -> list[CaseRow]:
    lower = {row.id for row in below}
    return [*(row for row in above if row.id not in lower), *below]


def _latest(row: CaseRow, now: dict[int, CaseRow]) -> CaseRow:
    return now.get(row.id, row)
