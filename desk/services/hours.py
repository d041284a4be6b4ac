"""Service hours in force: which channel is open, what would change, and closing one on the spot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby, product
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from db.kinds import Channel, EventKind, Language
from db.models import HoursCalendar, HoursClosure, WorkQueue
from db.queries import routing as queries
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.hours import LONGEST_CLOSURE, Closure, HoursPlan, Standing
from desk.rules.permissions import Permission, require
from desk.rules.routing import COMMON, named
from desk.rules.staffed import Staffed
from desk.rules.text import clean_line, is_blank
from desk.services.desk import Desk
from desk.services.hour_files import HoursFile, as_data, from_data, plan_of
from desk.services.seed_files import SeedError, none_such
from desk.services.sla_runs import ask_for_run

Whose = Channel | str
"""A channel, or a queue by its key."""


class HoursError(Exception):
    """Hours cannot be shown or changed as asked; the message says what would do."""


@dataclass(frozen=True, slots=True)
class HoursChange:
    """What applying files does to one calendar: before and after as plain data, None where there is none.

    One without an after is removed.
    """

    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A calendar in force that no file names; `needed_by` is who goes by it and has no other, or empty."""

    key: str
    needed_by: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a calendar holds: on a channel or in a queue, for one language alone or (`OTHER`) for every one."""

    whose: Whose
    language: Language
    key: str
    """The calendar's."""


def places(desk: Desk, me: AgentRow) -> tuple[Place, ...]:
    """Every channel that has hours; then each other calendar once, where it holds first: a language's, or a queue's."""
    known = plans(desk, me)
    found = [Place(channel, Language.OTHER, known[channel].key) for channel in Channel if channel in known]
    others = [Place(channel, language, plan.key) for (channel, language), plan in known.staffed.items()]
    others += [
        Place(queue or COMMON, language or Language.OTHER, plan.key) for (queue, language), plan in known.queues.items()
    ]
    for each in others:
        if each.key not in {place.key for place in found}:
            found.append(each)
    return tuple(found)


