"""The week as a picture: when customers come, beside when a channel is open, in the service's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.kinds import Channel
from desk.rules.hours.wall_hours import open_share
from desk.tui import format as form

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style

    from desk.services.figures import Overview

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LABEL = 8
BLOCKS, DIGITS = "▁▂▃▄▅▆▇█", "12345678"
OPENNESS, PLAIN_OPENNESS = ("█", "▄", "·"), ("#", "+", ".")
"""Open all hour, a part of it, not at all."""
NUMBER = 6
ROWS = 8
"""A line of hours, and the days."""

Pieces = list[tuple[str, "Style"]]


def week_rows(shown: Overview, channel: Channel, width: int, look: Callable[[str], Style]) -> list[Pieces]:
    """The picture in `ROWS` lines: arrivals of all channels, and the hours of one."""
    cell = 2 if width >= 2 * (LABEL + 48) else 1
    now = shown.at.astimezone(shown.picture.zone)
    opened = _open_hours(shown, channel, now)
    gap = "   "
    is_all = timedelta(hours=shown.picture.hours) == shown.end - shown.start
    said = "came" if is_all else f"{shown.picture.hours // 168} wks"
    rows = [[*_ruler(said, cell, now, look), (gap, look("plain")), *_ruler(_name(channel), cell, now, look)]]
    most = max(map(max, shown.picture.arrivals)) or 1
    for day in range(7):
        came: Pieces = [(_label(day, now), look("accent" if day == now.weekday() else "quiet"))]
        hours: Pieces = [(_label(day, now), look("accent" if day == now.weekday() else "quiet"))]
        for hour in range(24):
            is_now = (day, hour) == (now.weekday(), now.hour)
            share = opened[day][hour]
            came.append((_bar(shown.picture.arrivals[day][hour], most) * cell, _style(is_now, share > 0, look)))
            hours.append((_openness(share) * cell, _style(is_now, share > 0, look)))
        rows.append([*came, (gap, look("plain")), *hours])
    return rows


def number_rows(shown: Overview, look: Callable[[str], Style]) -> list[Pieces]:
    """The arrivals of each hour of the week in numbers, in `ROWS` lines."""
    now = shown.at.astimezone(shown.picture.zone)
    heads = "".join(f"{hour:>{NUMBER}}" for hour in range(24))
    rows: list[Pieces] = [[(form.fit(" came", LABEL), look("strong")), (heads, look("quiet"))]]
    for day in range(7):
        row: Pieces = [(_label(day, now), look("accent" if day == now.weekday() else "quiet"))]
        for hour in range(24):
            arrivals = shown.picture.arrivals[day][hour]
            words = form.compact(arrivals) if arrivals else "·"
            is_now = (day, hour) == (now.weekday(), now.hour)
            row.append((f"{words:>{NUMBER}}", _style(is_now, arrivals > 0, look)))
        rows.append(row)
    return rows


def _name(channel: Channel) -> str:
    return form.CHANNEL_NAMES[channel]


def _ruler(name: str, cell: int, now: datetime, look: Callable[[str], Style]) -> Pieces:
    signs = [" "] * (24 * cell)
    for hour in (0, 6, 12, 18):
        signs[hour * cell : hour * cell + len(str(hour))] = str(hour)
    signs[now.hour * cell] = "▼" if _has_blocks() else "v"
    return [(form.fit(f" {name}", LABEL), look("strong")), ("".join(signs), look("quiet"))]


def _label(day: int, now: datetime) -> str:
    return f"{'▸' if day == now.weekday() else ' '}{DAYS[day]}".ljust(LABEL)


def _style(is_now: bool, is_open: bool, look: Callable[[str], Style]) -> Style:
    return look("accent") if is_now else look("plain") if is_open else look("quiet")


def _has_blocks() -> bool:
    return form.glyph(Channel.PHONE) != form.LETTERS[Channel.PHONE]


def _bar(arrivals: int, most: int) -> str:
    if not arrivals:
        return "·" if _has_blocks() else "."
    signs = BLOCKS if _has_blocks() else DIGITS
    return signs[min(len(signs) - 1, arrivals * len(signs) // (most + 1))]


def _openness(share: float) -> str:
    full, part, none = OPENNESS if _has_blocks() else PLAIN_OPENNESS
    return full if share > 0.75 else part if share > 0 else none


def _open_hours(shown: Overview, channel: Channel, now: datetime) -> list[list[float]]:
    """The share of each hour of this week in which a channel is open."""
    plan = shown.plans.get(channel)
    if plan is None:
        return [[1.0] * 24 for _ in range(7)]
    monday = now.date() - timedelta(days=now.weekday())
    days = [monday + timedelta(days=number) for number in range(7)]
    return [[open_share(plan.hours, day, hour, shown.picture.zone) for hour in range(24)] for day in days]
