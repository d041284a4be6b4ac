"""Files of service hours in `seeds/hours` or a folder of the desk's own: their shape, and the plans they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from db.kinds import Channel, Language
from desk.rules.hours import CalendarError, HoursPlan, NamedDay
from desk.rules.hours.calendar import Interval
from desk.rules.hours.reading import WEEKDAYS, read_date, read_intervals, read_zone
from desk.services.public_holidays import public_holidays
from desk.services.seed_files import InEachLanguage, SeedError, read_seed_file, seeds_folder

YEARS_BACK, YEARS_AHEAD = 2, 3
"""Holidays are laid out for so many years around the present one."""


class Holidays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public holidays of a country, and how long it is open on them; `changed` has dates that differ from that."""

    country: str
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)
    hours: tuple[str, ...] = ()
    changed: dict[str, tuple[str, ...]] = {}


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day with a name and hours of its own: `2026-12-31`, or `12-31` for every year."""

    date: str
    name: str
    hours: tuple[str, ...] = ()


class HoursFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file; its name is its key."""

    title: InEachLanguage
    zone: str
    channels: tuple[Channel, ...] = ()
    queues: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    """Where it is staffed for these languages alone, its channels and queues have these hours for them alone."""
    weekly: dict[str, tuple[str, ...]] = {}
    holidays: Holidays | None = None
    days: tuple[Day, ...] = ()


def read_hours(folder: Path | None = None) -> dict[str, HoursFile]:
    """All files of a folder, by default the shipped ones, checked. Raises `SeedError`."""
    found: dict[str, HoursFile] = {}
    known: dict[str, str] = {}
    for path in sorted((folder or seeds_folder() / "hours").glob("*.toml")):
        file = read_seed_file(path, HoursFile)
        try:
            plan_of(path.stem, file, 2026)
        except CalendarError as error:
            raise SeedError(path, "hours", str(error)) from error
        dates = [day.date for day in file.days]
        if twice := next((date for place, date in enumerate(dates) if date in dates[:place]), None):
            raise SeedError(path, "days", f"{twice!r} stands there twice; keep one of them")
        for whose in owners(file):
            if whose in known:
                raise SeedError(path, "channels", f"{whose} has its hours in {known[whose]}.toml already; choose one")
            known[whose] = path.stem
        found[path.stem] = file
    return found


def owners(file: HoursFile) -> Iterator[str]:
    """Whose hours a file says, in words: `channel chat`, `queue money in 'zh'`."""
    for whose in (*(f"channel {each.value}" for each in file.channels), *(f"queue {each}" for each in file.queues)):
        if file.languages:
            yield from (f"{whose} in {language.value!r}" for language in file.languages)
        else:
            yield whose


def plan_of(key: str, file: HoursFile, year: int) -> HoursPlan:
    """The plan of a file, with its holidays and yearly days around a year. Raises `CalendarError`."""
    if unknown := sorted(file.weekly.keys() - set(WEEKDAYS)):
        raise CalendarError(f"weekly.{unknown[0]} is no day; there are {', '.join(WEEKDAYS)}")
    weekly = {WEEKDAYS.index(day): intervals(hours, f"weekly.{day}") for day, hours in file.weekly.items()}
    years = range(year - YEARS_BACK, year + YEARS_AHEAD + 1)
    own = sorted(file.days, key=lambda day: len(day.date))  # the later counts: one year's, over every year's, `12-31`
    days = (*_holidays(file.holidays, years), *(named for day in own for named in _named(day, years)))
    return HoursPlan(key, file.title.en, read_zone(file.zone), weekly, days)


def intervals(hours: tuple[str, ...], where: str) -> tuple[Interval, ...]:
    """`09:00-17:00` and the like as minutes from midnight. Raises `CalendarError`."""
    return tuple(read_intervals([each.replace(" ", "").split("-") for each in hours], where))


def as_data(file: HoursFile) -> dict[str, Any]:
    """A file as plain data, the same for the same hours."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    return data


def from_data(data: Mapping[str, Any]) -> HoursFile:
    """What `as_data` made."""
    return msgspec.convert(data, HoursFile)


def _named(day: Day, years: range) -> Iterator[NamedDay]:
    hours = intervals(day.hours, f"days.{day.date}")
    if len(day.date) == len("12-31"):
        for year in years:
            try:
                yield NamedDay(date.fromisoformat(f"{year}-{day.date}"), day.name, hours)
            except ValueError as error:
                if day.date != "02-29":
                    raise CalendarError(f"days: {day.date!r} is no date; write 12-31 or 2026-12-31") from error
    else:
        yield NamedDay(read_date(day.date, "days"), day.name, hours)


def _holidays(given: Holidays | None, years: range) -> tuple[NamedDay, ...]:
    if given is None:
        return ()
    changed = {read_date(day, "holidays.changed"): intervals(h, f"changed.{day}") for day, h in given.changed.items()}
    hours = intervals(given.hours, "holidays.hours")
    known = public_holidays(given.country, given.subdivision, given.categories, years.start, years.stop)
    named = {day: NamedDay(day, name, changed.get(day, hours)) for day, name in known}
    named |= {day: NamedDay(day, "changed holiday", of) for day, of in changed.items() if day not in named}
    return tuple(named[day] for day in sorted(named))