def plans(desk: Desk, me: AgentRow) -> Staffed[HoursPlan]:
    """The hours of each channel that has any, with today's holidays and closures; of staffing languages and queues."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return plans_of(connection, desk.clock())


def plans_of(connection: Connection, now: datetime) -> Staffed[HoursPlan]:
    """As `plans`, on a connection."""
    found: Staffed[HoursPlan] = Staffed()
    chosen: dict[tuple[str | None, Language | None], HoursPlan] = {}
    for file, plan, queues in _calendars(connection, now):
        if file.languages:
            found.staffed |= dict.fromkeys(product(file.channels, file.languages), plan)
        else:
            found |= dict.fromkeys(file.channels, plan)
        found.queues |= dict.fromkeys(product(map(named, file.queues), file.languages or (None,)), plan)
        chosen |= {(named(queue), None): plan for queue in queues}
    found.queues |= chosen
    return found


def _calendars(connection: Connection, now: datetime) -> Iterator[tuple[HoursFile, HoursPlan, list[str]]]:
    """Every calendar: its file, its plan with closures around `now`, and the queues that chose it.

    One statement asks for calendars and queues: every unit of work that touches a case asks for them.
    """
    closures: dict[str, list[Closure]] = {}
    query = select(
        HoursClosure.calendar_key, HoursClosure.starts_at, HoursClosure.ends_at, HoursClosure.lifted_at,
        HoursClosure.reason,
    )  # fmt: skip
    for key, starts_at, ends_at, lifted_at, reason in connection.execute(query.order_by(HoursClosure.id)):
        end = min(ends_at, lifted_at) if lifted_at else ends_at
        if end > starts_at:
            closures.setdefault(key, []).append(Closure(starts_at, end, reason))
    calendars = select(HoursCalendar.key, HoursCalendar.data, WorkQueue.key.label("queue"))
    calendars = calendars.outerjoin(WorkQueue, WorkQueue.calendar == HoursCalendar.key).order_by(HoursCalendar.key)
    for key, rows in groupby(connection.execute(calendars), lambda row: row.key):
        of = list(rows)
        file, plan = _known(key, msgspec.json.encode(of[0].data), now.year)
        plan = plan.with_closures(closures[key]) if key in closures else plan
        yield file, plan, [row.queue for row in of if row.queue is not None]


@lru_cache(maxsize=64)
def _known(key: str, data: bytes, year: int) -> tuple[HoursFile, HoursPlan]:
    """The file and the plan of a calendar; making one takes a millisecond, and some ask with every answer."""
    file = from_data(msgspec.json.decode(data))
    return file, plan_of(key, file, year)


def check(
    desk: Desk, me: AgentRow, whose: Whose, at: datetime | None = None, language: Language = Language.OTHER
) -> tuple[HoursPlan, Standing]:
    """How a channel, or a queue with hours of its own, stands at a moment (aware; now by default), with its plan.

    Either may be staffed for a language at other hours; for every other language it has its own. Raises `HoursError`.
    """
    plan = plan_in(plans(desk, me), whose, language)
    return plan, plan.standing(at or desk.clock())


def plan_in(known: Staffed[HoursPlan], whose: Whose, language: Language = Language.OTHER) -> HoursPlan:
    """The hours of a channel or a queue among those known. Raises `HoursError`."""
    if isinstance(whose, Channel):
        plan = known.of(whose, language)
    else:
        staffed = (plan for (queue, _), plan in known.queues.items() if queue == named(whose))
        plan = known.of_queue(named(whose), language) or next(staffed, None)
    if plan is not None:
        return plan
    if isinstance(whose, Channel):
        raise HoursError(f"Nothing says when {whose} is open. Name it in a file's `channels`, then: desk hours apply.")
    raise HoursError(
        f"No queue {whose!r} has hours of its own: its cases go by those of their channels. `desk route queues` lists "
        "the queues; a file of hours names one in its `queues`."
    )


def changes(
    desk: Desk, me: AgentRow, files: Mapping[str, HoursFile], *, prune: bool = False
) -> tuple[HoursChange, ...]:
    """What `apply` would change; nothing is changed. Raises `SeedError` and `HoursError` as `apply` does."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        _check_queues(connection, files)
        return _compared(connection, files, desk.clock(), prune=prune)


