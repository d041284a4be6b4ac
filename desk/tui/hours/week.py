"""The week as a picture: a line a day, a cell an hour, by the service's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from textual.strip import Strip

from desk.rules.hours.wall_hours import open_share
from desk.tui import format as form
from desk.tui import safety
from desk.tui.lines import Lines
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from rich.style import Style

    from desk.rules.hours import HoursPlan
    from desk.services.hour_edits import Calendar
    from desk.tui.app import DeskApp

LABEL, HOURS, DAYS = 11, 24, 7
WIDEST_CELL = 6
TOP = 4
"""Lines above the first day."""


class Week(Lines, can_focus=True):
    """The picture, the marked hour, what is painted and not applied, and what explains them."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="hours")
        self.calendar: Calendar | None = None
        self.plan: HoursPlan | None = None
        """With what is painted."""
        self.monday: date | None = None
        self.day, self.hour = 0, 9
        self.said = ""
        self._open: list[list[float]] = []
        self._was: list[list[float]] = []

    def show(self, calendar: Calendar, plan: HoursPlan, *, monday: date | None = None) -> None:
        """This calendar, as it would be with `plan`."""
        self.calendar, self.plan = calendar, plan
        if monday is not None:
            self.monday = monday
        if self.monday is None:
            today = self.app.gateway.now().astimezone(plan.zone).date()
            self.monday = today - timedelta(days=today.weekday())
            self.day, self.hour = today.weekday(), self.app.gateway.now().astimezone(plan.zone).hour
        self._was, self._open = self._shares(calendar.plan), self._shares(plan)
        self.refresh()

    @property
    def marked(self) -> date:
        """The marked date."""
        return (self.monday or date.min) + timedelta(days=self.day)

    @property
    def is_open(self) -> bool:
        """Whether any of the marked hour is open, as painted."""
        return bool(self._open) and self._open[self.day][self.hour] > 0

    def mark(self, days: int, hours: int) -> None:
        """Move the mark."""
        self.day = max(0, min(self.day + days, DAYS - 1))
        self.hour = max(0, min(self.hour + hours, HOURS - 1))
        self.refresh()

    def _shares(self, plan: HoursPlan) -> list[list[float]]:
        """How much of each hour is open, 0 to 1."""
        days = [(self.monday or date.min) + timedelta(days=number) for number in range(DAYS)]
        return [[open_share(plan.hours, day, hour, plan.zone) for hour in range(HOURS)] for day in days]

    def line(self, y: int) -> Strip:
        """The head, the hours above, the days, and below what explains them."""
        width, plain = self.size.width, self.look("plain")
        if self.plan is None or self.calendar is None or self.monday is None:
            return strip([("" if y else " hours …", self.look("quiet"))], width, plain)
        if y == 0:
            return self._head(self.calendar.plan, width)
        if y == 1:
            return strip([("─" * width, self.look("rule"))], width, plain)
        if y == TOP - 1:
            size = self._cell(width)
            cells = [(f"{hour:02}".ljust(size)[:size], self.look(self._over(hour))) for hour in range(HOURS)]
            return strip([(" " * LABEL, plain), *cells], width, plain)
        if TOP <= y < TOP + DAYS:
            return self._day(self.plan, y - TOP, width)
        below = self._below(self.plan)
        place = y - TOP - DAYS - 1
        return strip([below[place]] if 0 <= place < len(below) else [], width, plain)

    def _head(self, plan: HoursPlan, width: int) -> Strip:
        """How it stands by the hours in force, whatever is painted."""
        standing = plan.standing(self.app.gateway.now())
        state = "open" if standing.is_open else "closed"
        until = form.coming(standing.until, plan.zone) if standing.until else "further notice"
        right = [(f"{state} until {until} ", self.look("quiet"))]
        title = f" hours · {safety.line(plan.title)} · {plan.zone.key}"
        return two_ends([(title, self.look("strong"))], right, width, self.look("plain"))

    def _over(self, hour: int) -> str:
        return "accent" if hour == self.hour else "quiet"

    def _cell(self, width: int) -> int:
        return max(2, min(WIDEST_CELL, (width - LABEL - 20) // HOURS))

    def _day(self, plan: HoursPlan, number: int, width: int) -> Strip:
        day = (self.monday or date.min) + timedelta(days=number)
        size, now = self._cell(width), self.app.gateway.now().astimezone(plan.zone)
        label = form.fit(f" {day:%a} {day.day} {day:%b}", LABEL)
        pieces: list[tuple[str, Style]] = [(label, self.look("strong" if day == now.date() else "plain"))]
        for hour in range(HOURS):
            is_now = day == now.date() and hour == now.hour
            pieces.append(self._hour(plan, day, hour, (number, hour), size, is_now=is_now))
        pieces.append((f" {safety.line(plan.day(day).name)}", self.look("quiet")))
        return strip(pieces, width, self.look("plain"))

    def _hour(
        self, plan: HoursPlan, day: date, hour: int, at: tuple[int, int], size: int, *, is_now: bool
    ) -> tuple[str, Style]:
        share, was = self._open[at[0]][at[1]], self._was[at[0]][at[1]]
        look = "plain"
        if share != was:
            sign, look = "+" if share > was else "-", "accent"
        elif share == 0:
            sign, look = ("x" if self._is_closure(plan, day, hour) else "·"), "quiet"
        else:
            sign = "█" if share == 1 else "▄"
        text = sign * size
        if is_now:
            text = "◆" + text[1:]
        if at == (self.day, self.hour):
            text, look = f"[{text[1:-1]}]" if size > 2 else ("[◆" if is_now else "[]"), "accent"
        return text, self.look(look)

    def _is_closure(self, plan: HoursPlan, day: date, hour: int) -> bool:
        start = datetime.combine(day, time(hour), plan.zone)
        return any(each.starts_at < start + timedelta(hours=1) and start < each.ends_at for each in plan.closures)

    def _below(self, plan: HoursPlan) -> list[tuple[str, Style]]:
        quiet, now = self.look("quiet"), self.app.gateway.now()
        marked = plan.day(self.marked)
        hours = ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in marked.intervals) or "closed"
        name = f" · {safety.line(marked.name)}" if marked.name else ""
        state = "open" if self.is_open else "closed"
        said = (
            f" {self.marked:%a} {self.marked.day} {self.marked:%b} {self.hour:02}:00 {state} · that day {hours}{name}"
        )
        rows = [(said, self.look("plain"))]
        rows += [
            (f" x closed until {form.coming(each.ends_at, plan.zone)}: {safety.line(each.reason)}", self.look("soon"))
            for each in plan.closures
            if each.ends_at > now
        ][:3]
        rows.append((" █ open ▄ partly · closed x on the spot ◆ now + - painted, not applied", quiet))
        return [*rows, (f" {self.said}", self.look("accent"))] if self.said else rows
