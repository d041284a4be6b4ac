"""What we may promise on arrival: how long it takes by the present load, and how a moment is told in a language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from db.kinds import Language
from desk.rules.hours import HoursPlan

RESERVE = 1.5
"""People do not answer at an even pace: what is expected is told half as long again."""

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


def expected_wait(ahead: int, answers_an_hour: float, target: int) -> int:
    """Service seconds until an answer when `ahead` others wait before; the target where nobody answers now.

    `(ahead + 1) / answers an hour`, half as long again, rounded up.
    """
    if answers_an_hour <= 0:
        return target
    wait = min((ahead + 1) / answers_an_hour * 3600 * RESERVE, LONGEST_WAIT)
    step = next((step for most, step in STEPS if wait <= most), 3600)
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
