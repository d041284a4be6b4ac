"""Editing one calendar: what a change would move is shown first, and nobody's change is written over unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from db.kinds import Channel, EventKind
from db.models import Callback, Case, HoursCalendar
from db.models.case import in_queue
from db.rows import AgentRow
from desk.rules.hours import CalendarError, Closure, HoursPlan
from desk.rules.hours.moving import moves
from desk.rules.permissions import Permission, require
from desk.rules.routing import COMMON
from desk.rules.slots import is_within
from desk.services.desk import Desk
from desk.services.hour_files import HoursFile, as_data, from_data, plan_of
from desk.services.hour_text import (
    as_text,
    as_toml,
    hours_in,
    hours_of,
    hours_problem,
    with_day,
    with_hour,
    with_weekday,
    written,
)
from desk.services.hours import HoursError, keep_callbacks, plans_of, put
from desk.services.sla_runs import ask_for_run

__all__ = [
    "Calendar", "HoursChangedError", "Preview", "as_text", "as_toml", "calendar", "change", "edited_plan", "hours_in",
    "hours_of", "hours_problem", "preview", "preview_closing", "with_day", "with_hour", "with_weekday", "written",
]  # fmt: skip

MOST_LOOKED_AT = 2000
"""Cases of which a preview says whether they move: the most urgent ones."""


class HoursChangedError(HoursError):
    """Somebody else changed the calendar since it was read."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Somebody changed the hours of {key} meanwhile. Look at theirs, then make your change again.")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar in force: its file, the version that was read, and its plan with closures."""

    key: str
    version: int
    file: HoursFile
    plan: HoursPlan


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of hours moves: due moments of cases in the queue, and slots of call-backs by case.

    `has_more` says that there are cases in the queue that were not looked at.
    """

    cases: int
    first_cases: tuple[int, ...]
    slots: tuple[tuple[int, datetime], ...]
    """The case and the start of each slot that no longer lies within the hours."""
    has_more: bool = False

    @property
    def words(self) -> str:
        """One sentence."""
        more = "at least " if self.has_more else ""
        named = f" ({', '.join(f'#{each}' for each in self.first_cases)}…)" if self.first_cases else ""
        return f"{more}{self.cases} due moments move{named}; {len(self.slots)} call-backs move"


def calendar(desk: Desk, me: AgentRow, channel: Channel) -> Calendar:
    """The calendar of a channel. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return _calendar(connection, channel, desk.clock())


def edited_plan(known: Calendar, file: HoursFile, now: datetime) -> HoursPlan:
    """The plan of a changed file, with the closures in force. Raises `HoursError`."""
    try:
        return plan_of(known.key, file, now.year).with_closures(known.plan.closures)
    except CalendarError as error:
        raise HoursError(f"These hours cannot be used: {error}.") from error


def preview(desk: Desk, me: AgentRow, channel: Channel, file: HoursFile) -> Preview:
    """What `change` would move; nothing is changed. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        known = _calendar(connection, channel, now)
        return _previewed(connection, known.plan, edited_plan(known, file, now), now)


def preview_closing(desk: Desk, me: AgentRow, channel: Channel, until: datetime) -> Preview:
    """What closing a channel on the spot until a moment (aware) would move. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        known = _calendar(connection, channel, now)
        after = known.plan.with_closures([*known.plan.closures, Closure(now, max(until, now), "")])
        return _previewed(connection, known.plan, after, now)


def change(desk: Desk, me: AgentRow, key: str, version: int, file: HoursFile) -> int:
    """Make a file the hours of its calendar, of which `version` was read; its version then.

    Call-backs that lie in closed hours then are moved. Raises `NotAllowedError`, `HoursChangedError` when somebody
    else was faster, `HoursError`; nothing is changed then.
    """
    require(me, Permission.MANAGE_HOURS)
    with desk.database.write() as unit:
        known = unit.session.get(HoursCalendar, key, with_for_update=True)
        if known is None or known.version != version:
            raise HoursChangedError(key)
        try:
            plan_of(key, file, unit.now.year)
        except CalendarError as error:
            raise HoursError(f"These hours cannot be used: {error}.") from error
        before, after = known.data, as_data(file)
        if before == after:
            return version
        put(unit, key, file)
        unit.record(EventKind.HOURS_CHANGED, agent_id=me.id, calendar=key, before=before, after=after)
        keep_callbacks(desk, unit, me, "the hours were changed")
        ask_for_run(unit, "hours were changed")
        return version + 1


def _calendar(connection: Connection, channel: Channel, now: datetime) -> Calendar:
    plan = plans_of(connection, now).get(channel)
    if plan is None:
        raise HoursError(
            f"Nothing says when {channel} is open. Name it in a file's `channels`, then: desk hours apply."
        )
    row = connection.execute(
        select(HoursCalendar.version, HoursCalendar.data).where(HoursCalendar.key == plan.key)
    ).one()
    return Calendar(plan.key, row.version, from_data(row.data), plan)


def _previewed(connection: Connection, before: HoursPlan, after: HoursPlan, now: datetime) -> Preview:
    plans = plans_of(connection, now)
    channels = [each for each, plan in plans.items() if plan.key == before.key]
    queues = [queue or COMMON for (queue, _), plan in plans.queues.items() if plan.key == before.key]
    query = (
        select(Case.id, Case.due_at, Case.channel, Case.language, Case.queue)
        .where(in_queue(), or_(Case.channel.in_(channels), func.coalesce(Case.queue, COMMON).in_(queues)))
        .where(Case.due_at > now)
        .order_by(Case.due_at, Case.priority, Case.id)
        .limit(MOST_LOOKED_AT + 1)
    )
    rows = connection.execute(query).all()
    moved = []
    for row in rows[:MOST_LOOKED_AT]:
        plan = plans.of_case(row.channel, row.language, row.queue)
        if plan is not None and plan.key == before.key and moves(before.hours, after.hours, now, row.due_at):
            moved.append(row.id)
    slots: list[tuple[int, datetime]] = []
    if Channel.PHONE in channels:
        booked = select(Callback.case_id, Callback.slot_start, Callback.slot_end).where(
            Callback.place.is_not(None), Callback.slot_end > now
        )
        slots = [
            (case_id, start)
            for case_id, start, end in connection.execute(booked.order_by(Callback.slot_start))
            if not is_within(after.hours, (start, end))
        ]
    return Preview(len(moved), tuple(moved[:3]), tuple(slots), has_more=len(rows) > MOST_LOOKED_AT)
