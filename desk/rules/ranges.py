"""Ranges of time over which figures are shown: days of the service's zone, up to now."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Range(StrEnum):
    """How far back figures go; the value is how it is said."""

    TODAY = "today"
    WEEK = "7 days"
    MONTH = "30 days"
    YEAR = "year"


DAYS = {Range.TODAY: 1, Range.WEEK: 7, Range.MONTH: 30, Range.YEAR: 365}


def bounds(wanted: Range, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the midnight at which a range begins in `zone` to the end of the hour `now` is in; aware UTC."""
    first = now.astimezone(zone).date() - timedelta(days=DAYS[wanted] - 1)
    start = datetime.combine(first, time.min, zone).astimezone(UTC)
    return start, now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def neighbour(wanted: Range, step: int) -> Range:
    """The range before or after one; the first and the last have none beyond them."""
    every = list(Range)
    return every[max(0, min(every.index(wanted) + step, len(every) - 1))]
