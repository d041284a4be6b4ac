"""How a channel stands, in words of few cells."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from desk.rules.channel_load import Load
from desk.tui import format as form

if TYPE_CHECKING:
    from desk.services.figures import ChannelNow

STYLES = {Load.CLOSED: "quiet", Load.OPEN: "plain", Load.BUSY: "soon"}


def stands(now: ChannelNow, at: datetime, zone: tzinfo | None = None) -> str:
    """`open→21:00`, `closed→Thu 08:00`: what it is and when that changes, in a zone or in local time."""
    until = now.standing.until if now.standing is not None else None
    if until is None:
        return now.load.value
    local = until.astimezone(zone)
    day = "" if until - at < timedelta(days=1) else f"{local:%a} " if until - at < timedelta(days=6) else ""
    words = f"{local:%H:%M}" if until - at < timedelta(days=6) else form.date(until, zone)
    return f"{now.load.value}→{day}{words}"


def oldest(now: ChannelNow, at: datetime) -> str:
    """How long ago the oldest case that waits was opened; empty when none waits."""
    return "" if now.oldest_at is None else form.span(at - now.oldest_at)


def length(seconds: float | None) -> str:
    """A length of time as `45 s`, `12 m`, `3:10`, `2 d`; `–` for none."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} m" if seconds < 3600 else form.span(timedelta(seconds=seconds))