def unnamed(desk: Desk, me: AgentRow, files: Mapping[str, HoursFile]) -> tuple[Unnamed, ...]:
    """The calendars in force that none of the files is: `apply` leaves them there unless it is to prune."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return _unnamed(connection, _in_force(connection), files)


def apply(desk: Desk, me: AgentRow, files: Mapping[str, HoursFile], *, prune: bool = False) -> tuple[HoursChange, ...]:
    """Bring the calendars in line with files; what no file names stays, or (`prune`) is removed. What was changed.

    Raises `NotAllowedError`, `SeedError` for a queue that is not there, and `HoursError` where a channel or a queue
    would be without hours; nothing is changed then.
    """
    require(me, Permission.MANAGE_HOURS)
    with desk.database.write() as unit:
        _check_queues(unit.connection, files)
        unit.session.scalars(select(HoursCalendar.key).with_for_update()).all()
        done = _compared(unit.connection, files, unit.now, prune=prune)
        for each in done:
            if each.after is None:
                _remove(unit, each.key)
            else:
                put(unit, each.key, files[each.key])
            unit.record(
                EventKind.HOURS_CHANGED, agent_id=me.id, calendar=each.key, before=each.before, after=each.after
            )
        if done:
            keep_callbacks(desk, unit, me, "the hours were changed")
            ask_for_run(unit, "hours were changed")
        return done


def put(unit: UnitOfWork, key: str, file: HoursFile) -> None:
    """Make a file the calendar of its key, inside a unit of work."""
    known = unit.session.get(HoursCalendar, key)
    version = known.version + 1 if known is not None else 1
    unit.session.merge(HoursCalendar(key=key, data=as_data(file), updated_at=unit.now, version=version))


def closing_problem(until: datetime, now: datetime) -> str:
    """Why something cannot be closed on the spot from now until a moment (both aware), and what to do; else nothing."""
    if until <= now:
        return "That moment has passed; choose one to come."
    if until - now > LONGEST_CLOSURE:
        return (
            "That is more than a year away. For so long, change the hours themselves: desk hours apply, or paint them."
        )
    return ""


def close(desk: Desk, me: AgentRow, whose: Whose, until: datetime, reason: str) -> Standing:
    """Close a channel, or a queue's own hours, from now on until a moment (aware); customers may read the reason.

    What closes it on the spot already ends with that: the last word counts, also with an earlier end. The end lies
    within `LONGEST_CLOSURE`. A queue that shares the hours of a channel is not closed by itself.

    Raises `NotAllowedError`, `HoursError`.
    """
    require(me, Permission.MANAGE_HOURS)
    reason = clean_line(reason, 200)
    if is_blank(reason):
        raise HoursError("Say why it closes: agents read that, and customers may.")
    plan, _ = check(desk, me, whose)
    with desk.database.write() as unit:
        if problem := closing_problem(until, unit.now):
            raise HoursError(problem)
        _lift(unit, whose)
        unit.session.add_all(
            HoursClosure(calendar_key=key, starts_at=unit.now, ends_at=until, reason=reason, agent_id=me.id)
            for key in keys_of(plans_of(unit.connection, unit.now), whose)
        )
        ask_for_run(unit, f"{whose} was closed")
        unit.record(EventKind.HOURS_CLOSED, agent_id=me.id, calendar=plan.key, until=until.isoformat(), reason=reason)
        keep_callbacks(desk, unit, me, reason)
    return check(desk, me, whose)[1]


def reopen(desk: Desk, me: AgentRow, whose: Whose) -> Standing:
    """End every closure of a channel, or of a queue's own hours, that is in force.

    Raises `NotAllowedError`, `HoursError` when there is none.
    """
    require(me, Permission.MANAGE_HOURS)
    plan, _ = check(desk, me, whose)
    with desk.database.write() as unit:
        if not _lift(unit, whose):
            raise HoursError(f"Nothing closes {whose} but its own hours.")
        ask_for_run(unit, f"{whose} was opened again")
        unit.record(EventKind.HOURS_REOPENED, agent_id=me.id, calendar=plan.key)
    return check(desk, me, whose)[1]


def _lift(unit: UnitOfWork, whose: Whose) -> bool:
    """End what closes it on the spot; whether anything did."""
    in_force = select(HoursClosure).where(
        HoursClosure.calendar_key.in_(keys_of(plans_of(unit.connection, unit.now), whose)),
        HoursClosure.ends_at > unit.now,
        HoursClosure.lifted_at.is_(None),
    )
    lifted = list(unit.session.scalars(in_force.with_for_update()))
    for closure in lifted:
        closure.lifted_at = unit.now
    return bool(lifted)


def keep_callbacks(desk: Desk, unit: UnitOfWork, me: AgentRow, why: str) -> None:
    """Move the call-backs that lie in closed hours since a change, inside its unit of work."""
    from desk.services.callback_slots import Slots
    from desk.services.callbacks import keep_within_hours  # call-backs need to know the hours, too

    unit.session.flush()
    keep_within_hours(Slots(desk, unit), unit, why, me)


def keys_of(plans: Staffed[HoursPlan], whose: Whose) -> tuple[str, ...]:
    """Every calendar of a channel or a queue: its own, and those of its staffing languages. Raises `HoursError`."""
    if isinstance(whose, Channel):
        staffed = (plan for (each, _), plan in plans.staffed.items() if each is whose)
        return tuple(sorted({plan.key for plan in (plan_in(plans, whose), *staffed)}))
    keys = {plan.key for (queue, _), plan in plans.queues.items() if queue == named(whose)}
    shared = [channel for channel, plan in plans.items() if plan.key in keys]
    if shared:
        raise HoursError(f"The queue {whose} goes by the hours of {', '.join(shared)}: close or open {shared[0]}.")
    others = {queue or COMMON for (queue, _), plan in plans.queues.items() if plan.key in keys} - {str(whose)}
    if others:
        raise HoursError(
            f"The queue {whose} shares its hours with {', '.join(sorted(others))}. Give it a file of hours of its own "
            "(desk hours apply) to close it alone."
        )
    return tuple(sorted(keys))


def _check_queues(connection: Connection, files: Mapping[str, HoursFile]) -> None:
    known = {row.key for row in queries.queues(connection)} | {COMMON}
    for key, file in files.items():
        if strange := [each for each in file.queues if each not in known]:
            fix = f"{none_such('queue', strange[0], known)}. Add it first (desk route apply), or name one of these"
            raise SeedError(Path(f"{key}.toml"), "queues", fix)


def _in_force(connection: Connection) -> dict[str, Mapping[str, Any]]:
    query = select(HoursCalendar.key, HoursCalendar.data).order_by(HoursCalendar.key)
    return {row.key: row.data for row in connection.execute(query)}


def _compared(
    connection: Connection, files: Mapping[str, HoursFile], now: datetime, *, prune: bool
) -> tuple[HoursChange, ...]:
    known = _in_force(connection)
    wanted = [HoursChange(key, known.get(key), as_data(file)) for key, file in files.items()]
    gone = _unnamed(connection, known, files) if prune else ()
    if needed := [each for each in gone if each.needed_by]:
        raise HoursError(
            f"{needed[0].key} cannot go: {needed[0].needed_by} goes by it, and no file gives that other hours. "
            f"Put {needed[0].key}.toml back (desk hours show --toml prints it), or give it others. Nothing was changed."
        )
    keys = [each.key for each in gone]
    still = (HoursClosure.ends_at > now, HoursClosure.lifted_at.is_(None), HoursClosure.calendar_key.in_(keys))
    if closed := connection.scalar(select(HoursClosure.calendar_key).where(*still).order_by(HoursClosure.id)):
        raise HoursError(
            f"{closed} is closed on the spot, and would be open without that. Open it first (desk hours reopen), or "
            "prune it later. Nothing was changed."
        )
    return (
        *(each for each in wanted if each.before != each.after),
        *(HoursChange(each.key, known[each.key], None) for each in gone),
    )


def _unnamed(
    connection: Connection, known: Mapping[str, Mapping[str, Any]], files: Mapping[str, HoursFile]
) -> tuple[Unnamed, ...]:
    from desk.services.routing_store import in_force  # rules ask hours, and this asks rules

    served = {channel for file in files.values() if not file.languages for channel in file.channels}
    chosen = {row.calendar: f"the queue {row.key}" for row in queries.queues(connection) if row.calendar}
    given = {queue for file in files.values() for queue in file.queues}
    asked = {rule.when.hours_of: f"the rule {rule.name!r}" for rule in in_force(connection).rules if rule.when.hours_of}
    found = []
    for key in sorted(known.keys() - files.keys()):
        file = from_data(known[key])
        alone = [f"the channel {each}" for each in file.channels if not file.languages and each not in served]
        alone += [asked[each] for each in file.queues if each in asked and each not in given]
        found.append(Unnamed(key, next(iter(alone), chosen.get(key, ""))))
    return tuple(found)


def _remove(unit: UnitOfWork, key: str) -> None:
    """Remove a calendar with its closures; the events keep what they were."""
    unit.session.execute(delete(HoursClosure).where(HoursClosure.calendar_key == key))
    unit.session.execute(delete(HoursCalendar).where(HoursCalendar.key == key))
