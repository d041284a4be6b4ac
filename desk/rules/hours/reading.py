"""Calendars as plain data, as files and other programs write them, read with errors that name the place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desk.rules.hours.calendar import CalendarError, Interval, ServiceCalendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)


def read_calendar(data: object) -> ServiceCalendar:
    """The calendar of `{"zone", "weekly", "closed", "special", "breaks"}`; all but the zone may be left out.

    `weekly` has lists of `["09:00", "17:00"]` by `mon` to `sun`, `special` by date, `breaks` are pairs of local
    moments. Raises `CalendarError`.
    """
    if not isinstance(data, Mapping):
        raise CalendarError("a calendar is a table with zone and weekly")
    if unknown := sorted(map(str, data.keys() - {"zone", "weekly", "closed", "special", "breaks"})):
        raise CalendarError(f"{unknown[0]} is no part of a calendar; there are zone, weekly, closed, special, breaks")
    weekly = _table(data, "weekly")
    if unknown := sorted(map(str, weekly.keys() - set(WEEKDAYS))):
        raise CalendarError(f"weekly.{unknown[0]} is no day; there are {', '.join(WEEKDAYS)}")
    return ServiceCalendar(
        read_zone(data.get("zone")),
        {WEEKDAYS.index(day): read_intervals(given, f"weekly.{day}") for day, given in weekly.items()},
        closed=[read_date(day, "closed") for day in _list(data.get("closed", []), "closed")],
        special={
            read_date(day, "special"): read_intervals(given, f"special.{day}")
            for day, given in _table(data, "special").items()
        },
        breaks=[_break(pair) for pair in _list(data.get("breaks", []), "breaks")],
    )


def read_zone(name: object) -> ZoneInfo:
    """A zone of the tz database by its name. Raises `CalendarError`."""
    try:
        return ZoneInfo(name)  # type: ignore[arg-type]
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError) as error:
        raise CalendarError(f"zone {name!r} is none of the tz database; write one such as Asia/Jakarta") from error


def read_intervals(given: object, where: str) -> list[Interval]:
    """Intervals of a day, each `["09:00", "17:00"]`, as local minutes from midnight. Raises `CalendarError`."""
    found = []
    for pair in _list(given, where):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise CalendarError(f'{where}: {pair!r} is no interval; write ["09:00", "17:00"]')
        start, end = (read_clock(each, where) for each in pair)
        if start == 24 * 60:
            raise CalendarError(f"{where}: 24:00 ends a date; an interval that starts there starts on the next one")
        found.append((start, end))
    return found


def read_clock(text: object, where: str) -> int:
    """Minutes from midnight of `09:00`, up to `24:00`. Raises `CalendarError`."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 24 * 60 + 1
    if minutes > 24 * 60:
        raise CalendarError(f"{where}: {text!r} is no time of day; write 00:00 to 24:00")
    return minutes


def read_date(text: object, where: str) -> date:
    """A date as `2026-12-25`, or one that was read already. Raises `CalendarError`."""
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    try:
        return date.fromisoformat(text if isinstance(text, str) and len(text) == 10 else "")
    except ValueError as error:
        raise CalendarError(f"{where}: {text!r} is no date; write 2026-12-25") from error


def read_local(text: object, where: str) -> datetime:
    """A local moment as `2026-12-25T09:00`, without a zone. Raises `CalendarError`."""
    if isinstance(text, datetime) and text.tzinfo is None:
        return text
    try:
        return datetime.fromisoformat(text if isinstance(text, str) and _LOCAL.fullmatch(text) else "")
    except ValueError as error:
        raise CalendarError(f"{where}: {text!r} is no local moment; write 2026-12-25T09:00") from error


def _break(pair: object) -> tuple[datetime, datetime]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise CalendarError(f"breaks: {pair!r} is none; write a pair of local moments")
    return read_local(pair[0], "breaks"), read_local(pair[1], "breaks")


def _table(data: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise CalendarError(f"{name} should be a table")
    return found


def _list(given: object, where: str) -> list[Any]:
    if not isinstance(given, list | tuple):
        raise CalendarError(f"{where} should be a list")
    return list(given)
