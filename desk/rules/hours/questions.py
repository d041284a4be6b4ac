"""Questions about a calendar as plain data, answered as plain data: what `desk hours evaluate` speaks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from desk.rules.hours.calendar import CalendarError
from desk.rules.hours.reading import read_calendar
from desk.rules.hours.service_time import ServiceTime

OPERATIONS = ("is_open", "next_open", "next_close", "elapsed", "add", "subtract")
Answer = bool | int | str | None


def answer(question: Mapping[str, object]) -> Answer:
    """The answer to `{"calendar", "op", "at", "minutes" | "seconds", "until"}`; moments come as ISO 8601 in UTC.

    Null is never. Raises `CalendarError` for what cannot be read.
    """
    calendar = read_calendar(question.get("calendar"))
    operation = question.get("op")
    if operation not in OPERATIONS:
        raise CalendarError(f"op {operation!r} is none; there are {', '.join(OPERATIONS)}")
    found = _asked(calendar, str(operation), question)
    return f"{found:%Y-%m-%dT%H:%M:%SZ}" if isinstance(found, datetime) else found


def _asked(calendar: ServiceTime, operation: str, question: Mapping[str, object]) -> datetime | bool | int | None:
    at = _moment(question, "at")
    if operation == "is_open":
        return calendar.is_open(at)
    if operation == "elapsed":
        return calendar.elapsed(at, _moment(question, "until"))
    if operation == "next_open":
        return calendar.next_open(at)
    if operation == "next_close":
        return calendar.next_close(at)
    return calendar.add(at, _amount(question)) if operation == "add" else calendar.subtract(at, _amount(question))


def _moment(question: Mapping[str, object], name: str) -> datetime:
    text = question.get(name)
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise CalendarError(f"{name} {text!r} is no moment; write 2026-12-25T09:00:00+07:00") from error
    if moment.tzinfo is None:
        raise CalendarError(f"{name} {text!r} has no offset; write 2026-12-25T09:00:00+07:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise CalendarError(f"{name} {text!r} is too far away; write 2026-12-25T09:00:00+07:00") from error


def _amount(question: Mapping[str, object]) -> int:
    for unit, size in (("seconds", 1), ("minutes", 60)):
        amount = question.get(unit)
        if isinstance(amount, int) and not isinstance(amount, bool):
            return amount * size
    raise CalendarError("seconds or minutes should be a whole number")
