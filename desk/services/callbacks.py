"""Call-backs: promised for a slot of the phone's hours, kept, tried again, and moved when the hours change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from db.kinds import CallbackOutcome, EventKind, Language, Status
from db.models import Agent, Callback, Case
from db.queries.queue import as_case_row, case_rows
from db.rows import AgentRow
from db.rows_phone import CallbackRow
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.permissions import Permission, require
from desk.rules.slots import HORIZON, Slot, is_within
from desk.services.callback_slots import Slots, callback_due, note_move, wait_for_slot
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.promises import Offer, keep

__all__ = [
    "CallbackError",
    "book",
    "callback_due",
    "give_up",
    "keep_within_hours",
    "move",
    "move_callbacks",
    "replan",
    "tried",
    "waiting",
]

MOST_SHOWN = 200
LEAST_AHEAD = timedelta(minutes=1)
"""A slot that begins at this moment is none to promise: the customer has not even been told."""

OVER = (Status.SOLVED, Status.CLOSED)


class CallbackError(CaseError):
    """A call-back cannot be made, or is over; the message says what would do."""


def waiting(desk: Desk, me: AgentRow) -> tuple[CallbackRow, ...]:
    """Call-backs that are not over, the earliest slot first, up to 200: those due now stand first."""
    require(me, Permission.WORK_CASES)
    query = (
        select(Callback, Agent.name)
        .outerjoin(Agent, Agent.id == Callback.agent_id)
        .join(Case, Case.id == Callback.case_id)
        .where(Callback.place.is_not(None), Case.status.not_in(OVER))
        .order_by(Callback.slot_start, Callback.place)
        .limit(MOST_SHOWN)
    )
    with desk.database.read() as connection:
        found = connection.execute(query.with_only_columns(*Callback.__table__.c, Agent.name.label("tried_by"))).all()
        cases = case_rows().where(Case.id.in_([row.case_id for row in found]))
        by_id = {row.id: row for row in map(as_case_row, connection.execute(cases))}
    return tuple(
        CallbackRow(
            row.id, by_id[row.case_id], row.number, row.language, row.slot_start, row.slot_end, row.attempts,
            row.tried_by,
        )
        for row in found
        if row.case_id in by_id
    )  # fmt: skip


def book(
    slots: Slots,
    unit: UnitOfWork,
    case: Case,
    number: str,
    language: Language,
    *,
    since: datetime | None = None,
    me: AgentRow | None = None,
) -> Callback | None:
    """Promise a call-back on a case in the first free slot from `since` (now by default), and tell the customer.

    One that is promised on the case already is moved there. None when the phone has no slot within sixty days: the case
    stands as it is.
    """
    free = slots.free(max(since or unit.now, unit.now + LEAST_AHEAD))
    if free is None or free[0][0] > unit.now + HORIZON:
        return None
    known = unit.session.scalar(select(Callback).where(Callback.case_id == case.id, Callback.place.is_not(None)))
    callback = known or Callback(
        case_id=case.id, customer_id=case.customer_id, number=number, language=language, attempts=0,
        created_at=unit.now,
    )  # fmt: skip
    before = _said(callback) if known else None
    _put(callback, free)
    unit.session.add(callback)
    unit.session.flush()
    wait_for_slot(unit, case, free[0])
    kind = EventKind.CALLBACK_MOVED if known else EventKind.CALLBACK_BOOKED
    unit.record(
        kind, case_id=case.id, agent_id=me.id if me else None, callback=callback.id, before=before,
        after=_said(callback), why="asked for",
    )  # fmt: skip
    slots.tell(callback, case, "moved" if known else "booked")
    return callback


def tried(desk: Desk, slots: Slots, unit: UnitOfWork, case: Case, callback: Callback, me: AgentRow) -> None:
    """Nobody answered: try again in a later slot, or after the last attempt leave it to a person.

    The case is locked already. A case that is left to a person stands in the queue, and nobody has it.
    """
    phone = desk.settings.phone
    callback.attempts += 1
    callback.agent_id = me.id
    unit.record(
        EventKind.CALLBACK_TRIED, case_id=case.id, agent_id=me.id, callback=callback.id, attempts=callback.attempts
    )
    free = slots.free(unit.now + timedelta(minutes=phone.retry_minutes))
    if callback.attempts >= phone.attempts or free is None:
        end(unit, callback, CallbackOutcome.GIVEN_UP, me)
        stood = case.status
        case.status, case.snoozed_until, case.assignee_id = Status.OPEN, None, None
        note_move(unit, case, stood)
        case.due_at = answer_due(case.channel, case.priority, unit.now)
        return
    before = _said(callback)
    _put(callback, free)
    case.assignee_id = None
    wait_for_slot(unit, case, free[0])
    unit.record(
        EventKind.CALLBACK_MOVED, case_id=case.id, agent_id=me.id, callback=callback.id, before=before,
        after=_said(callback), why="nobody answered",
    )  # fmt: skip
    slots.tell(callback, case, "missed")


def give_up(desk: Desk, me: AgentRow, callback_id: int) -> None:
    """Ring nobody any more for this promise; the case stands in the queue. Raises `CallbackError` when it is over."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        callback, case = _to_change(unit, callback_id)
        end(unit, callback, CallbackOutcome.NOT_NEEDED, me)
        _stand_in_queue(unit, case)


