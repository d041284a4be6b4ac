"""Messages of ours that did not arrive, or may not have: found again, settled by a person's word, or given up."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select

from db.kinds import EventKind, OutboxState
from db.models import Agent, Case, Customer, Message, OutboxItem
from db.rows import AgentRow
from db.rows_delivery import DeliveryCounts, UndeliveredRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.refunds.tokens import forget_link

UNDELIVERED = (OutboxState.FAILED, OutboxState.UNKNOWN)
MOST_SHOWN = 100


def undelivered(desk: Desk, me: AgentRow) -> tuple[UndeliveredRow, ...]:
    """The messages that failed or whose fate nobody knows, oldest first, at most a hundred of them.

    They stay until they are sent again, marked as sent, or given up: none is forgotten.
    """
    require(me, Permission.WORK_CASES)
    query = (
        select(
            Message.id,
            Message.case_id,
            Customer.name.label("customer"),
            Case.subject,
            OutboxItem.channel,
            Message.details,
            OutboxItem.state,
            OutboxItem.error,
            Message.at,
            OutboxItem.attempts,
            Agent.name.label("agent"),
        )
        .select_from(OutboxItem)
        .join(Message, Message.id == OutboxItem.message_id)
        .join(Case, Case.id == Message.case_id)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .where(OutboxItem.state.in_(UNDELIVERED))
        .order_by(OutboxItem.id)
        .limit(MOST_SHOWN)
    )
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
    return tuple(
        UndeliveredRow(
            message_id=row.id,
            case_id=row.case_id,
            customer_name=row.customer,
            subject=row.subject,
            channel=row.channel,
            to=str(row.details.get("to", "")),
            state=row.state,
            error=row.error,
            at=row.at,
            attempts=row.attempts,
            agent_name=row.agent,
        )
        for row in rows
    )


def counts(desk: Desk, me: AgentRow) -> DeliveryCounts:
    """How many messages ask for a person: undelivered, scheduled for later, held; and how many wait for another try."""
    require(me, Permission.WORK_CASES)
    queued = OutboxItem.state == OutboxState.QUEUED
    with desk.database.read() as connection:
        return DeliveryCounts(
            undelivered=_count(connection, OutboxItem.state.in_(UNDELIVERED)),
            delayed=_count(connection, queued, OutboxItem.attempts > 0, OutboxItem.held_why.is_(None))
            + _count(connection, OutboxItem.state == OutboxState.SENDING, OutboxItem.attempts > 1),
            scheduled=_count(
                connection,
                queued,
                OutboxItem.scheduled_for.is_not(None),
                OutboxItem.held_why.is_(None),
                OutboxItem.attempts == 0,
            ),
            held=_count(connection, queued, OutboxItem.held_why.is_not(None)),
        )


def mark_sent(desk: Desk, me: AgentRow, message_id: int) -> None:
    """A person knows that a message arrived of which the desk did not.

    Raises `CaseError` for one whose fate is known.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        item, message = _settled_by_hand(unit, message_id)
        if item.state is not OutboxState.UNKNOWN:
            raise CaseError("Only a message of which nobody knows whether it arrived can be marked as sent.")
        settle_as_sent(unit, item, message, me, "by hand")


def give_up(desk: Desk, me: AgentRow, message_id: int) -> None:
    """Leave a message that failed, or may not have arrived, as it is: it asks for nobody any more.

    What went wrong stays to be read. Raises `CaseError` for any other message.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        item, message = _settled_by_hand(unit, message_id)
        if item.state not in UNDELIVERED:
            raise CaseError("Only a message that failed, or of which nobody knows, can be given up.")
        before = item.state
        item.state = OutboxState.CANCELLED
        _release(item)
        _record(unit, message, me, before, item.state, "given up")


def settle_as_sent(unit: UnitOfWork, item: OutboxItem, message: Message, me: AgentRow | None, how: str) -> None:
    """A message of unknown fate has been sent after all: by a person's word, or because it was found."""
    before = item.state
    item.state = OutboxState.SENT
    item.sent_at = item.not_before  # the last that is known of its way
    item.error = None
    forget_link(message)
    _release(item)
    _record(unit, message, me, before, item.state, how)


def _settled_by_hand(unit: UnitOfWork, message_id: int) -> tuple[OutboxItem, Message]:
    item = unit.session.scalar(select(OutboxItem).where(OutboxItem.message_id == message_id).with_for_update())
    if item is None:
        raise CaseError("There is no such message on its way.")
    return item, unit.session.get_one(Message, message_id)


def _release(item: OutboxItem) -> None:
    item.lease_owner = item.lease_until = item.looked_for_at = None


def _record(
    unit: UnitOfWork, message: Message, me: AgentRow | None, before: OutboxState, after: OutboxState, how: str
) -> None:
    unit.record(
        EventKind.MESSAGE_SETTLED,
        case_id=message.case_id,
        agent_id=me.id if me else None,
        message=message.id,
        before={"state": before.value},
        after={"state": after.value},
        how=how,
    )


def _count(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(OutboxItem).where(*which)) or 0
