"""The plan of a simulation: who writes and calls, who works when; a file that a supervisor edits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from db.kinds import Channel, Language
from desk.rules.hours import CalendarError, ServiceCalendar
from desk.rules.hours.reading import WEEKDAYS, read_date, read_zone
from desk.services.hour_files import intervals
from desk.services.seed_files import SeedError, read_seed_file, seeds_folder

MOST_DAYS = 400
MOST_A_DAY = 20_000

Share = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=100_000)]


class Arrivals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[arrivals]]`: the customers of a channel. Weights are relative to each other, times are minutes.

    `minutes` is the work on a case on average, `spread` its standard deviation in shares of that (1: exponential);
    who waits longer than `patience`, on average and exponentially, hangs up; 0 waits as long as it takes.
    """

    channel: Channel
    a_day: Annotated[float, msgspec.Meta(ge=0, le=MOST_A_DAY)]
    minutes: Positive
    spread: Annotated[float, msgspec.Meta(gt=0, le=10)] = 1.0
    patience: Annotated[float, msgspec.Meta(ge=0, le=100_000)] = 0.0
    hours: Annotated[tuple[Share, ...], msgspec.Meta(min_length=24, max_length=24)] = (1.0,) * 24
    weekdays: Annotated[tuple[Share, ...], msgspec.Meta(min_length=7, max_length=7)] = (1.0,) * 7
    languages: dict[Language, Share] = msgspec.field(default_factory=lambda: {Language.INDONESIAN: 1.0})
    topics: dict[str, Share] = msgspec.field(default_factory=lambda: {"": 1.0})


class Peak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[peak]]`: a date on which `factor` times as many come, on some channels or all."""

    date: str
    factor: Positive
    channels: tuple[Channel, ...] = ()


class Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[incident]]`: between two moments with a zone `factor` times as many come, all the more about `topic`."""

    name: str
    since: str
    until: str
    factor: Annotated[float, msgspec.Meta(ge=1, le=1000)]
    topic: str = ""
    channels: tuple[Channel, ...] = ()


class Staff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[agents]]`: so many people who are alike; `weekly` as in a file of hours, in the plan's zone.

    They work on `at_once` cases together; `limits` as in `queues.toml`: the most that stand open with each, by channel.
    """

    name: str
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    weekly: dict[str, tuple[str, ...]]
    languages: tuple[Language, ...] = ()
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    at_once: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    limits: dict[Channel, Annotated[int, msgspec.Meta(ge=1, le=1000)]] = {}


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan; `start` is a date in `zone`."""

    start: str
    arrivals: Annotated[tuple[Arrivals, ...], msgspec.Meta(min_length=1)]
    agents: Annotated[tuple[Staff, ...], msgspec.Meta(min_length=1)]
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 30
    zone: str = "Asia/Jakarta"
    peak: tuple[Peak, ...] = ()
    incident: tuple[Incident, ...] = ()

    @property
    def tz(self) -> ZoneInfo:
        """The zone of its dates and shifts."""
        return read_zone(self.zone)

    @property
    def begin(self) -> datetime:
        """Its first moment, aware."""
        return datetime.combine(read_date(self.start, "start"), datetime.min.time(), self.tz)

    @property
    def end(self) -> datetime:
        """The moment after its last day, aware."""
        return datetime.combine(
            read_date(self.start, "start") + timedelta(days=self.days), datetime.min.time(), self.tz
        )

    @property
    def peaks(self) -> dict[date, tuple[Peak, ...]]:
        """The peaks by their date."""
        found: dict[date, tuple[Peak, ...]] = {}
        for each in self.peak:
            day = read_date(each.date, "peak.date")
            found[day] = (*found.get(day, ()), each)
        return found

    def shifts(self, staff: Staff) -> ServiceCalendar:
        """When these people are at work."""
        weekly = {WEEKDAYS.index(day): intervals(texts, f"weekly.{day}") for day, texts in staff.weekly.items()}
        return ServiceCalendar(self.tz, weekly)


def read_plan(path: Path | None = None) -> Plan:
    """A plan, by default the shipped example, checked. Raises `SeedError`."""
    path = path or seeds_folder() / "simulation" / "month.toml"
    plan = read_seed_file(path, Plan)
    key = "start"
    try:
        _ = plan.begin, plan.end
        key = "peak"
        _ = plan.peaks
        for each in plan.incident:
            key = f"incident {each.name}"
            since, until = moment(each.since), moment(each.until)
            if until <= since:
                raise SeedError(path, key, "ends before it begins; `until` comes after `since`")
        for staff in plan.agents:
            key = f"agents {staff.name}, weekly"
            if unknown := sorted(staff.weekly.keys() - set(WEEKDAYS)):
                raise SeedError(path, key, f"there is no day {unknown[0]!r}; the days are {', '.join(WEEKDAYS)}")
            plan.shifts(staff)
        for arrivals in plan.arrivals:
            key = f"arrivals of {arrivals.channel.value}"
            for name in ("hours", "weekdays"):
                if not any(getattr(arrivals, name)):
                    raise SeedError(path, key, f"all {name} are 0; give at least one of them a weight")
            for name in ("languages", "topics"):
                if not any(getattr(arrivals, name).values()):
                    raise SeedError(path, key, f"no {name} have a weight; give at least one of them one")
    except (CalendarError, ValueError) as error:
        raise SeedError(path, key, str(error)) from error
    return plan


def moment(text: str) -> datetime:
    """An aware moment. Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone; write it like 2026-12-05T10:00+07:00")
    return found
