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

MOST_ROWS = (6, 200)
"""Rows that somebody else's words about a delivery may take, folded and unfolded."""


def delivery_rows(message: MessageRow, view: View, *, whole: bool = False) -> Iterator[Row]:
    """The state of an outbound message, the keys for it, and what went wrong although it was sent."""
    delivery = message.delivery
    if delivery is None:
        return
    yield from state_rows(delivery, view, whole=whole)
    if keys := _keys(delivery, view):
        yield (("quiet", words.cut(f"{INDENT}  {keys}", view.width)),)
    if delivery.error and delivery.state is OutboxState.SENT:
        yield from _told("⚠ ", delivery.error, view, whole=whole, of_words="soon")


def has_more_words(message: MessageRow, view: View) -> bool:
    """Whether unfolding a message shows words about its delivery that are not on screen otherwise."""
    return any(style == "fold" for row in delivery_rows(message, view) for style, _ in row)


def state_rows(delivery: DeliveryRow, view: View, *, whole: bool = False) -> Iterator[Row]:
    """The state of an outbound message; what the other side said about it is shown in its own words."""
    error = delivery.error or ""
    match delivery.state:
        case OutboxState.QUEUED if delivery.held_why is not None:
            yield from _told("⏸ waits: ", delivery.held_why, view, whole=whole, of_words="soon")
        case OutboxState.QUEUED if delivery.attempts:
            again = words.clock(delivery.not_before)
            yield from _told(f"◷ will be tried again at {again}: ", error, view, whole=whole)
        case OutboxState.QUEUED:
            yield _queued(delivery, view)
        case OutboxState.SENDING:
            yield (("soon", f"{INDENT}→ being sent"),)
        case OutboxState.SENT:
            yield (("quiet", f"{INDENT}✓ sent {_when_sent(delivery, view)}".rstrip()),)
        case OutboxState.FAILED:
            yield from _told("✗ not sent: ", error, view, whole=whole, of_head="late")
        case OutboxState.UNKNOWN:
            yield from _told("? nobody knows whether it arrived: ", error, view, whole=whole, of_head="late")
        case OutboxState.CANCELLED:
            yield from _told(f"{_why_cancelled(delivery)}: ", error, view, whole=whole, of_head="quiet")


def _told(
    head: str, said: str, view: View, *, whole: bool, of_head: str = "soon", of_words: str = "text"
) -> Iterator[Row]:
    """What is the matter, then somebody's words about it; those below the first row stand further in."""
    if not said:
        yield ((of_head, INDENT + head.removesuffix(": ")),)
        return
    for number, row in enumerate(wrapped(head + safety.line(said), view.width - 4)):
        if number == MOST_ROWS[whole]:
            yield (("fold", f"{INDENT}  ▸ more of it"), ("quiet", "" if whole else f"  {view.unfold_key} unfolds"))
            return
        if number == 0:
            yield ((of_head, INDENT + row[: len(head)]), (of_words, row[len(head) :]))
        else:
            yield ((of_words, f"{INDENT}  {row}"),)


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


def _queued(delivery: DeliveryRow, view: View) -> Row:
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
