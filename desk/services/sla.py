"""Service level agreements: the policies in force, the clocks of a case, and computing all of them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from db.kinds import ClockKind, EventKind, Status
from db.models import Case, SlaPolicy, SlaRun
from db.queries.cases import promises_of
from db.rows import AgentRow, PromiseRow
from db.uow import UnitOfWork
from desk.rules.hours import HoursPlan
from desk.rules.permissions import Permission, require
from desk.rules.sla import Clock, Policy
from desk.services.clock_keeping import Measured, measured, renew, rows_of, stored_rows
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError
from desk.services.policy_checks import check_policies
from desk.services.policy_files import PolicyFile, as_data
from desk.services.sla_runs import ask_for_run
from desk.services.sla_terms import terms_of

IN_A_BATCH = 200
COMPARED = ("state", "started_at", "due_at", "paused_at", "ended_at", "breached_at", "warned", "alarm_at", "remaining")
KINDS = tuple(ClockKind)
OF_ENDED = ("state", "started_at", "ended_at")
"""What must agree of a clock that has ended: its measure was that of its day, and policies have changed since."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What applying files does to one policy: before and after as plain data, None where there is none."""

    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """A case's clocks, first response, next responses and resolution; their policy and hours, what was promised."""

    clocks: tuple[Clock, ...]
    policy: Policy
    priority: int
    plan: HoursPlan | None
    promises: tuple[PromiseRow, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far computing all clocks anew has come; `finished_at` None while it is going on."""

    reason: str
    done: int
    changed: int
    last_id: int
    up_to: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is stored is not what the events say: of a clock, or of the case in the queue (`queue`)."""

    case_id: int
    clock: str
    what: str
    stored: str
    computed: str


def changes(desk: Desk, me: AgentRow, files: Mapping[str, PolicyFile]) -> tuple[PolicyChange, ...]:
    """What `apply` would change; nothing is changed. Raises `SeedError` as `apply` does."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        check_policies(connection, files)
        rows = connection.execute(select(SlaPolicy.key, SlaPolicy.data)).all()
        known: dict[str, Mapping[str, Any]] = {row.key: row.data for row in rows}
    return _compared(known, files)


def apply(desk: Desk, me: AgentRow, files: Mapping[str, PolicyFile]) -> tuple[PolicyChange, ...]:
    """Make these files the policies; one that no file describes is removed. What was changed.

    The clocks of cases on file are computed anew by the worker. Raises `NotAllowedError`, and `SeedError` for a queue
    or a topic that is not there, and for two policies of one rank that fit the same case.
    """
    require(me, Permission.MANAGE_HOURS)
    with desk.database.write() as unit:
        check_policies(unit.connection, files)
        known = {row.key: row for row in unit.session.scalars(select(SlaPolicy).with_for_update())}
        done = _compared({key: row.data for key, row in known.items()}, files)
        for each in done:
            if each.after is None:
                unit.session.delete(known[each.key])
            else:
                put(unit, each.key, files[each.key], known.get(each.key))
            unit.record(EventKind.SLA_CHANGED, agent_id=me.id, policy=each.key, before=each.before, after=each.after)
        if done:
            ask_for_run(unit, "policies were changed")
        return done


def put(unit: UnitOfWork, key: str, file: PolicyFile, known: SlaPolicy | None = None) -> None:
    """Make a file the policy of its key, inside a unit of work."""
    version = known.version + 1 if known is not None else 1
    unit.session.merge(SlaPolicy(key=key, version=version, data=as_data(file), updated_at=unit.now))


def policies(desk: Desk, me: AgentRow) -> tuple[Policy, ...]:
    """The policies in force, the first to be asked first."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        found = terms_of(connection, desk.clock()).policies
    return tuple(sorted(found, key=lambda each: (each.rank, each.key)))


def clocks(desk: Desk, me: AgentRow, case_id: int) -> CaseClocks:
    """Every clock that a case has had, and what its customer was told. Raises `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        terms = terms_of(connection, desk.clock())
        found = measured(connection, [case_id], terms)
        if not found:
            raise CaseNotFoundError(case_id)
        told = promises_of(connection, case_id)
    of, case = found[0], found[0].case
    plan = terms.plans.of_case(case.channel, case.language, case.queue)
    in_order = sorted(of.clocks, key=lambda each: (KINDS.index(each.kind), each.started_at))
    return CaseClocks(tuple(in_order), of.policy, case.priority, plan, told)


def progress(desk: Desk) -> Progress | None:
    """How far the last computing of all clocks has come; None when there was none."""
    with desk.database.read() as connection:
        row = connection.execute(
            select(SlaRun.reason, SlaRun.done, SlaRun.changed, SlaRun.last_id, SlaRun.up_to, SlaRun.finished_at)
        ).first()
    return None if row is None else Progress(*row)


def request(desk: Desk, me: AgentRow) -> None:
    """Have the clocks of all open cases computed anew. Raises `NotAllowedError`."""
    require(me, Permission.MANAGE_HOURS)
    with desk.database.write() as unit:
        ask_for_run(unit, f"{me.login} asked for it")


def recompute_some(desk: Desk) -> Progress | None:
    """One batch of computing all clocks anew; None when there is nothing to do, or another process is at it.

    A batch and the note of how far it came are one transaction, so a process that dies loses no case and repeats none.
    """
    asked = select(SlaRun.id).where(SlaRun.finished_at.is_(None))
    with desk.database.read() as connection:
        if connection.scalar(asked) is None:
            return None
    with desk.database.write() as unit:
        run = unit.session.scalar(select(SlaRun).where(SlaRun.finished_at.is_(None)).with_for_update(skip_locked=True))
        if run is None:
            return None
        query = (
            select(Case.id)
            .where(Case.id > run.last_id, Case.id <= run.up_to, Case.status != Status.CLOSED)
            .order_by(Case.id)
            .limit(IN_A_BATCH)
            .with_for_update(key_share=True)
        )
        ids = list(unit.session.scalars(query))
        run.changed += renew(unit, ids)
        run.done += len(ids)
        run.last_id = ids[-1] if ids else run.up_to
        if len(ids) < IN_A_BATCH:
            run.last_id, run.finished_at = run.up_to, unit.now
        return Progress(run.reason, run.done, run.changed, run.last_id, run.up_to, run.finished_at)


def recompute(desk: Desk, me: AgentRow, told: Callable[[Progress], None] = lambda _progress: None) -> Progress | None:
    """Compute all clocks anew, here and now, and say how far it has come; how it ended. Raises `NotAllowedError`."""
    request(desk, me)
    while (come := recompute_some(desk)) is not None:
        told(come)
    return progress(desk)


def verify(desk: Desk, me: AgentRow, told: Callable[[int], None] = lambda _seen: None) -> Iterator[Difference]:
    """Compare what is stored with what the events say, case by case; `told` gets how many cases were seen.

    A clock that has ended must agree in its start, its end and how it ended. Every batch is read at one moment.
    """
    require(me, Permission.WORK_CASES)
    last, seen = 0, 0
    while True:
        with desk.database.read() as connection:
            ids = list(
                connection.scalars(
                    select(Case.id)
                    .where(Case.id > last, Case.status != Status.CLOSED)
                    .order_by(Case.id)
                    .limit(IN_A_BATCH)
                )
            )
            if not ids:
                return
            found = measured(connection, ids, terms_of(connection, desk.clock()))
            stored = stored_rows(connection, ids)
        for each in found:
            yield from _differences(each, stored.get(each.case.id, {}))
        last, seen = ids[-1], seen + len(ids)
        told(seen)


def _differences(each: Measured, stored: Mapping[Any, Mapping[str, Any]]) -> Iterator[Difference]:
    wanted = rows_of(each)
    for kind in sorted(wanted.keys() | stored.keys()):
        one, other = stored.get(kind), wanted.get(kind)
        if one is None or other is None:
            yield Difference(each.case.id, kind, "clock", "none" if one is None else "one", "none" if one else "one")
            continue
        for name in OF_ENDED if other["ended_at"] is not None else COMPARED:
            if one[name] != other[name]:
                yield Difference(each.case.id, kind, name, str(one[name]), str(other[name]))
    if each.case.due_at != each.due_at:
        yield Difference(each.case.id, "queue", "due_at", str(each.case.due_at), str(each.due_at))


def _compared(known: Mapping[str, Mapping[str, Any]], files: Mapping[str, PolicyFile]) -> tuple[PolicyChange, ...]:
    wanted = {key: as_data(file) for key, file in files.items()}
    keys = sorted(known.keys() | wanted.keys())
    return tuple(
        PolicyChange(key, known.get(key), wanted.get(key)) for key in keys if known.get(key) != wanted.get(key)
    )
