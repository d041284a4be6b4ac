"""What we may promise on arrival: how long it takes by pace and load, and how a moment is told in a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from db.kinds import Language
from desk.rules.hours import HoursPlan, ServiceTime

RESERVE = 1.5
"""People do not answer at an even pace: what is expected is told half as long again."""

HOUR = 3600

LONGEST_WAIT = 5 * 24 * 3600
STEPS = ((2 * 3600, 15 * 60), (4 * 3600, 30 * 60))
"""Up to a wait of so many seconds, it is rounded up to steps of so many; behind them to full hours."""

WEEKDAYS = {
    Language.INDONESIAN: ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    Language.ENGLISH: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    Language.CHINESE: ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
MONTHS = {
    Language.INDONESIAN: (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ),
    Language.ENGLISH: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a customer can be told: until when a human answers, and when we open next (None: we are open)."""

    until: datetime
    opens: datetime | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How many answers an hour are written, and whether that is so now or was so when somebody last answered."""

    an_hour: int = 0
    is_current: bool = False


def pace_of(answers: Sequence[datetime], hours: ServiceTime, now: datetime) -> Pace:
    """The pace of the last hour of service; where nobody answered in it, of the one that ended with the last answer.

    `answers` are the moments (aware, not behind `now`) at which any were written.
    """
    for until, is_current in ((now, True), (max(answers, default=now), False)):
        since = hours.subtract(until, HOUR) or until
        if an_hour := sum(each >= since for each in answers):
            return Pace(an_hour, is_current)
    return Pace()


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who waits before: how many, and whether one of them is late."""

    number: int = 0
    is_late: bool = False


def expected_wait(ahead: Ahead, pace: Pace, target: int) -> int:
    """Service seconds until an answer: `(number ahead + 1) / answers an hour`, half as long again, rounded up.

    The target where nobody answers; a pace of some time ago counts only where somebody ahead is late, since without
    that there was nobody to answer, or no need to yet.
    """
    if not pace.an_hour or not (pace.is_current or ahead.is_late):
        return target
    wait = min((ahead.number + 1) / pace.an_hour * HOUR * RESERVE, LONGEST_WAIT)
    step = next((step for most, step in STEPS if wait <= most), HOUR)
    return -int(-wait // step) * step


def outlook(plan: HoursPlan, now: datetime, wait: int) -> Outlook | None:
    """When a wait of so many service seconds is over; None for a channel that does not open again."""
    until = plan.hours.add(now, wait)
    if until is None:
        return None
    minute = until.replace(second=0, microsecond=0)
    opens = None if plan.hours.is_open(now) else plan.hours.next_open(now)
    return Outlook(minute if minute == until else minute + timedelta(minutes=1), opens)


def told(moment: datetime, now: datetime, zone: tzinfo, language: Language) -> str:
    """A moment in the words of a language: `Senin, 09.00 WIB`; a date joins it from six days on."""
    there, today = moment.astimezone(zone), now.astimezone(zone)
    days = (there.date() - today.date()).days
    if language is Language.CHINESE:
        day = "今天" if days == 0 else WEEKDAYS[language][there.weekday()]
        day = f"{there.month}月{there.day}日（{day}）" if days > 5 else day
        return f"{day} {there:%H:%M} ({there:%Z})"
    is_ours = language is Language.INDONESIAN
    words = Language.INDONESIAN if is_ours else Language.ENGLISH
    day = ("hari ini" if is_ours else "today") if days == 0 else WEEKDAYS[words][there.weekday()]
    if days > 5:
        day = f"{day}, {there.day} {MONTHS[words][there.month - 1]}"
    return f"{day}, {there:%H.%M} {there:%Z}" if is_ours else f"{day}, {there:%H:%M} {there:%Z}"
