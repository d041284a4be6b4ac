"""Moments to come, as people type them: `tomorrow 09:00`, `besok 09.00`, `明天 9:00`, `in 2h`, `when they open`.

Days and hours are those of the zone that is passed in; what comes back is UTC. `when they open` is the next opening of
the service hours that are passed in; where there are none, somebody is open from 09:00 on, Monday to Friday.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from db.kinds import ContactKind
from db.rows import ContactRow
from desk.rules.later_words import DAYS, NEAR, NOISE, OPENING, PARTS_OF_DAY, UNITS, ZONES
from desk.rules.phones import CALLING_CODES

if TYPE_CHECKING:
    from desk.rules.hours import ServiceTime

LONGEST = timedelta(days=366)
"""Farther off nothing is put: whoever means that means something else."""

MORNING = time(9)
SATURDAY = 5
MOST_TYPED = 60

_NUMBER = r"(?P<number>[0-9]{1,4}|[一二两三四五六七八九十])"
_LENGTH = re.compile(rf"{_NUMBER}\s*(?:个\s*)?(?P<unit>{'|'.join(sorted(UNITS, key=len, reverse=True))})(?:\s*之?后)?")
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2})|\s*[点點](?P<spoken>半|[0-9]{1,2}\s*分?)?)?\s*(?P<half>am|pm)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK_WORD = re.compile(r"\b(?:jam|pukul) (?=[0-9])")
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Later:
    """A moment (UTC) to choose; `label` says what it is called and `local` what the clock there shows then."""

    moment: datetime
    label: str
    local: str


def later_choices(typed: str, now: datetime, zone: tzinfo, hours: ServiceTime | None = None) -> tuple[Later, ...]:
    """What was typed, where it means a moment, and the usual moments whose name contains it; `now` is aware.

    All are to come, within a year, in UTC; days and hours are those of `zone`, openings those of
    `hours`. Nothing is typed: the usual ones.
    """
    said = _plain(typed)
    meant = read_later(typed, now, zone, hours)
    first = (Later(meant, typed.strip(), shown(meant, zone)),) if meant else ()
    usual = [each for each in _usual(now, zone, hours) if said in each.label.casefold() and each.moment != meant]
    return first + tuple(usual)


def read_later(typed: str, now: datetime, zone: tzinfo | None, hours: ServiceTime | None = None) -> datetime | None:
    """The moment that a text means, UTC and to come within a year; None when it means none.

    `zone` is where its days and hours are; None is this machine's own. `hours` say when somebody opens.
    """
    try:
        moment = _read(_plain(typed), now, zone, hours)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and is_to_come(moment, now) else None


def why_none(typed: str, now: datetime, zone: tzinfo | None, hours: ServiceTime | None = None) -> str:
    """Why `read_later` finds nothing in a text, and what to write; arguments as there."""
    try:
        moment = _read(_plain(typed), now, zone, hours)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        return "That is no moment. Write 2h, fri 14:00, tomorrow or 2026-12-24."
    if moment <= now:
        return "That is past. Write a moment to come: 2h, fri 14:00, tomorrow."
    return "That is more than a year off. Write a moment within a year."


def is_to_come(moment: datetime, now: datetime) -> bool:
    """Whether a moment is one to wait for: later than now, and not by more than a year."""
    return now < moment <= now + LONGEST


def next_opening(now: datetime, zone: tzinfo | None, hours: ServiceTime | None = None) -> datetime | None:
    """When `hours` open next, after the closing to come where they are open now; None when they never do.

    Without `hours` it is the next 09:00 on a Monday to Friday in `zone`. UTC.
    """
    if hours is not None:
        closing = hours.next_close(now)
        return None if closing is None else hours.next_open(closing)
    local = now.astimezone(zone)
    days = 0
    while True:
        opening = at_time(local.date() + timedelta(days=days), MORNING, zone)
        if opening > now and (local.weekday() + days) % 7 < SATURDAY:
            return opening
        days += 1


def zone_of(contacts: Iterable[ContactRow], country: str) -> tzinfo:
    """Where a customer most likely is: by the country code of their first number, else where the desk is at home.

    A number without one is at home, too. Of a country with several zones it is the one where most people live.
    """
    home = country if country in ZONES else "ID"
    for contact in contacts:
        digits = "".join(sign for sign in contact.value if sign.isdecimal())
        if contact.kind is not ContactKind.PHONE or not digits:
            continue
        if not contact.value.strip().startswith("+") and digits.startswith("0") and not digits.startswith("00"):
            return _zone(home)
        code = digits.removeprefix("00")
        known = [each for each, calling in CALLING_CODES.items() if code.startswith(calling)]
        return _zone(max(known, key=lambda each: len(CALLING_CODES[each]), default=home))
    return _zone(home)


def at_time(day: date, at: time, zone: tzinfo | None) -> datetime:
    """A time of day there, in UTC; one that the clocks skip is as much later as they skip."""
    local = datetime.combine(day, at)
    return (local.astimezone() if zone is None else local.replace(tzinfo=zone)).astimezone(UTC)


def shown(moment: datetime, zone: tzinfo | None) -> str:
    """A moment as the clocks there show it: `Tue 24 Nov 09:00`."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _usual(now: datetime, zone: tzinfo, hours: ServiceTime | None) -> list[Later]:
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    named = [
        (next_opening(now, zone, hours), "when they open"),
        (now + timedelta(hours=1), "in 1 hour"),
        (at_time(today, time(15), zone), "this afternoon"),
        (at_time(today + timedelta(days=1), MORNING, zone), "tomorrow morning"),
        (at_time(monday, MORNING, zone), "Monday morning"),
        (at_time(today + timedelta(days=7), MORNING, zone), "in a week"),
    ]
    labels: dict[datetime, str] = {}
    for moment, label in named:
        if moment is not None and is_to_come(moment, now):
            labels.setdefault(moment.astimezone(UTC), label)
    return [Later(moment, label, shown(moment, zone)) for moment, label in labels.items()]


