"""Editing one calendar: what a change would move is shown first, and nobody's change is written over unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Select, func, or_, select

from db.kinds import Channel, EventKind, Language, PromiseState
from db.models import Callback, Case, CasePromise, HoursCalendar
from db.models.case import in_queue
from db.rows import AgentRow
from desk.rules.hours import CalendarError, HoursPlan
from desk.rules.permissions import Permission, require
from desk.rules.routing import COMMON
from desk.rules.slots import first_free, is_within
from desk.services.clock_keeping import measured
from desk.services.desk import Desk
from desk.services.hour_files import HoursFile, as_data, from_data, plan_of
from desk.services.hour_text import (
    as_text,
    as_toml,
    days_changed,
    hours_in,
    hours_of,
    hours_problem,
    with_day,
    with_hour,
    with_weekday,
    written,
)
from desk.services.hours import HoursError, Whose, closing_problem, keep_callbacks, keys_of, plan_in, plans_of, put
from desk.services.sla_runs import ask_for_run
from desk.services.sla_terms import terms_of

__all__ = [
    "Calendar", "HoursChangedError", "Preview", "as_text", "as_toml", "calendar", "change", "days_changed",
    "edited_plan", "hours_in", "hours_of", "hours_problem", "preview", "preview_closing", "with_day", "with_hour",
    "with_weekday", "written",
]  # fmt: skip

MOST_LOOKED_AT = 1000
"""Cases of which a preview says whether they move: the most urgent ones."""

NAMED = 3
"""Cases that a line of a preview names."""


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
    """What a change of hours moves, each by the cases concerned, the most urgent first.

    `has_more` says that there are cases in the queue that were not looked at.
    """

    moved: tuple[int, ...]
    """Those that become due at another moment."""
    late: tuple[int, ...]
    """Those that are late the moment it is applied: hours count for the time that has passed as well."""
    promised: tuple[int, ...]
    """Those whose customers were promised an answer, for which less time of service is left."""
    slots: tuple[tuple[int, datetime], ...]
    """The case and the start of each slot of a call-back that no longer lies within the hours."""
    slots_end: bool = False
    """Whether there is no slot into which they could move."""
    has_more: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What it comes to, a sentence a line; what is none is left out, but for due moments."""
        more = "at least " if self.has_more else ""
        found = [f"{_count(self.late, 'case is', 'cases are')} late at once{_some(self.late)}"] if self.late else []
        found.append(f"{more}{_count(self.moved, 'due moment moves', 'due moments move')}{_some(self.moved)}")
        if self.promised:
            found.append(f"{_count(self.promised, 'promise has', 'promises have')} less time{_some(self.promised)}")
        if self.slots and self.slots_end:
            found.append(
                f"{_count(self.slots, 'call-back ends', 'call-backs end')}: no slot is left; somebody has to write"
            )
        elif self.slots:
            found.append(f"{_count(self.slots, 'call-back moves', 'call-backs move')}, and the customers are told")
        return tuple(found)


def _count(found: Sequence[object], one: str, many: str) -> str:
    return f"{len(found):,} {one if len(found) == 1 else many}"


def _some(cases: Sequence[int]) -> str:
    named = ", ".join(f"#{each}" for each in cases[:NAMED])
    return f" ({named}{'…' if len(cases) > NAMED else ''})" if named else ""


def calendar(desk: Desk, me: AgentRow, whose: Whose, language: Language = Language.OTHER) -> Calendar:
    """The calendar of a channel, or of a queue with hours of its own, for a language. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return _calendar(connection, whose, language, desk.clock())


def edited_plan(known: Calendar, file: HoursFile, now: datetime) -> HoursPlan:
    """The plan of a changed file, with the closures in force. Raises `HoursError`."""
    try:
        return plan_of(known.key, file, now.year).with_closures(known.plan.closures)
    except CalendarError as error:
        raise HoursError(f"These hours cannot be used: {error}.") from error


def preview(desk: Desk, me: AgentRow, whose: Whose, file: HoursFile, language: Language = Language.OTHER) -> Preview:
    """What `change` of the calendar that `calendar` gives would move; nothing is changed. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        known = _calendar(connection, whose, language, now)
        return _previewed(connection, desk, {known.key: edited_plan(known, file, now)}, now)


