"""Answers that wait for a later moment: seen together, put off, and let go when something held them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from db.kinds import EventKind, OutboxState
from db.models import Agent, Case, Message, OutboxItem, SideConversation
from db.queries.queue import CASE_COLUMNS, case_rows
from db.rows import AgentRow, CaseRow, ScheduledRow
from db.types import NaiveTimeError
from db.uow import UnitOfWork
from desk.rules.later import is_to_come
from desk.rules.permissions import Permission, may, require
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.errors import CaseChangedError, NotLaterError, NotScheduledError, NotYoursError, TooLateError

MOST_SHOWN = 500


def scheduled(desk: Desk, me: AgentRow) -> tuple[ScheduledRow, ...]:
    """What everybody wrote that waits for a moment, held ones too; the next to go first, 500 at most.

    One that was tried at its time and will be tried again is among them.
    """
    require(me, Permission.WORK_CASES)
    writer = aliased(Agent)  # the case's own agent is in the rows already
    query = (
        case_rows()
        .add_columns(Message.id, OutboxItem.scheduled_for, OutboxItem.held_why, writer.name, Message.text)
        .add_columns(SideConversation.address)
        .join(Message, Message.case_id == Case.id)
        .join(OutboxItem, OutboxItem.message_id == Message.id)
        .outerjoin(SideConversation, SideConversation.id == Message.side_id)
        .outerjoin(writer, writer.id == Message.agent_id)
        # In the words of the partial index.
        .where(OutboxItem.state == OutboxState.QUEUED, OutboxItem.scheduled_for.is_not(None))
        .order_by(OutboxItem.scheduled_for, OutboxItem.id)
        .limit(MOST_SHOWN)
    )
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
    width = len(CASE_COLUMNS)
    return tuple(
        ScheduledRow(
            message_id=row[width],
            case=CaseRow(*row[:width]),
            scheduled_for=row[width + 1],
            held_why=row[width + 2],
            agent_name=row[width + 3],
            text=row[width + 4],
            to=row[width + 5] or "",
        )
        for row in rows
    )


def reschedule(desk: Desk, me: AgentRow, message_id: int, at: datetime) -> None:
    """Let a waiting answer go at another moment (aware, to come within a year); what held it holds it no more.

    For who wrote it, and for who may take cases from others. Raises `NotLaterError`, `NotScheduledError`,
    `NotYoursError`, `TooLateError` once anybody has tried to send it.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, message, item = _waiting(unit, me, message_id)
        moment = to_come(at, unit.now)
        note_moment(unit, message, me, item.scheduled_for, moment)
        item.scheduled_for = item.not_before = moment
        item.held_why = None
        case.updated_at = unit.now


def release(desk: Desk, me: AgentRow, message_id: int) -> None:
    """Let a held answer go: at its moment, or now when that has passed. The case stays in the status that it has.

    For who wrote it, and for who may take cases from others. Raises `NotScheduledError` when nothing holds it,
    `NotYoursError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, message, item = _waiting(unit, me, message_id)
        if item.held_why is None or item.scheduled_for is None:
            raise NotScheduledError
        item.held_why = None
        item.not_before = max(item.scheduled_for, unit.now)
        note_moment(unit, message, me, item.scheduled_for, item.not_before)
        case.updated_at = unit.now


def to_come(at: datetime, now: datetime) -> datetime:
    """A moment as the outbox takes it. Raises `NaiveTimeError`, and `NotLaterError` unless it is within a year."""
    if at.tzinfo is None:
        raise NaiveTimeError(f"{at!r} has no time zone; pass an aware moment")
    if not is_to_come(at, now):
        raise NotLaterError
    return at


def note_moment(unit: UnitOfWork, message: Message, me: AgentRow, before: datetime | None, after: datetime) -> None:
    """Record for when a message is meant now, within a unit of work."""
    unit.record(
        EventKind.MESSAGE_SCHEDULED,
        case_id=message.case_id,
        agent_id=me.id,
        message=message.id,
        before={"at": before.isoformat() if before else None},
        after={"at": after.isoformat()},
    )


def on_its_way(unit: UnitOfWork, message_id: int) -> tuple[Case, Message, OutboxItem] | None:
    """A message of ours with its case and its place in the outbox, all locked; None when it is none.

    The case is locked first, as by whoever files what comes in: else the two would wait for each other.
    """
    message = unit.session.get(Message, message_id)
    if message is None:
        return None
    case = case_to_change(unit, message.case_id)
    unit.session.refresh(message)
    if message.case_id != case.id:
        raise CaseChangedError(case.id)
    item = unit.session.scalar(select(OutboxItem).where(OutboxItem.message_id == message_id).with_for_update())
    return None if item is None else (case, message, item)


def _waiting(unit: UnitOfWork, me: AgentRow, message_id: int) -> tuple[Case, Message, OutboxItem]:
    found = on_its_way(unit, message_id)
    if found is None:
        raise NotScheduledError
    _, message, item = found
    if item.scheduled_for is None or item.state is OutboxState.CANCELLED:
        raise NotScheduledError
    if message.agent_id != me.id and not may(me, Permission.TAKE_FROM_OTHERS):
        raise NotYoursError(message.sender_name or "Somebody else")
    if item.state is not OutboxState.QUEUED or item.attempts or item.error is not None:
        raise TooLateError
    return found
