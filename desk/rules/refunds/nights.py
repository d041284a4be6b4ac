"""When the books are compared: once a night, at a time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

USUAL = timedelta(days=7)
"""How far back a night looks; further where nights were missed."""
FURTHEST = timedelta(days=366)
GRACE = timedelta(hours=1)
"""What was paid so shortly before a comparison's end may stand in the next one's report."""


@dataclass(frozen=True, slots=True)
class Night:
    """The night of a local day, and the moment at which its comparison is due; aware UTC."""

    day: date
    at: datetime


def last_night(now: datetime, at: time, zone: ZoneInfo) -> Night:
    """The newest night whose time has come; where a clock is put forward over that time, the moment after the gap."""
    day = now.astimezone(zone).date()
    due = datetime.combine(day, at, zone).astimezone(UTC)
    if due > now:
        day -= timedelta(days=1)
        due = datetime.combine(day, at, zone).astimezone(UTC)
    return Night(day, due)


def since(until: datetime, compared_until: datetime | None) -> datetime:
    """From when on to compare, so that no time is left out after nights in which nobody did."""
    usual = until - USUAL
    if compared_until is None:
        return usual
    return max(min(usual, compared_until - GRACE), until - FURTHEST)
