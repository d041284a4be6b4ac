"""What we owe the outside world: leased by one worker at a time, settled once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.kinds import Channel, EventKind, OutboxState
from db.models import Agent, Message, OutboxItem
from db.rows import OutgoingRow
from db.uow import UnitOfWork
from desk.rules.text import clean_text
from desk.services.desk import Desk
from desk.services.joining import fitting

FIRST_WAIT = timedelta(seconds=15)
MOST_DOUBLINGS = 10
LONGEST_WAIT = timedelta(hours=1)


def has_work(desk: Desk) -> bool:
    """Whether anything could be leased now; a read, so that an idle worker locks nobody out."""
    now = desk.clock()
    due = select(OutboxItem.id).where(OutboxItem.state == OutboxState.QUEUED, OutboxItem.not_before <= now)
    due = due.where(OutboxItem.held_why.is_(None))
    lost = select(OutboxItem.id).where(OutboxItem.state == OutboxState.SENDING, OutboxItem.lease_until < now)
    with desk.database.read() as connection:
        return any(connection.scalar(query.limit(1)) is not None for query in (due, lost))


def lease(desk: Desk, worker: str, *, limit: int = 10) -> tuple[OutgoingRow, ...]:
    """Messages due now, mine to send until the lease ends; no other worker gets them meanwhile.

    A lease that ran out means that its worker died while sending: whether the message left is unknown, so it is
    set aside for a person and not sent again.
    """
    with desk.database.write() as unit:
        _give_up_lost(unit)
        due = (
            select(OutboxItem.id)
            .where(OutboxItem.state == OutboxState.QUEUED, OutboxItem.not_before <= unit.now)
            .where(OutboxItem.held_why.is_(None))
            .order_by(OutboxItem.not_before, OutboxItem.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list(unit.session.scalars(due))
        unit.session.execute(
            update(OutboxItem)
            .where(OutboxItem.id.in_(ids))
            .values(
                state=OutboxState.SENDING,
                attempts=OutboxItem.attempts + 1,
                lease_owner=worker,
                lease_until=unit.now + lease_time(desk),
            )
            .execution_options(synchronize_session=False)
        )
        return _outgoing(unit.session, ids)


def lease_time(desk: Desk) -> timedelta:
    """How long a worker may take over one message: as settings say, and never less than a slow mail server needs.

    A lease that ends while its worker still sends would call a message unknown that arrives a moment later.
    """
    return timedelta(seconds=max(desk.settings.outbox.lease_seconds, 6 * desk.settings.mail.smtp.timeout_seconds))


def settle_sent(desk: Desk, outbox_id: int, worker: str, provider_id: str | None) -> None:
    """The other side has taken the message; `provider_id` is its name for it."""

    name = fitting(provider_id or "")

    def sent(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        item.state = OutboxState.SENT
        item.sent_at = unit.now
        item.provider_id = name or None
        item.error = None
        if message.external_id is None and name and _is_free(unit, message.channel, name):
            message.external_id = name
        unit.record(EventKind.MESSAGE_SENT, case_id=message.case_id, message=message.id)

    try:
        _settle(desk, outbox_id, worker, sent)
    except IntegrityError:  # another worker has just given that name to its message
        _settle(desk, outbox_id, worker, sent)


def settle_failed(desk: Desk, outbox_id: int, worker: str, error: str) -> None:
    """The other side has refused the message for good, in these words."""

    def failed(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        _fail(unit, item, message, error)

    _settle(desk, outbox_id, worker, failed)


def settle_later(desk: Desk, outbox_id: int, worker: str, error: str) -> None:
    """It could not be sent now: it waits, longer each time, and fails after the attempts that settings allow."""

    def later(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        if item.attempts >= desk.settings.outbox.attempts:
            _fail(unit, item, message, f"{error} (tried {item.attempts} times)")
            return
        item.state = OutboxState.QUEUED
        item.error = clean_text(error)
        item.not_before = unit.now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(item.attempts - 1, MOST_DOUBLINGS))

    _settle(desk, outbox_id, worker, later)


def settle_unknown(desk: Desk, outbox_id: int, worker: str, error: str) -> None:
    """Nobody can say whether the message left; a person decides."""

    def unknown(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        item.state = OutboxState.UNKNOWN
        item.error = clean_text(error)
        unit.record(EventKind.MESSAGE_UNKNOWN, case_id=message.case_id, message=message.id, error=item.error)

    _settle(desk, outbox_id, worker, unknown)


Settle = Callable[[UnitOfWork, OutboxItem, Message], None]


def _settle(desk: Desk, outbox_id: int, worker: str, settle: Settle) -> None:
    with desk.database.write() as unit:
        item = unit.session.get_one(OutboxItem, outbox_id, with_for_update=True)
        if item.state not in {OutboxState.SENDING, OutboxState.UNKNOWN} or item.lease_owner != worker:
            return  # a person has decided meanwhile
        settle(unit, item, unit.session.get_one(Message, item.message_id))
        item.lease_owner = item.lease_until = None


def _is_free(unit: UnitOfWork, channel: Channel, name: str) -> bool:
    # A provider that names two messages alike must not keep us from noting that the second was sent, too.
    taken = select(Message.id).where(Message.channel == channel, Message.external_id == name)
    return unit.session.scalar(taken) is None


def _fail(unit: UnitOfWork, item: OutboxItem, message: Message, error: str) -> None:
    item.state = OutboxState.FAILED
    item.error = clean_text(error)
    unit.record(EventKind.MESSAGE_FAILED, case_id=message.case_id, message=message.id, error=item.error)


def _give_up_lost(unit: UnitOfWork) -> None:
    lost = select(OutboxItem).where(OutboxItem.state == OutboxState.SENDING, OutboxItem.lease_until < unit.now)
    for item in unit.session.scalars(lost.with_for_update(skip_locked=True)):
        message = unit.session.get_one(Message, item.message_id)
        item.state = OutboxState.UNKNOWN
        item.error = "The program that was sending it stopped; whether it left is not known."
        item.lease_until = None  # its owner stays: if it lives after all, it knows better
        unit.record(EventKind.MESSAGE_UNKNOWN, case_id=message.case_id, message=message.id, error=item.error)


def _outgoing(session: Session, ids: list[int]) -> tuple[OutgoingRow, ...]:
    query = (
        select(
            OutboxItem.id,
            OutboxItem.message_id,
            Message.case_id,
            OutboxItem.channel,
            OutboxItem.attempts,
            Message.external_id,
            Message.at,
            func.coalesce(Agent.name, Message.sender_name),
            Message.subject,
            Message.text,
            Message.details,
        )
        .join(Message, Message.id == OutboxItem.message_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .where(OutboxItem.id.in_(ids))
        .order_by(OutboxItem.not_before, OutboxItem.id)
    )
    return tuple(OutgoingRow(*row) for row in session.execute(query))
