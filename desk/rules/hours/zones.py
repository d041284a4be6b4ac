"""What a zone's clocks show: the stretches of a year in which they differ from UTC by the same amount."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from desk.rules.hours.moments import start_of_year

PROBE_SECONDS = 6 * 3600
"""No zone of the tz database has moved its clocks twice within so short a time."""

Offset = tuple[int, int, int]
"""From a moment up to another (seconds since 1970, UTC), local clocks are so many seconds ahead of UTC."""


@lru_cache(maxsize=2048)
def offsets(zone: ZoneInfo, year: int) -> tuple[Offset, ...]:
    """The offsets in force during a year of UTC, in order and without a gap."""
    begin, end = start_of_year(year), start_of_year(year + 1)
    found: list[Offset] = []
    since, known = begin, _ahead(zone, begin)
    for probe in range(begin + PROBE_SECONDS, end + PROBE_SECONDS, PROBE_SECONDS):
        probe = min(probe, end - 1)  # noqa: PLW2901
        ahead = _ahead(zone, probe)
        if ahead != known:
            change = _change(zone, max(since, probe - PROBE_SECONDS), probe)
            found.append((since, change, known))
            since, known = change, ahead
    found.append((since, end, known))
    return tuple(found)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first moment with the offset of `after`, when `before` has another one."""
    known = _ahead(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(zone, middle) == known:
            before = middle
        else:
            after = middle
    return after


def _ahead(zone: ZoneInfo, moment: int) -> int:
    ahead = datetime.fromtimestamp(moment, zone).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds())
