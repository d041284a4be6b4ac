"""How far an answer has come, and which keys do something about it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from db.kinds import OutboxState
from db.rows import DeliveryRow, MessageRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.row import INDENT, Row, View
from desk.tui.case.wrapping import rows as wrapped

MOST_ROWS = 3
"""Rows that somebody else's words about a delivery may take."""


def delivery_rows(message: MessageRow, view: View) -> Iterator[Row]:
    """The state of an outbound message, the keys for it, and what went wrong although it was sent."""
    delivery = message.delivery
    if delivery is None:
        return
    yield delivery_row(delivery, view)
    if keys := _keys(delivery, view):
        yield (("quiet", words.cut(f"{INDENT}  {keys}", view.width)),)
    if delivery.error and delivery.state is OutboxState.SENT:
        for number, row in zip(range(MOST_ROWS), wrapped(safety.line(delivery.error), view.width - 6), strict=False):
            yield (("soon", f"{INDENT}{'⚠' if number == 0 else ' '} {row}"),)


def delivery_row(delivery: DeliveryRow, view: View) -> Row:
    """The state of an outbound message; what the other side said about it is shown in its own words."""
    error = words.cut(safety.line(delivery.error), max(view.width - 38, 10)) if delivery.error else ""
    because = f": {error}" if error else ""
    rows: dict[OutboxState, Row] = {
        OutboxState.QUEUED: _queued(delivery, view, because),
        OutboxState.SENDING: (("soon", f"{INDENT}→ being sent"),),
        OutboxState.SENT: (("quiet", f"{INDENT}✓ sent {_when_sent(delivery, view)}".rstrip()),),
        OutboxState.FAILED: (("late", f"{INDENT}✗ not sent"), ("text", because)),
        OutboxState.UNKNOWN: (("late", f"{INDENT}? nobody knows whether it arrived"), ("text", because)),
        OutboxState.CANCELLED: (("quiet", f"{INDENT}{_why_cancelled(delivery)}{because}"),),
    }
    return rows[delivery.state]


def seconds_left(delivery: DeliveryRow, view: View) -> int:
    """Whole seconds in which a queued answer can still be taken back; 0 when it no longer waits."""
    if delivery.state is not OutboxState.QUEUED or delivery.attempts or delivery.scheduled_for is not None:
        return 0
    return max(0, math.ceil((delivery.not_before - view.now).total_seconds()))


def is_later(delivery: DeliveryRow | None) -> bool:
    """Whether an answer waits for a later moment, or for somebody's word."""
    if delivery is None or delivery.state is not OutboxState.QUEUED or delivery.attempts:
        return False
    return delivery.scheduled_for is not None or delivery.held_why is not None


def is_overtaken(delivery: DeliveryRow | None, now: datetime) -> bool:
    """Whether the next try of a message has come since this was read; what became of a later try is no event."""
    if delivery is None or not delivery.attempts:
        return False
    return delivery.state is OutboxState.SENDING or (
        delivery.state is OutboxState.QUEUED and delivery.held_why is None and delivery.not_before <= now
    )


def both_times(at: datetime, view: View) -> str:
    """A moment to come here, and where the customer is: `Tue 24 Nov 09:00 · their time 10:00`."""
    here = words.coming(at)
    if view.their_zone is None:
        return here
    theirs = words.coming(at, view.their_zone)
    same_day = here.rpartition(" ")[0] == theirs.rpartition(" ")[0]
    return f"{here} · their time {words.clock(at, view.their_zone) if same_day else theirs}"


def _queued(delivery: DeliveryRow, view: View, because: str) -> Row:
    if delivery.held_why is not None:
        why = words.cut(safety.line(delivery.held_why), max(view.width - 12, 20))
        return (("soon", f"{INDENT}⏸ waits: {why}"),)
    if delivery.attempts:
        again = words.clock(delivery.not_before)
        return (("soon", f"{INDENT}◷ will be tried again at {again}"), ("text", because))
    if delivery.scheduled_for is not None:
        return (("soon", f"{INDENT}◷ goes {both_times(delivery.scheduled_for, view)}"),)
    left = seconds_left(delivery, view)
    if left:
        return (("soon", f"{INDENT}◷ leaves in {left} s"), ("quiet", f"  {view.back_key} takes it back"))
    return (("soon", f"{INDENT}◷ queued"),)


def _keys(delivery: DeliveryRow, view: View) -> str:
    """What can be done about it; each key is named only where it works."""
    if delivery.state is OutboxState.FAILED:
        return f"{view.retry_key} sends it again · {view.give_up_key} gives it up"
    if delivery.state is OutboxState.UNKNOWN:
        return f"{view.arrived_key} it did arrive · {view.retry_key} sends it again · {view.give_up_key} gives it up"
    if not is_later(delivery):
        return ""
    go = f"{view.release_key} lets it go · " if delivery.held_why is not None else ""
    return f"{go}{view.when_key} changes when · {view.back_key} takes it back"


def _why_cancelled(delivery: DeliveryRow) -> str:
    return "given up" if delivery.attempts or delivery.error else "taken back"


def _when_sent(delivery: DeliveryRow, view: View) -> str:
    return words.moment(delivery.sent_at, view.now) if delivery.sent_at else ""