def move(desk: Desk, me: AgentRow, callback_id: int, since: datetime | None = None) -> Slot:
    """Give a call-back the first free slot from `since` (aware; now by default) on, and tell the customer.

    Raises `CallbackError` when it is over, or there is no such slot; it stays where it is then.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        callback, case = _to_change(unit, callback_id)
        slots = Slots(desk, unit)
        free = slots.free(max(since or unit.now, unit.now + LEAST_AHEAD))
        if free is None or free[0][0] > unit.now + HORIZON:
            raise CallbackError(
                f"The phone has no free slot from then on within {HORIZON.days} days. Say an earlier moment."
            )
        _move(slots, unit, (callback, case), free, "asked for", me)
        return free[0]


def _to_change(unit: UnitOfWork, callback_id: int) -> tuple[Callback, Case]:
    """A call-back that is not over and its case, both locked. Raises `CallbackError`."""
    callback = unit.session.get(Callback, callback_id)
    if callback is None:
        raise CallbackError("There is no such call-back; look at the list again.")
    case = unit.session.get_one(Case, callback.case_id, with_for_update={"key_share": True})
    unit.session.refresh(callback, with_for_update=True)
    if callback.place is None or case.status in OVER:
        raise CallbackError("This call-back is over already; look at the list again.")
    return callback, case


def _stand_in_queue(unit: UnitOfWork, case: Case) -> None:
    """A case that waited for its slot is for whoever comes first."""
    if case.status is Status.ON_HOLD:
        case.status, case.snoozed_until = Status.OPEN, None
        note_move(unit, case, Status.ON_HOLD)
        case.due_at = answer_due(case.channel, case.priority, unit.now)
        case.updated_at = unit.now


def move_callbacks(
    unit: UnitOfWork, case_id: int, to_id: int, me: AgentRow, only: Sequence[int] | None = None
) -> list[int]:
    """What is promised on one case is promised on another from now on; the ids of what moved.

    Two promises to one customer are one too many: where the other case has one, that of this case is over.
    """
    pending = select(Callback).where(Callback.place.is_not(None))
    has_one = unit.session.scalar(pending.where(Callback.case_id == to_id)) is not None
    moved = []
    for callback in unit.session.scalars(pending.where(Callback.case_id == case_id)):
        if only is not None and callback.id not in only:
            continue
        if has_one:
            end(unit, callback, CallbackOutcome.NOT_NEEDED, me)
            continue
        callback.case_id = to_id
        moved.append(callback.id)
    return moved


def end(unit: UnitOfWork, callback: Callback, outcome: CallbackOutcome, me: AgentRow | None) -> None:
    """The promise is over, and its seat is free again."""
    callback.place, callback.outcome, callback.over_at = None, outcome, unit.now
    unit.record(
        EventKind.CALLBACK_OVER, case_id=callback.case_id, agent_id=me.id if me else None, callback=callback.id,
        after={"outcome": outcome.value, "attempts": callback.attempts},
    )  # fmt: skip


def replan(desk: Desk) -> int:
    """What time asks for: free the seats of cases that are over, move slots out of closed hours; how many it moved."""
    pending = select(Callback.id).where(Callback.place.is_not(None))
    with desk.database.read() as connection:
        if connection.scalar(pending.limit(1)) is None:
            return 0
    with desk.database.write() as unit:
        slots = Slots(desk, unit)
        for callback, _ in _pending(unit, Case.status.in_(OVER)):
            end(unit, callback, CallbackOutcome.NOT_NEEDED, None)
        unit.session.flush()
        return keep_within_hours(slots, unit, "the phone is closed then")


def keep_within_hours(slots: Slots, unit: UnitOfWork, why: str, me: AgentRow | None = None) -> int:
    """Move the call-backs whose slot no longer lies within the phone's hours; how many.

    Where no slot can be promised any more, the customer is told so and the case stands in the queue at once. A case
    that somebody else is just changing is left out; the worker comes back to it.
    """
    plan = slots.plan
    if plan is None:
        return 0
    moved = 0
    for callback, case in _pending(unit, Callback.slot_end > unit.now, Case.status.not_in(OVER)):
        if is_within(plan.hours, (callback.slot_start, callback.slot_end)):
            continue
        free = slots.free(unit.now)
        if free is None:
            _write_instead(slots, unit, callback, case, me)
        else:
            _move(slots, unit, (callback, case), free, why, me)
        moved += 1
    return moved


def _write_instead(slots: Slots, unit: UnitOfWork, callback: Callback, case: Case, me: AgentRow | None) -> None:
    """No slot is left: the customer is told, and somebody owes them an answer by when they would have been rung."""
    told = slots.tell(callback, case, "ended")
    end(unit, callback, CallbackOutcome.GIVEN_UP, me)
    _stand_in_queue(unit, case)
    keep(unit, case, Offer(callback.slot_end, told))


def _move(
    slots: Slots,
    unit: UnitOfWork,
    promised: tuple[Callback, Case],
    free: tuple[Slot, int],
    why: str,
    me: AgentRow | None,
) -> None:
    """Promise another slot, and tell the customer."""
    callback, case = promised
    before = _said(callback)
    _put(callback, free)
    unit.session.flush()
    if case.assignee_id is None or case.status is Status.ON_HOLD:
        wait_for_slot(unit, case, free[0])
    else:
        case.due_at = free[0][1]
    unit.record(
        EventKind.CALLBACK_MOVED, case_id=case.id, agent_id=me.id if me else None, callback=callback.id,
        before=before, after=_said(callback), why=why,
    )  # fmt: skip
    slots.tell(callback, case, "moved")


def pending_on(unit: UnitOfWork, customer_id: int) -> Callback | None:
    """The call-back that a customer waits for on a case that is not over."""
    query = (
        select(Callback)
        .join(Case, Case.id == Callback.case_id)
        .where(Callback.customer_id == customer_id, Callback.place.is_not(None), Case.status.not_in(OVER))
    )
    return unit.session.scalar(query.order_by(Callback.id).limit(1))


def _pending(unit: UnitOfWork, *conditions: object) -> Sequence[tuple[Callback, Case]]:
    query = (
        select(Callback, Case)
        .join(Case, Case.id == Callback.case_id)
        .where(Callback.place.is_not(None), *conditions)  # type: ignore[arg-type]
        .order_by(Callback.slot_start, Callback.place)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [(row[0], row[1]) for row in unit.session.execute(query).all()]


def _put(callback: Callback, free: tuple[Slot, int]) -> None:
    (callback.slot_start, callback.slot_end), callback.place = free


def _said(callback: Callback) -> dict[str, str]:
    return {"from": callback.slot_start.isoformat(), "until": callback.slot_end.isoformat()}
