"""Moments as whole seconds since 1970 in UTC, and the years they lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Between them service time is counted; outside, every question is answered with never."""


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970; a fraction is dropped. Raises `ValueError` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; pass an aware moment")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 + since.seconds


def as_moment(since: int) -> datetime:
    """The moment, aware and in UTC."""
    return datetime.fromtimestamp(since, UTC)


def year_of(since: int) -> int:
    """The year in UTC that a moment lies in."""
    return datetime.fromtimestamp(since, UTC).year


@cache
def start_of_year(year: int) -> int:
    """The first second of a year in UTC."""
    return day_number(date(year, 1, 1)) * 86_400


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()
