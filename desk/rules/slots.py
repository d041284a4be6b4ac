"""Slots in which customers are called back: where they lie in service time, and which is the first with a free seat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from desk.rules.hours import ServiceTime

HORIZON = timedelta(days=60)
"""Nobody is promised a call that lies further off."""

Slot = tuple[datetime, datetime]
"""Its start and its end, aware UTC."""


def slots(hours: ServiceTime, since: datetime, minutes: int) -> Iterator[Slot]:
    """The slots of so many minutes that lie wholly within service time and begin at `since` (aware) or later.

    They begin at multiples of their length by UTC's clock, up to `HORIZON` ahead.
    """
    length = timedelta(minutes=minutes)
    until = since + HORIZON
    start = _on_grid(since, minutes)
    while start < until:
        opening = hours.next_open(start)
        if opening is None:
            return
        if opening > start:
            start = _on_grid(opening, minutes)
            continue
        closing = hours.next_close(start)
        if closing is None or closing >= start + length:
            yield start, start + length
        start += length


def is_within(hours: ServiceTime, slot: Slot) -> bool:
    """Whether service runs from the slot's start to its end."""
    start, end = slot
    closing = hours.next_close(start)
    return hours.is_open(start) and (closing is None or closing >= end)


def first_free(
    hours: ServiceTime, since: datetime, minutes: int, taken: Callable[[datetime], set[int]], seats: int
) -> tuple[Slot, int] | None:
    """The first slot with a free seat, and that seat (from 1); None when there is none within `HORIZON`.

    `taken` gives the seats that are taken of the slot with that start.
    """
    for slot in slots(hours, since, minutes):
        there = taken(slot[0])
        seat = next((number for number in range(1, seats + 1) if number not in there), None)
        if seat is not None:
            return slot, seat
    return None


def _on_grid(moment: datetime, minutes: int) -> datetime:
    step = minutes * 60
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    whole = (
        -(-since // timedelta(seconds=step)) if since % timedelta(seconds=step) else since // timedelta(seconds=step)
    )
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=step * whole)
