"""The hours of one channel as people plan them: weekly hours, days with a name, closures; and why it is open or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from desk.rules.hours.calendar import Interval, ServiceCalendar
from desk.rules.hours.service_time import Except, ServiceTime


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A date with hours of its own (none: closed) and the name by which people know it."""

    day: date
    name: str
    intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed on the spot from one moment to another, with the reason."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel stands at a moment: `None` for a moment is never. Moments are aware UTC."""

    is_open: bool
    why: str
    since: datetime | None
    until: datetime | None
    """When that changes: the closing, or the next opening."""

    @property
    def next_open(self) -> datetime | None:
        """When it opens next; None while it is open, and when it never does."""
        return None if self.is_open else self.until


@dataclass(frozen=True)
class HoursPlan:
    """What `HoursFile` says, with holidays as dates; `hours` answers every question about it."""

    key: str
    title: str
    zone: ZoneInfo
    weekly: Mapping[int, tuple[Interval, ...]]
    """By weekday, Monday 0."""
    days: tuple[NamedDay, ...] = ()
    """A later one of the same date counts."""
    closures: tuple[Closure, ...] = ()
    hours: ServiceTime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the calendar together, once."""
        special = {each.day: each.intervals for each in self.days}
        calendar: ServiceTime = ServiceCalendar(self.zone, self.weekly, special=special)
        if self.closures:
            calendar = Except(calendar, ((each.starts_at, each.ends_at) for each in self.closures))
        object.__setattr__(self, "hours", calendar)

    def standing(self, at: datetime) -> Standing:
        """How it stands at a moment (aware), and why."""
        is_open = self.hours.is_open(at)
        until = self.hours.next_close(at) if is_open else self.hours.next_open(at)
        return Standing(is_open, self._why(at, is_open=is_open), self.hours.since(at), until)

    def day(self, day: date) -> NamedDay:
        """What a date is called and when it is open by itself; an ordinary one has no name."""
        named = next((each for each in reversed(self.days) if each.day == day), None)
        return named or NamedDay(day, "", tuple(self.weekly.get(day.weekday(), ())))

    def with_closures(self, closures: Iterable[Closure]) -> HoursPlan:
        """The same plan with these closures."""
        return HoursPlan(self.key, self.title, self.zone, self.weekly, self.days, tuple(closures))

    def _why(self, at: datetime, *, is_open: bool) -> str:
        closure = next((each for each in self.closures if each.starts_at <= at < each.ends_at), None)
        if closure is not None:
            return f"closed for now: {closure.reason}"
        today = self.day(at.astimezone(self.zone).date())
        if today.name:
            hours = "closed" if not today.intervals else "hours of its own"
            return f"{today.name}: {hours}"
        return "weekly hours" if is_open else "outside the weekly hours"
