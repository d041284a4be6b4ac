"""A calendar as the text of its file, and the changes that people make to one by keys."""

from __future__ import annotations

import json
import re
from calendar import day_abbr, day_name
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from desk.rules.hours.calendar import DAY_MINUTES, CalendarError, Interval
from desk.rules.hours.painting import painted
from desk.rules.hours.reading import WEEKDAYS
from desk.rules.hours.stretches import Stretch, united
from desk.services.hour_files import Day, HoursFile, intervals

MOST_DATES = 3
"""Dates that a sentence names."""

_DASHES = re.compile(r"\s*[-\u2010-\u2015]\s*")


def as_toml(file: HoursFile) -> str:
    """A file of `seeds/hours` with these hours; reading it gives the same hours."""
    return "\n".join(_rows(file)) + "\n"


def with_hour(file: HoursFile, weekday: int, hour: int, *, is_open: bool) -> HoursFile:
    """The file with one hour of a weekday (Monday 0) open, or closed, every week."""
    weekly = {WEEKDAYS.index(day): intervals(hours, f"weekly.{day}") for day, hours in file.weekly.items()}
    changed = painted(weekly, weekday, hour * 60, hour * 60 + 60, is_open=is_open)
    kept = {number: file.weekly[day] for number, day in enumerate(WEEKDAYS) if day in file.weekly}
    said = {
        number: kept[number] if number in kept and _minutes(hours) == _minutes(weekly[number]) else written(hours)
        for number, hours in changed.items()
    }
    return replace(file, weekly={WEEKDAYS[number]: said[number] for number in sorted(said)})


def with_weekday(file: HoursFile, weekday: int, hours: tuple[str, ...]) -> HoursFile:
    """The file with a weekday (Monday 0) that has these hours every week (none: closed). Raises `CalendarError`."""
    changed = WEEKDAYS[weekday]
    intervals(hours, f"weekly.{changed}")
    said = {**file.weekly, changed: hours}
    return replace(file, weekly={day: said[day] for day in WEEKDAYS if said.get(day)})


def with_day(file: HoursFile, day: date, name: str, hours: tuple[str, ...]) -> HoursFile:
    """The file with a date that has hours of its own (none: closed). Raises `CalendarError`."""
    intervals(hours, f"days.{day}")
    others = tuple(each for each in file.days if each.date != day.isoformat())
    return replace(file, days=(*others, Day(day.isoformat(), name, hours)))


def days_changed(before: HoursFile, after: HoursFile) -> str:
    """On which days two files differ in when they are open: `every Monday`, `every Mon and Fri`, `24 Dec 2026`.

    Empty where they do on none, also where only the words differ. Of many dates the first ones are named.
    """
    one, other = (_open_by_weekday(file) for file in (before, after))
    weekdays = [number for number in range(len(WEEKDAYS)) if one[number] != other[number]]
    was, will = ({each.date: each for each in file.days} for file in (before, after))
    dates = sorted(day for day in was.keys() | will.keys() if was.get(day) != will.get(day))
    said = [_every(weekdays)] if weekdays else []
    said += [f"{day.day} {day:%b %Y}" for day in map(date.fromisoformat, dates[:MOST_DATES])]
    return ", ".join(said) + (f" and {len(dates) - MOST_DATES} more" if len(dates) > MOST_DATES else "")


def _every(weekdays: list[int]) -> str:
    if len(weekdays) == len(WEEKDAYS):
        return "every day"
    if len(weekdays) == 1:
        return f"every {day_name[weekdays[0]]}"
    *most, last = (day_abbr[number] for number in weekdays)
    return f"every {', '.join(most)} and {last}"


def _open_by_weekday(file: HoursFile) -> list[list[Stretch]]:
    """What is open on each weekday by the clock, with what reaches in from the evening before, in minutes."""
    found: list[list[Stretch]] = [[] for _ in WEEKDAYS]
    for day, hours in file.weekly.items():
        number = WEEKDAYS.index(day)
        for start, end in _minutes(intervals(hours, f"weekly.{day}")):
            found[number].append((start, min(end, DAY_MINUTES)))
            found[(number + 1) % len(WEEKDAYS)].append((0, end - DAY_MINUTES))
    return [united(each) for each in found]


def _minutes(hours: Iterable[Interval]) -> list[Stretch]:
    """Intervals as minutes from midnight in order; those of an interval that runs over midnight go on beyond 1440."""
    return united((start, end if end > start else end + DAY_MINUTES) for start, end in hours)


def hours_of(file: HoursFile, weekday: int) -> tuple[str, ...]:
    """The hours of a weekday (Monday 0) as the file writes them."""
    return file.weekly.get(WEEKDAYS[weekday], ())


def as_text(hours: Iterable[str]) -> str:
    """Hours as a person types them: `08:30-12:00, 13:00-17:00`, nothing for closed."""
    return ", ".join(hours)


def hours_in(text: str) -> tuple[str, ...]:
    """The hours in what somebody typed, as files write them; they may be none, see `hours_problem`."""
    parts = (_DASHES.sub("-", part.strip()) for part in re.split("[,;，；、]", text))
    return tuple(part for part in parts if part)


def hours_problem(text: str) -> str:
    """What is wrong with hours as somebody typed them, and what to write; nothing when they can be used."""
    for part in hours_in(text):
        opens, _, closes = part.partition("-")
        if opens.strip() == closes.strip():
            return f"“{part}” opens and closes at once. For all day and night write 00:00-24:00."
        try:
            intervals((part,), "hours")
        except CalendarError:
            return f"“{part}” cannot be read as hours. Write 09:00-17:00, a comma between two; a day ends at 24:00."
    return ""


def written(found: Iterable[Interval]) -> tuple[str, ...]:
    """Intervals as files write them: `09:00-17:00`."""
    return tuple(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in found)


def _rows(file: HoursFile) -> Iterator[str]:
    title = ", ".join(f"{code} = {_text(getattr(file.title, code))}" for code in ("id", "en", "zh"))
    yield f"title = {{ {title} }}"
    yield f"zone = {_text(file.zone)}"
    if file.channels:
        yield f"channels = {_list(each.value for each in file.channels)}"
    if file.queues:
        yield f"queues = {_list(file.queues)}"
    if file.languages:
        yield f"languages = {_list(each.value for each in file.languages)}"
    if file.weekly:
        yield from ("", "[weekly]")
        yield from (f"{day} = {_list(hours)}" for day, hours in file.weekly.items())
    if file.holidays is not None:
        yield from ("", "[holidays]", f"country = {_text(file.holidays.country)}")
        if file.holidays.subdivision:
            yield f"subdivision = {_text(file.holidays.subdivision)}"
        yield f"categories = {_list(file.holidays.categories)}"
        yield f"hours = {_list(file.holidays.hours)}"
        if file.holidays.changed:
            yield from ("", "[holidays.changed]")
            yield from (f"{_text(day)} = {_list(hours)}" for day, hours in file.holidays.changed.items())
    for each in file.days:
        yield from ("", "[[days]]", f"date = {_text(each.date)}", f"name = {_text(each.name)}")
        yield f"hours = {_list(each.hours)}"


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, words))}]"


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
