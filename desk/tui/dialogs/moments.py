"""Moments to come, as people type them: `2h`, `fri 14:00`, `tomorrow`, `2026-12-24`."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from desk.rules.later import MORNING, at_time, read_later, shown
from desk.tui.dialogs.choice import Choice

if TYPE_CHECKING:
    from desk.rules.hours import ServiceTime

AFTERNOON = time(15)


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
    return tuple(
        Choice(moment.astimezone(UTC), label, shown(moment, None)) for moment, label in reversed(labels.items())
    )


def choices(query: str, now: datetime, hours: ServiceTime | None = None) -> tuple[Choice[datetime], ...]:
    """The usual moments that contain what was typed, after the one that it means by itself; openings are of `hours`."""
    said = query.strip().casefold()
    meant = read(said, now, hours) if said else None
    first = (Choice(meant, "until", shown(meant, None)),) if meant else ()
    return first + tuple(choice for choice in usual(now) if said in choice.label.casefold())


def read(text: str, now: datetime, hours: ServiceTime | None = None) -> datetime | None:
    """The moment that a text means, UTC and to come within a year; None when it means none."""
    return read_later(text, now, None, hours)


def _at(local: datetime, days: int, at: time) -> datetime:
    """A local time of day some days on, in UTC; the offset is the one of that day."""
    return at_time(local.date() + timedelta(days=days), at, None)