def preview_closing(desk: Desk, me: AgentRow, whose: Whose, until: datetime) -> Preview:
    """What closing a channel or a queue on the spot until a moment (aware) would move. Raises `HoursError`."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    if problem := closing_problem(until, now):
        raise HoursError(problem)
    with desk.database.read() as connection:
        plans = plans_of(connection, now)
        keys, every = keys_of(plans, whose), (*plans.values(), *plans.staffed.values(), *plans.queues.values())
        after = {plan.key: plan.closed_on_the_spot(now, until, "") for plan in every if plan.key in keys}
        return _previewed(connection, desk, after, now)


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


def _calendar(connection: Connection, whose: Whose, language: Language, now: datetime) -> Calendar:
    plan = plan_in(plans_of(connection, now), whose, language)
    row = connection.execute(
        select(HoursCalendar.version, HoursCalendar.data).where(HoursCalendar.key == plan.key)
    ).one()
    return Calendar(plan.key, row.version, from_data(row.data), plan)


def _previewed(connection: Connection, desk: Desk, after: Mapping[str, HoursPlan], now: datetime) -> Preview:
    """What moves when the calendars with these keys get these plans."""
    plans = plans_of(connection, now)
    channels = {each for each, plan in plans.items() if plan.key in after}
    channels |= {each for (each, _), plan in plans.staffed.items() if plan.key in after}
    queues = [queue or COMMON for (queue, _), plan in plans.queues.items() if plan.key in after]
    query = (
        select(Case.id, Case.channel, Case.language, Case.queue)
        .where(in_queue(), or_(Case.channel.in_(channels), func.coalesce(Case.queue, COMMON).in_(queues)))
        .where(Case.due_at > now)
        .order_by(Case.due_at, Case.priority, Case.id)
        .limit(MOST_LOOKED_AT + 1)
    )
    rows = connection.execute(query).all()
    of = {row.id: plans.of_case(row.channel, row.language, row.queue) for row in rows[:MOST_LOOKED_AT]}
    mine = {case_id: plan for case_id, plan in of.items() if plan is not None and plan.key in after}
    terms = terms_of(connection, now)
    changed = replace(terms, plans=terms.plans.each(lambda plan: after.get(plan.key, plan)))
    stands, due = (
        {each.case.id: each.due_at for each in measured(connection, list(mine), by)} for by in (terms, changed)
    )
    moved = [each for each in mine if due[each] != stands[each]]
    late = [each for each in moved if (moment := due[each]) is not None and moment <= now]
    promised = [
        case_id
        for case_id, until in connection.execute(_promises_of(list(mine), now))
        if after[mine[case_id].key].hours.elapsed(now, until) < mine[case_id].hours.elapsed(now, until)
    ]
    phone = after.get(plans[Channel.PHONE].key) if Channel.PHONE in plans else None
    slots, ends = _slots(connection, desk, phone, now) if phone is not None else ((), False)
    return Preview(
        tuple(moved), tuple(late), tuple(promised), slots, slots_end=ends, has_more=len(rows) > MOST_LOOKED_AT
    )


def _slots(
    connection: Connection, desk: Desk, phone: HoursPlan, now: datetime
) -> tuple[tuple[tuple[int, datetime], ...], bool]:
    """The call-backs whose slots do not lie within these hours, and whether there is no slot at all for them."""
    booked = select(Callback.case_id, Callback.slot_start, Callback.slot_end).where(
        Callback.place.is_not(None), Callback.slot_end > now
    )
    found = tuple(
        (case_id, start)
        for case_id, start, end in connection.execute(booked.order_by(Callback.slot_start))
        if not is_within(phone.hours, (start, end))
    )
    return found, first_free(phone.hours, now, desk.settings.phone.slot_minutes, lambda _start: set(), 1) is None


def _promises_of(case_ids: Sequence[int], now: datetime) -> Select[int, datetime]:
    """Until when the customers of these cases were told that a human answers, where that is still to come."""
    return (
        select(CasePromise.case_id, CasePromise.until)
        .where(CasePromise.state == PromiseState.OPEN, CasePromise.until > now, CasePromise.case_id.in_(case_ids))
        .order_by(CasePromise.until, CasePromise.id)
    )
