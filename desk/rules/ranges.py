"""Ranges of time over which figures are shown, and the hours of UTC, counted from 1970, that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise


class Range(StrEnum):
    """How far back figures go; the value is how it is said."""

    TODAY = "today"
    WEEK = "7 days"
    MONTH = "30 days"
    YEAR = "year"


SPANS = (1, 8, 64, 512)
"""Hours that a sum covers; each is a whole number of the one before."""

Period = tuple[int, int, int]
"""A span, and its first and (exclusive) last hour."""

DAYS = {Range.TODAY: 1, Range.WEEK: 7, Range.MONTH: 30, Range.YEAR: 365}


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The hour of UTC in which a date begins in `zone`, aware UTC: sums are not kept by less than that.

    Where the zone is not whole hours from UTC, it is `early` before midnight; the date before ends there.
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def early(zone: tzinfo, at: datetime) -> timedelta:
    """How long before midnight days begin in `zone`, by its distance from UTC at a moment (aware)."""
    return -(at.astimezone(zone).utcoffset() or timedelta()) % timedelta(hours=1)


def bounds(wanted: Range, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From where a range's first day begins in `zone` to the end of the hour `now` is in; whole hours, aware UTC."""
    start = day_begins(now.astimezone(zone).date() - timedelta(days=DAYS[wanted] - 1), zone)
    return start, now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def neighbour(wanted: Range, step: int) -> Range:
    """The range before or after one; the first and the last have none beyond them."""
    every = list(Range)
    return every[max(0, min(every.index(wanted) + step, len(every) - 1))]


def hour_of(at: datetime) -> int:
    """The hour of UTC in which a moment lies, counted from 1970."""
    return int(at.timestamp()) // 3600


def moment_of_hour(hour: int) -> datetime:
    """The beginning of an hour counted from 1970, aware UTC."""
    return datetime.fromtimestamp(hour * 3600, UTC)


def periods(first: int, last: int) -> list[Period]:
    """The fewest spans that make up the hours from `first` to `last` (exclusive)."""
    found: list[Period] = []
    tail: list[Period] = []
    for span, wider in zip(SPANS, (*SPANS[1:], None), strict=True):
        if wider is None:
            found += [(span, first, last)] if first < last else []
            break
        inner_first, inner_last = -(-first // wider) * wider, last // wider * wider
        if inner_first >= inner_last:
            found += [(span, first, last)] if first < last else []
            break
        found += [(span, first, inner_first)] if first < inner_first else []
        tail += [(span, inner_last, last)] if inner_last < last else []
        first, last = inner_first, inner_last
    return found + tail


def alike(zone: tzinfo, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """The hours from one to another (exclusive) in stretches, with how many hours ahead local ones are counted.

    An hour of UTC is counted as the local hour in which most of it lies, at a half each as the later of the two.
    """
    start, shift = first, _shift(zone, first)
    for begin, end in pairwise([first, *range(first + 24, last, 24), last]):
        if _shift(zone, end) != shift:
            change = next(hour for hour in range(begin + 1, end + 1) if _shift(zone, hour) != shift)
            yield start, change, shift
            start, shift = change, _shift(zone, change)
    if start < last:
        yield start, last, shift


def _shift(zone: tzinfo, hour: int) -> int:
    half = timedelta(minutes=30)
    ahead = (moment_of_hour(hour) + half).astimezone(zone).utcoffset() or timedelta()
    return (ahead + half) // timedelta(hours=1)
