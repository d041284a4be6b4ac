"""The hours of one channel as people plan them: weekly hours, days with a name, closures; and why it is open or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from math import ceil, floor
from zoneinfo import ZoneInfo

from desk.rules.hours.calendar import DAY_MINUTES, Interval, ServiceCalendar
from desk.rules.hours.service_time import Except, ServiceTime
from desk.rules.hours.stretches import united, without

LONGEST_CLOSURE = timedelta(days=366)
"""What is closed for longer is no closure on the spot, but other hours."""


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
    next_open: datetime | None
    """When it opens next: while it is open, after that closing."""


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
    planned: ServiceTime | None = field(default=None, repr=False, compare=False)
    """`hours` without the closures: plans that differ by closures alone share it, and the years it has laid out."""

    def __post_init__(self) -> None:
        """Put the calendar together, once."""
        planned = self.planned
        if planned is None:
            special = {each.day: each.intervals for each in self.days}
            planned = ServiceCalendar(self.zone, self.weekly, special=special)
            object.__setattr__(self, "planned", planned)
        closed = ((each.starts_at, each.ends_at) for each in self.closures)
        object.__setattr__(self, "hours", Except(planned, closed) if self.closures else planned)

    def standing(self, at: datetime) -> Standing:
        """How it stands at a moment (aware), and why."""
        is_open = self.hours.is_open(at)
        until = self.hours.next_close(at) if is_open else self.hours.next_open(at)
        next_open = self.hours.next_open(until) if until is not None else None
        return Standing(is_open, self._why(at, is_open=is_open), self.hours.since(at), until, next_open)

    def day(self, day: date) -> NamedDay:
        """What a date is called and when it is open by itself; an ordinary one has no name."""
        named = next((each for each in reversed(self.days) if each.day == day), None)
        return named or NamedDay(day, "", tuple(self.weekly.get(day.weekday(), ())))

    def open_on(self, day: date) -> tuple[Interval, ...]:
        """When it is open on a date, without what was closed on the spot, in local minutes from midnight.

        An interval that runs over midnight belongs to the date on which it begins, and its minutes go on beyond 1440.
        """
        own = united((start, end if end > start else end + DAY_MINUTES) for start, end in self.day(day).intervals)
        return tuple(without(own, united(self._minutes(each, day) for each in self.closures)))

    def closures_on(self, day: date) -> tuple[tuple[Closure, Interval], ...]:
        """What was closed on the spot on a date, with its local minutes from that midnight; they may lie beyond it."""
        found = ((each, self._minutes(each, day)) for each in self.closures)
        return tuple((each, of) for each, of in found if of[0] < DAY_MINUTES and of[1] > 0)

    def closure_at(self, at: datetime) -> Closure | None:
        """What closes it on the spot at a moment (aware): of several the one that ends last."""
        in_force = (each for each in self.closures if each.starts_at <= at < each.ends_at)
        return max(in_force, key=lambda each: each.ends_at, default=None)

    def closed_on_the_spot(self, now: datetime, until: datetime, reason: str) -> HoursPlan:
        """The same plan closed from now on until a moment (both aware), in place of what closes it now."""
        over = (replace(each, ends_at=min(each.ends_at, now)) for each in self.closures if each.starts_at < now)
        return self.with_closures([*over, Closure(now, until, reason)])

    def with_closures(self, closures: Iterable[Closure]) -> HoursPlan:
        """The same plan with these closures."""
        return HoursPlan(self.key, self.title, self.zone, self.weekly, self.days, tuple(closures), self.planned)

    def _why(self, at: datetime, *, is_open: bool) -> str:
        closure = self.closure_at(at)
        if closure is not None:
            return f"closed for now: {closure.reason}"
        today = self.day(at.astimezone(self.zone).date())
        if today.name:
            hours = "closed" if not today.intervals else "hours of its own"
            return f"{today.name}: {hours}"
        return "weekly hours" if is_open else "outside the weekly hours"

    def _minutes(self, closure: Closure, day: date) -> Interval:
        midnight = datetime.combine(day, time())
        start, end = (
            (moment.astimezone(self.zone).replace(tzinfo=None) - midnight) / timedelta(minutes=1)
            for moment in (closure.starts_at, closure.ends_at)
        )
        return floor(start), ceil(end)
