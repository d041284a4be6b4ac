"""What becomes due by time alone: warnings, breaches with what follows from them, promises kept or broken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from db.kinds import EventKind, MessageKind, OutboxState, PromiseState, Status
from db.models import Case, CaseClock, CasePromise, Message, OutboxItem
from db.uow import UnitOfWork
from desk.rules.routing import named
from desk.rules.sla import Breach, Clock
from desk.services.clock_keeping import Measured, measured
from desk.services.desk import Desk
from desk.services.sla_terms import terms_of

MOST_AT_ONCE = 200


def sound(desk: Desk) -> int:
    """Note the warnings and breaches that have come, up to 200 cases; how many cases there were.

    Who holds a case's lock notes them, in one transaction with what follows: each is noted once, by whoever.
    """
    with desk.database.read() as connection:
        query = select(CaseClock.case_id).where(CaseClock.alarm_at <= desk.clock()).order_by(CaseClock.alarm_at)
        ids = set(connection.scalars(query.limit(MOST_AT_ONCE)))
    if not ids:
        return 0
    with desk.database.write() as unit:
        locked = select(Case).where(Case.id.in_(ids)).order_by(Case.id)
        cases = {
            each.id: each for each in unit.session.scalars(locked.with_for_update(skip_locked=True, key_share=True))
        }
        connection = unit.connection
        for each in measured(connection, sorted(cases), terms_of(connection, unit.now)):
            _sound(unit, cases[each.case.id], each)
        return len(cases)


def _sound(unit: UnitOfWork, case: Case, of: Measured) -> None:
    has_broken = False
    for kind, clock in of.latest.items():
        if clock.alarm_at is None or clock.alarm_at > unit.now:
            continue
        what: dict[str, Any] = {"clock": kind.value, "started": clock.started_at.isoformat()}
        if clock.due_at is not None and clock.due_at <= unit.now:
            said: dict[str, Any] = {
                "due": clock.due_at.isoformat(),
                "policy": of.policy.key,
                "notify": of.policy.breach.notify,
            }
            unit.record(EventKind.CLOCK_BREACHED, case_id=case.id, **what, **said)
            has_broken = True
        else:
            share = max((each for each in of.policy.warnings if _has_come(clock, each, unit.now, of)), default=0)
            if share > clock.warned:
                unit.record(EventKind.CLOCK_WARNED, case_id=case.id, **what, share=share)
    if has_broken:
        _follow(unit, case, of.policy.breach)


def _has_come(clock: Clock, share: int, now: datetime, of: Measured) -> bool:
    moment = clock.moment_of(share, of.hours)
    return moment is not None and moment <= now


def _follow(unit: UnitOfWork, case: Case, breach: Breach) -> None:
    """What the policy wants to happen when a clock breaks; once, however many clocks broke together."""
    if breach.raise_priority and case.priority > 1:
        before, case.priority, case.updated_at = case.priority, case.priority - 1, unit.now
        unit.record(
            EventKind.CASE_PRIORITY, case_id=case.id, before={"priority": before},
            after={"priority": case.priority}, why="its time was over",
        )  # fmt: skip
    if breach.queue is not None and case.queue != (queue := named(breach.queue)):
        before_queue, case.queue, case.updated_at = case.queue, queue, unit.now
        unit.record(
            EventKind.CASE_QUEUE, case_id=case.id, before={"queue": before_queue}, after={"queue": queue},
            why="its time was over",
        )  # fmt: skip


def settle_promises(desk: Desk) -> int:
    """Say of each promise whose moment has come whether it was kept, up to 200; how many there were.

    It was kept when one of us answered in time, or when the case was solved by then.
    """
    due = (CasePromise.state == PromiseState.OPEN, CasePromise.until <= desk.clock())
    with desk.database.read() as connection:
        if connection.scalar(select(CasePromise.id).where(*due).limit(1)) is None:
            return 0
    with desk.database.write() as unit:
        claimed = unit.session.scalars(
            select(CasePromise)
            .where(CasePromise.state == PromiseState.OPEN, CasePromise.until <= unit.now)
            .order_by(CasePromise.until)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for promise in claimed:
            _settle(unit, promise)
        return len(claimed)


def _settle(unit: UnitOfWork, promise: CasePromise) -> None:
    case = unit.session.get_one(Case, promise.case_id)
    promise.settled_at = unit.now
    if case.spam_at is not None or (case.status is Status.CLOSED and case.solved_at is None):
        promise.state = PromiseState.VOID  # spam, or part of another case now
        return
    solved = case.solved_at is not None and case.solved_at <= promise.until
    kept = solved or _was_answered(unit, promise)
    promise.state = PromiseState.KEPT if kept else PromiseState.BROKEN
    kind = EventKind.PROMISE_KEPT if kept else EventKind.PROMISE_BROKEN
    unit.record(kind, case_id=case.id, promise=promise.id, until=promise.until.isoformat())


def _was_answered(unit: UnitOfWork, promise: CasePromise) -> bool:
    answers = (
        select(Message.id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(
            Message.case_id == promise.case_id,
            Message.kind == MessageKind.OUTBOUND,
            Message.is_automatic.is_(False),
            Message.side_id.is_(None),
            Message.at > promise.made_at,
            Message.at <= promise.until,
            OutboxItem.state.is_distinct_from(OutboxState.CANCELLED),
        )
    )
    return bool(unit.session.scalar(select(exists(answers))))
