"""Moments to come, as people type them: `2h`, `fri 14:00`, `tomorrow`, `2026-12-24`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from desk.tui.dialogs.choice import Choice

DAYS = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "monday", "senin"),
            ("tue", "tuesday", "selasa"),
            ("wed", "wednesday", "rabu"),
            ("thu", "thursday", "kamis"),
            ("fri", "friday", "jumat"),
            ("sat", "saturday", "sabtu"),
            ("sun", "sunday", "minggu"),
        )
    )
    for name in names
}
NEAR = {"today": 0, "tomorrow": 1, "besok": 1}
UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MORNING, AFTERNOON = time(9), time(15)
_LENGTH = re.compile(r"([0-9]{1,4})\s*(m|min|h|d|w)")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = timedelta(days=366)


def usual(now: datetime) -> tuple[Choice[datetime], ...]:
    """Where a case is put aside to most often; `now` is aware, the moments are UTC, days and hours are local ones."""
    local = now.astimezone()
    choices = [("in 1 hour", local + timedelta(hours=1))]
    if local.time() < AFTERNOON:
        choices.append(("this afternoon", _at(local, 0, AFTERNOON)))
    choices += [
        ("tomorrow morning", _at(local, 1, MORNING)),
        ("Monday morning", _at(local, 7 - local.weekday(), MORNING)),
        ("in a week", _at(local, 7, MORNING)),
    ]
    labels = {moment: label for label, moment in reversed(choices)}
    return tuple(Choice(moment.astimezone(UTC), label, _shown(moment)) for moment, label in reversed(labels.items()))


def choices(query: str, now: datetime) -> tuple[Choice[datetime], ...]:
    """The usual moments that contain what was typed, after the one that it means by itself."""
    said = query.strip().casefold()
    meant = read(said, now) if said else None
    first = (Choice(meant, "until", _shown(meant.astimezone())),) if meant else ()
    return first + tuple(choice for choice in usual(now) if said in choice.label.casefold())


def read(text: str, now: datetime) -> datetime | None:
    """The moment that a text means, UTC and to come within a year; None when it means none."""
    try:
        moment = _read(text.strip().casefold(), now.astimezone())
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment and now < moment <= now + _LONGEST else None


def _read(text: str, local: datetime) -> datetime | None:
    length = _LENGTH.fullmatch(text)
    if length:
        return local + timedelta(**{UNITS[length[2]]: int(length[1])})
    day, _, rest = text.partition(" ")
    if day in DAYS:
        days = (DAYS[day] - local.weekday() - 1) % 7 + 1
        return _at(local, 0 if days == 7 and _hour(rest) > local.time() else days, _hour(rest))
    if day in NEAR:
        return _at(local, NEAR[day], _hour(rest))
    if _DATE.fullmatch(day):
        return datetime.combine(date.fromisoformat(day), _hour(rest)).astimezone()
    if _TIME.fullmatch(text) and len(text) > 2:
        at = _at(local, 0, _hour(text))
        return at if at > local else _at(local, 1, _hour(text))
    return None


def _hour(text: str) -> time:
    if not text.strip():
        return MORNING
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2] or 0))


def _at(local: datetime, days: int, at: time) -> datetime:
    """A local time of day some days on; the offset is the one of that day."""
    return datetime.combine(local.date() + timedelta(days=days), at).astimezone()


def _shown(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"