def _plain(typed: str) -> str:
    text = unicodedata.normalize("NFKC", typed[:MOST_TYPED]).casefold()
    return _CLOCK_WORD.sub("", " ".join(word for word in text.split() if word not in NOISE))


def _read(text: str, now: datetime, zone: tzinfo | None, hours: ServiceTime | None) -> datetime | None:
    if text in OPENING:
        return next_opening(now, zone, hours)
    if found := _LENGTH.fullmatch(text):
        return _in(found, now, zone)
    local = now.astimezone(zone)
    day, rest = _day(text, local)
    if day is not None:
        return at_time(day, _time(rest), zone)
    if not text or (text.isdecimal() and len(text) < 3):
        return None
    moment = at_time(local.date(), _time(text), zone)
    return moment if moment > now else at_time(local.date() + timedelta(days=1), _time(text), zone)


def _in(found: re.Match[str], now: datetime, zone: tzinfo | None) -> datetime:
    """So much later: minutes and hours as they pass, days and weeks at the same time of day."""
    number, unit = found["number"], UNITS[found["unit"]]
    length = timedelta(**{unit: _DIGITS.get(number) or int(number)})
    if unit in {"minutes", "hours"}:
        return (now + length).astimezone(UTC)
    local = now.astimezone(zone)
    return at_time(local.date() + length, local.time(), zone)


def _day(text: str, local: datetime) -> tuple[date | None, str]:
    """The day that a text begins with, and what follows it: a name, a date, or none."""
    if found := _DATE.match(text):
        return date.fromisoformat(found[0]), text[found.end() :].strip()
    for name, days in NEAR.items():
        if (rest := _behind(name, text)) is not None:
            return local.date() + timedelta(days=days), rest
    for name, weekday in DAYS.items():
        if (rest := _behind(name, text)) is not None:
            days = (weekday - local.weekday()) % 7
            if days == 0 and _time(rest) <= local.time():
                days = 7
            return local.date() + timedelta(days=days), rest
    return None, text


def _behind(name: str, text: str) -> str | None:
    """What follows a name at the beginning of a text; a name in letters has to end where a word ends."""
    if not text.startswith(name):
        return None
    rest = text[len(name) :]
    return None if name.isascii() and rest[:1].isalnum() else rest.strip()


def _time(text: str) -> time:
    """A time of day, and 09:00 where none is said. Raises `ValueError`."""
    if not text:
        return MORNING
    half = ""
    for name, (part, usual) in PARTS_OF_DAY.items():
        if name in text:
            text, half = text.replace(name, "", 1).strip(), part
            if not text:
                return time(usual)
            break
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, half = int(found["hour"]), found["half"] or half
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    spoken = (found["spoken"] or "").rstrip("分 ")
    return time(hour, 30 if spoken == "半" else int(found["minute"] or spoken or 0))


def _zone(country: str) -> tzinfo:
    name, hours = ZONES[country]
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a machine without the time zones' tables: without summer time, then
        return timezone(timedelta(hours=hours))
