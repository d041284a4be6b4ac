"""Asking for the hours of a date or of a weekday, as text: prefilled with what they are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from desk import services
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.form import FormDialog, Line

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

ABOUT = "09:00-12:00, 13:00-17:00; 22:00-06:00 runs into the next day; nothing means closed all day (^u empties)"


async def ask_day(app: DeskApp, day: date, name: str, hours: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """The name and the hours that a date is to have; None when the agent left the dialog."""
    lines = [Line("name", name, named), _line(hours)]
    answer = await ask(app, FormDialog(f"hours of {day:%a} {day.day} {day:%b %Y}", lines, about=ABOUT))
    return None if answer is None else (answer["name"], services.hour_edits.hours_in(answer["hours"]))


async def ask_weekday(app: DeskApp, day: date, hours: tuple[str, ...]) -> tuple[str, ...] | None:
    """The hours that a date's weekday is to have every week; None when the agent left the dialog."""
    answer = await ask(app, FormDialog(f"hours of every {day:%A}", [_line(hours)], about=ABOUT))
    return None if answer is None else services.hour_edits.hours_in(answer["hours"])


def named(text: str) -> str:
    """What is wrong with a reason or a name, or nothing."""
    return "" if text.strip() else "Say it in a few words: agents read that, and customers may."


def _line(hours: tuple[str, ...]) -> Line:
    return Line("hours", services.hour_edits.as_text(hours), services.hour_edits.hours_problem, "closed all day")
