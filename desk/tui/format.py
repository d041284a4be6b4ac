"""Times, counts and names as screens show them, in exact numbers of cells."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

from db.kinds import Channel, Language, Status

if TYPE_CHECKING:
    from db.rows import CaseRow
    from desk.rules.hours import ServiceTime

MINUS = "−"
ELLIPSIS = "…"
DAY = timedelta(days=1)
SOON = timedelta(minutes=15)
DUE_WIDTH = 9
"""Cells of the queue's first column."""
WORST = 16
"""Code points that are looked at for each cell of a column; a mark flood behind them is not worth the time."""

GLYPHS = {Channel.PHONE: "☏", Channel.EMAIL: "✉", Channel.CHAT: "◉", Channel.SOCIAL: "⌂"}
LETTERS = {Channel.PHONE: "P", Channel.EMAIL: "E", Channel.CHAT: "C", Channel.SOCIAL: "S"}
NOT_DRAWN = ("linux", "dumb", "vt100", "vt220", "ansi")
"""Terminals whose fonts lack the channels' signs."""

CHANNEL_NAMES = {
    Channel.PHONE: "phone",
    Channel.EMAIL: "e-mail",
    Channel.CHAT: "chat",
    Channel.SOCIAL: "social",
}
LANGUAGE_NAMES = {
    Language.INDONESIAN: "Indonesian",
    Language.ENGLISH: "English",
    Language.CHINESE: "Chinese",
    Language.OTHER: "other",
}
WAITING = {
    Status.WAITING_CUSTOMER: "⏸ cust",
    Status.WAITING_MERCHANT: "⏸ shop",
    Status.ON_HOLD: "⏸ hold",
    Status.SOLVED: "✓ done",
    Status.CLOSED: "✓ shut",
}


@cache
def _has_signs() -> bool:
    speaks = (os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "utf-8").lower()
    return os.environ.get("TERM", "") not in NOT_DRAWN and ("utf" in speaks or speaks in {"c", "posix"})


def glyph(channel: Channel) -> str:
    """The channel's sign, one cell; its letter on terminals that cannot draw it."""
    return (GLYPHS if _has_signs() else LETTERS)[channel]


def compact(number: int) -> str:
    """A count in at most five cells: `947`, `12.4k`, `1.2M`."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k" if number < 100_000 else f"{number // 1000}k"
    return f"{number / 1_000_000:.1f}M"


def span(length: timedelta) -> str:
    """A length of time as `0:04` (hours and minutes), or `3 d` from a day on; rounded down, never negative."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60}:{minutes % 60:02}"


