"""Hours as the clock on the wall shows them, for pictures of a week."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from desk.rules.hours.service_time import ServiceTime


def open_share(hours: ServiceTime, day: date, hour: int, zone: tzinfo) -> float:
    """How much of an hour of a date in a zone is open, 0 to 1.

    An hour that clocks show twice is both of them, one that they skip in part is the rest; what is skipped is closed.
    """
    start = datetime.combine(day, time(hour), zone)
    end = start + timedelta(hours=1)
    length = (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
    return hours.elapsed(start, end) / length if length > 0 else 0.0
