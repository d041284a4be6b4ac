"""Changing the weekly hours an hour at a time, as somebody does who paints them on a picture of the week."""

from __future__ import annotations

from collections.abc import Mapping

from desk.rules.hours.calendar import DAY_MINUTES, Interval
from desk.rules.hours.stretches import Stretch, united, without

Weekly = dict[int, tuple[Interval, ...]]


def painted(weekly: Mapping[int, tuple[Interval, ...]], weekday: int, start: int, end: int, *, is_open: bool) -> Weekly:
    """The weekly hours with the local minutes from `start` to `end` of a weekday (Monday 0) open, or closed.

    An interval that runs over midnight is cut where it has to be; all else stays as it was.
    """
    own: dict[int, list[Stretch]] = {day: [] for day in range(7)}
    late: dict[int, int] = {}
    for day, intervals in weekly.items():
        for first, last in intervals:
            if last > first:
                own[day].append((first, last))
            else:
                own[day].append((first, DAY_MINUTES))
                late[day] = max(late.get(day, 0), last)
    if is_open:
        own[weekday].append((start, end))
    else:
        own[weekday] = without(united(own[weekday]), [(start, end)])
        _cut_late(own, late, weekday, start, end)
    for day in (*range(7), *range(7)):  # Sunday's night may lengthen what Monday's has been looked at with
        tail = united(own[day])[-1:]
        if late.get(day) and (not tail or tail[0][1] < DAY_MINUTES or tail[0][0] < late[day]):
            own[(day + 1) % 7].append((0, late.pop(day)))  # no interval can say that it reaches over from here
    return {day: found for day in range(7) if (found := _as_intervals(united(own[day]), late.get(day, 0)))}


def _cut_late(own: dict[int, list[Stretch]], late: dict[int, int], weekday: int, start: int, end: int) -> None:
    """Close a part of what reaches in from the evening before."""
    before = (weekday - 1) % 7
    reaches = late.get(before, 0)
    if reaches > start:
        late[before] = start
        if reaches > end:
            own[weekday].append((end, reaches))


def _as_intervals(stretches: list[Stretch], late: int) -> tuple[Interval, ...]:
    if late and stretches and stretches[-1][1] == DAY_MINUTES:
        return (*stretches[:-1], (stretches[-1][0], late))
    return tuple(stretches)
