"""The ranges of figures, and the hours that they are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.ranges import (
    SPANS,
    Range,
    alike,
    bounds,
    day_begins,
    early,
    hour_of,
    moment_of_hour,
    neighbour,
    periods,
)

START = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
HOUR = hour_of(START)


def test_ranges_begin_at_a_midnight_and_end_with_the_hour() -> None:
    jakarta = ZoneInfo("Asia/Jakarta")
    assert bounds(Range.TODAY, START, jakarta) == (
        datetime(2026, 11, 22, 17, tzinfo=UTC),
        datetime(2026, 11, 23, 14, tzinfo=UTC),
    )
    assert bounds(Range.WEEK, START, jakarta)[0] == datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert (neighbour(Range.TODAY, -1), neighbour(Range.TODAY, 1), neighbour(Range.YEAR, 1)) == (
        Range.TODAY, Range.WEEK, Range.YEAR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "begins", "minutes"),
    [
        ("Asia/Jakarta", "2026-11-22T17:00Z", 0),
        ("Asia/Kathmandu", "2026-11-22T18:00Z", 15),
        ("Asia/Kolkata", "2026-11-22T18:00Z", 30),
        ("America/St_Johns", "2026-11-23T03:00Z", 30),
    ],
)
def test_a_day_begins_in_the_hour_of_utc_that_its_midnight_lies_in(zone: str, begins: str, minutes: int) -> None:
    start = day_begins(date(2026, 11, 23), ZoneInfo(zone))
    assert start == datetime.fromisoformat(begins)
    assert early(ZoneInfo(zone), start) == timedelta(minutes=minutes)
    hour = hour_of(start)
    ((_, _, shift),) = alike(ZoneInfo(zone), hour, hour + 1)
    assert (hour + shift) % 24 == 0, "what is counted first stands in the first column"


def test_an_hour_is_known_by_its_number() -> None:
    assert moment_of_hour(HOUR) == datetime(2026, 11, 23, 13, tzinfo=UTC)


@given(st.integers(HOUR - 3000, HOUR + 3000), st.integers(0, 20_000))
def test_periods_make_up_their_hours_each_once_and_are_few(first: int, length: int) -> None:
    found = periods(first, first + length)
    covered = sorted((start, end) for _, start, end in found)
    assert all(start % span == end % span == 0 for span, start, end in found)
    assert sum(end - start for start, end in covered) == length
    assert all(one[1] == other[0] for one, other in pairwise(covered))
    assert len(found) <= 2 * len(SPANS)


@given(
    st.sampled_from(["Europe/Berlin", "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.integers(HOUR - 9000, HOUR),
    st.integers(1, 2500),
)
def test_stretches_of_one_distance_from_utc_give_each_hour_its_local_one(zone: str, first: int, length: int) -> None:
    found = list(alike(ZoneInfo(zone), first, first + length))
    assert [hour for start, end, _ in found for hour in range(start, end)] == list(range(first, first + length))
    for start, end, shift in found:
        for hour in (start, (start + end) // 2, end - 1):
            middle = moment_of_hour(hour) + timedelta(minutes=30)
            assert (hour + shift) % 24 == middle.astimezone(ZoneInfo(zone)).hour, "where most of it lies"