def service_span(length: timedelta) -> str:
    """A length of service time as `50:00`, or `120 h` from a hundred hours on; never in days, as `service` says."""
    hours, minutes = divmod(max(0, int(length.total_seconds() // 60)), 60)
    return f"{hours}:{minutes:02}" if hours < 100 else f"{hours} h"


HOURS_UNKNOWN = "·"
"""Stands for service time until the hours were read: by the clock it would be another one a moment later."""


def service(seconds: float) -> str:
    """Service time as `50:00 h of service`, rounded down; never in days, which would be taken for the calendar's."""
    minutes = int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02} h of service"


def time_left(due_at: datetime, now: datetime, hours: ServiceTime | None) -> timedelta:
    """Service time until a moment, negative once it has passed; by the clock where the hours are not known."""
    return due_at - now if hours is None else timedelta(seconds=hours.elapsed(now, due_at))


def needs_hours(row: CaseRow) -> bool:
    """Whether what `due` says of a case cannot be told before the service hours are known."""
    return row.status not in WAITING and row.due_at is not None


def due(row: CaseRow, now: datetime, hours: ServiceTime | None = None) -> str:
    """What decides: service time left, `−0:12 !` when the promise is broken, or for whom the case waits.

    A word says what colour says: `0:04 soon`, and `0:31 shut` while the channel is closed and time stands still.
    """
    if row.status in WAITING:
        return WAITING[row.status]
    if row.due_at is None:
        return ""
    left, said = time_left(row.due_at, now, hours), span if hours is None else service_span
    if row.due_at < now:
        return f"{MINUS}{said(-left)} !"
    word = "shut" if hours is not None and not hours.is_open(now) else "soon" if left <= SOON else ""
    told = said(left)
    return (f"{told} {word}" if len(told) + len(word) < DUE_WIDTH else f"{told}{word}").rstrip()


def is_soon(row: CaseRow, now: datetime, hours: ServiceTime | None = None) -> bool:
    """Whether little service time is left, and it passes."""
    if row.status in WAITING or row.due_at is None:
        return False
    return time_left(row.due_at, now, hours) <= SOON and (hours is None or hours.is_open(now))


def is_broken(row: CaseRow, now: datetime) -> bool:
    """Whether somebody waits longer than was promised."""
    return row.status not in WAITING and row.due_at is not None and row.due_at < now


def age(at: datetime, now: datetime) -> str:
    """How long ago, short: `4 m`, `3 h`, `2 d`, then a date."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} m"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    if minutes < 30 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return date(at)


def date(at: datetime, zone: tzinfo | None = None) -> str:
    """A local date, `23 Nov`; with its year when that is not this moment's: callers show recent things."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b}"


def clock(at: datetime, zone: tzinfo | None = None) -> str:
    """A local time of day, `20:14`."""
    return f"{at.astimezone(zone):%H:%M}"


def moment(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """When something was said, in local time: `20:14` today, `Mon 18:40` this week, `3 Oct 09:12`, `3 Oct 2025`."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if timedelta() <= today - local < 6 * DAY:
        return f"{local:%a %H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b %H:%M}"
    return f"{local.day} {local:%b %Y}"


def coming(at: datetime, zone: tzinfo | None = None) -> str:
    """A moment to come, with its day whatever today is: `Tue 24 Nov 09:00`; local, or in a zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 case`, `3 cases`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def cells(text: str) -> int:
    """How many cells a text takes."""
    return cell_len(text)


def cut(text: str, width: int) -> str:
    """At most `width` cells of one line, with `…` where something is missing; never within a cluster."""
    if len(text) <= width and text.isascii():
        return text
    looked_at = text[: width * WORST]
    spans, cells = split_graphemes(looked_at)
    if cells <= width and len(looked_at) == len(text):
        return text
    if width <= 0:
        return ""
    kept, end = 0, 0
    for _start, stop, size in spans:
        if kept + size > width - 1:
            break
        kept, end = kept + size, stop
    return looked_at[:end] + ELLIPSIS


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: cut with `…` or filled with blanks, on the left when `right`."""
    text = cut(text, width)
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def middle(text: str, width: int) -> str:
    """At most `width` cells, the middle left out: the two ends tell names, files and addresses apart."""
    if len(text) <= width and text.isascii():
        return text
    looked_at = text if len(text) <= width * WORST else text[: width * WORST // 2] + text[-width * WORST // 2 :]
    spans, cells = split_graphemes(looked_at)
    if cells <= width and len(looked_at) == len(text):
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    head, tail = (width - 1 + 1) // 2, (width - 1) // 2
    return looked_at[: _reach(spans, head)] + ELLIPSIS + _last(looked_at, spans, tail)


def _reach(spans: list[tuple[int, int, int]], width: int) -> int:
    kept, end = 0, 0
    for _start, stop, size in spans:
        if kept + size > width:
            break
        kept, end = kept + size, stop
    return end


def _last(text: str, spans: list[tuple[int, int, int]], width: int) -> str:
    kept, begin = 0, len(text)
    for start, _stop, size in reversed(spans):
        if kept + size > width:
            break
        kept, begin = kept + size, start
    return text[begin:]


def utc_now() -> datetime:
    """The machine's clock; screens ask the gateway's clock where there is one."""
    return datetime.now(UTC)
