"""Promises to answer at a time at which nobody works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from desk.rules.hours import HoursPlan
from desk.rules.quality.written import Finding, Written

_WE = re.compile(
    r"\b(?:kami|saya)\b[^.!?\n]{0,60}\b(?:kabari|hubungi|menghubungi|balas|membalas|jawab|menjawab|telepon|menelepon|"
    r"informasikan|"
    r"update|selesaikan|kembali)\b"
    r"|\b(?:i|we)(?:'ll| will| shall| are going to| can)\b[^.!?\n]{0,60}\b(?:reply|answer|get back|call|contact|update|"
    r"write|"
    r"inform|let you know|respond|solve|be in touch)\b"
    r"|我(?:们|會|会)?(?:会|将|們)?[^。！？\n]{0,30}(?:回复|答复|联系|致电|告知|通知|处理完|解决)",
    re.IGNORECASE,
)
_TODAY = re.compile(r"\b(?:hari ini|today|by (?:the )?end of (?:the )?day)\b|今天|今日", re.IGNORECASE)
_TONIGHT = re.compile(r"\b(?:malam ini|nanti malam|tonight|this evening)\b|今晚", re.IGNORECASE)
_TOMORROW = re.compile(r"\b(?:besok|tomorrow)\b|明天|明日", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:dalam|within|in)\s+(?:the next\s+)?(?P<n>\d{1,3})\s*(?P<unit>menit|minutes?|jam|hours?)\b"
    r"|(?P<zn>\d{1,3})\s*个?(?P<zunit>分钟|小时)(?:之?内|后)",
    re.IGNORECASE,
)
_AT = re.compile(
    r"\b(?:pukul|jam|at|by|before|sebelum)\s+(?P<hour>\d{1,2})(?:[.:](?P<minute>\d{2}))?\s*(?P<half>am|pm|pagi|siang|sore|malam)?\b"
    r"(?!\s*(?:kerja|hours?|menit|%))|(?P<zhalf>上午|下午|晚上)?(?P<zhour>\d{1,2})[点點:：](?P<zminute>\d{2})?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:\.\d[^.!?。！？\n]*)*[.!?。！？]?")
LATE = time(23, 59)


def empty_promises(written: Written) -> Iterator[Finding]:
    """Each sentence in which we say that we answer by a moment, when nobody works from now until then, or just then."""
    plan = written.plan
    if plan is None:
        return
    for sentence in _SENTENCE.finditer(written.own):
        if not _WE.search(sentence[0]):
            continue
        found = _moment(sentence[0], written.now, plan)
        if found is None:
            continue
        moment, is_exact = found
        if moment <= written.now:
            continue
        nobody = plan.hours.elapsed(written.now, moment) == 0
        if nobody or (is_exact and not _works(plan, moment)):
            opens = plan.hours.next_open(moment if not nobody else written.now)
            when = f"; it opens {opens.astimezone(plan.zone):%a %H:%M}" if opens is not None else ""
            words = " ".join(sentence[0].split())
            yield Finding("promise", f"nobody works then{when}: “{words[:50]}”", sentence.start(), sentence.end())


def _works(plan: HoursPlan, moment: datetime) -> bool:
    """Whether it is open at a moment, or just before it: `until 21:00` is kept at 20:59."""
    return plan.hours.is_open(moment) or plan.hours.is_open(moment - timedelta(minutes=1))


def _moment(sentence: str, now: datetime, plan: HoursPlan) -> tuple[datetime, bool] | None:
    """By when a sentence says, and whether it names the very time; None where it names no time."""
    if match := _WITHIN.search(sentence):
        amount = int(match["n"] or match["zn"])
        minutes = (match["unit"] or match["zunit"]).lower().startswith(("menit", "minute", "分"))
        return now + (timedelta(minutes=amount) if minutes else timedelta(hours=amount)), False
    local = now.astimezone(plan.zone)
    day = local.date() + timedelta(days=1) if _TOMORROW.search(sentence) else local.date()
    at = _time(sentence)
    if at is not None:
        moment = datetime.combine(day, at, plan.zone)
        return (moment, True) if moment > now or _TODAY.search(sentence) else None
    if _TOMORROW.search(sentence):
        return (datetime.combine(day, LATE, plan.zone), True) if not _opens_on(plan, day, now) else None
    if _TODAY.search(sentence) or _TONIGHT.search(sentence):
        return datetime.combine(day, LATE, plan.zone), False
    return None


def _opens_on(plan: HoursPlan, day: object, now: datetime) -> bool:
    opens = plan.hours.next_open(now.astimezone(plan.zone).replace(hour=0, minute=0, second=0) + timedelta(days=1))
    return opens is not None and opens.astimezone(plan.zone).date() == day


def _time(sentence: str) -> time | None:
    match = _AT.search(sentence)
    if match is None:
        return None
    hour, minute = int(match["hour"] or match["zhour"]), int(match["minute"] or match["zminute"] or 0)
    half = (match["half"] or match["zhalf"] or "").lower()
    if half in {"pm", "sore", "malam", "下午", "晚上"} and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
