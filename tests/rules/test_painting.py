"""Painting weekly hours: the painted hour is as painted, and every other minute of the week stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.hours import ServiceCalendar
from desk.rules.hours.painting import painted
from desk.rules.slots import first_free, is_within, slots

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
INTERVALS = st.tuples(st.integers(0, 47), st.integers(0, 48)).map(lambda pair: (pair[0] * 30, pair[1] * 30))
WEEKLY = st.dictionaries(st.integers(0, 6), st.lists(INTERVALS, max_size=3).map(tuple), max_size=7)


def calendar(weekly: dict[int, tuple[tuple[int, int], ...]]) -> ServiceCalendar:
    return ServiceCalendar(ZoneInfo("UTC"), weekly)


def half_hours(weekly: dict[int, tuple[tuple[int, int], ...]]) -> list[bool]:
    known = calendar(weekly)
    return [known.is_open(MONDAY + timedelta(minutes=30 * number)) for number in range(7 * 48)]


@pytest.mark.slow
@given(WEEKLY, st.integers(0, 6), st.integers(0, 23), st.booleans())
def test_the_painted_hour_changes_and_nothing_else(
    weekly: dict[int, tuple[tuple[int, int], ...]], weekday: int, hour: int, is_open: bool
) -> None:
    expected = half_hours(weekly)
    expected[weekday * 48 + hour * 2] = expected[weekday * 48 + hour * 2 + 1] = is_open

    assert half_hours(painted(weekly, weekday, hour * 60, hour * 60 + 60, is_open=is_open)) == expected


@given(WEEKLY, st.integers(0, 10_000), st.sampled_from((10, 15, 30, 60)))
def test_slots_lie_in_service_time_one_after_the_other(
    weekly: dict[int, tuple[tuple[int, int], ...]], minute: int, length: int
) -> None:
    hours, since = calendar(weekly), MONDAY + timedelta(minutes=minute)
    end = since

    for number, slot in enumerate(slots(hours, since, length)):
        assert slot[0] >= end
        assert slot[1] - slot[0] == timedelta(minutes=length)
        assert is_within(hours, slot)
        end = slot[1]
        if number > 40:
            break


def test_a_seat_is_the_first_that_is_free() -> None:
    hours = calendar({0: ((480, 600),)})
    taken = {MONDAY + timedelta(hours=8): {1, 2}, MONDAY + timedelta(hours=8, minutes=30): {1, 3}}

    found = first_free(hours, MONDAY, 30, lambda start: taken.get(start, set()), 2)
    assert found == ((MONDAY + timedelta(hours=8, minutes=30), MONDAY + timedelta(hours=9)), 2)
    assert first_free(calendar({}), MONDAY, 30, lambda _start: set(), 2) is None
