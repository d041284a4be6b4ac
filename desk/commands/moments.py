"""Moments and days as people type them on the command line."""

from __future__ import annotations

from datetime import date, datetime

import click


def read_moment(text: str, example: str = "2026-12-25T09:00+07:00") -> datetime:
    """A moment with its offset, of any year. Raises `click.UsageError` with an example of what to write."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no moment; write {example}.") from error
    if moment.tzinfo is None:
        raise click.UsageError(f"{text!r} has no offset; write {example}.")
    return moment


def near(moment: datetime, text: str) -> datetime:
    """The moment, in the years for which hours are known. Raises `click.UsageError`, naming what was typed."""
    near_day(moment.date(), text)
    return moment


def read_day(text: str) -> date:
    """A date in the years for which hours are known. Raises `click.UsageError`."""
    try:
        return near_day(date.fromisoformat(text), text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no date; write 2026-12-25.") from error


def near_day(day: date, text: str) -> date:
    """The date, in the years for which hours are known. Raises `click.UsageError`, naming what was typed."""
    from desk.rules.hours.moments import FIRST_YEAR, LAST_YEAR

    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    raise click.UsageError(f"{text!r} is too far away; give a time in the years {FIRST_YEAR} to {LAST_YEAR}.")
