"""What we owe the outside world: leased by one worker at a time, settled once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import random
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.kinds import Channel, EventKind, OutboxState
from db.models import Agent, Attachment, Blob, Message, OutboxItem
from db.rows import OutgoingFile, OutgoingRow
from db.uow import UnitOfWork
from desk.rules.text import clean_text
from desk.services.desk import Desk
from desk.services.joining import fitting
from desk.services.refunds.tokens import completed, forget_link

FIRST_WAIT = timedelta(seconds=15)
MOST_DOUBLINGS = 10
LONGEST_WAIT = timedelta(hours=1)
JITTER = 0.25
"""Up to so much of a wait is added to it, so that what failed together does not come back together."""

COPY_TIME = timedelta(minutes=4)
"""What a slow mailbox may take to keep a copy of a message that was sent."""

OFF = timedelta(hours=2)
"""How far a moment that we set may lie beyond the latest that we would set now: farther, and the clock was set back."""


def has_work(desk: Desk) -> bool:
    """Whether anything could be leased now; a read, so that an idle worker locks nobody out."""
    now = desk.clock()
    due = select(OutboxItem.id).where(OutboxItem.state == OutboxState.QUEUED, OutboxItem.not_before <= now)
    due = due.where(OutboxItem.held_why.is_(None))
    far_off = select(OutboxItem.id).where(*_waits_for_a_clock_that_was_wrong(desk, now))
    lost = select(OutboxItem.id).where(*_lost(desk, now))
    with desk.database.read() as connection:
        return any(connection.scalar(query.limit(1)) is not None for query in (due, far_off, lost))


def lease(desk: Desk, worker: str, *, limit: int = 10) -> tuple[OutgoingRow, ...]:
    """Messages due now, mine to send until the lease ends; no other worker gets them meanwhile.

    A lease that ran out means that its worker died. Had it not begun with the text, nothing has left and the message
    is sent again; else whether it left is unknown, so it is set aside for a person.
    """
    with desk.database.write() as unit:
        _give_up_lost(desk, unit)
        _pull_back(desk, unit)
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
                text_begun_at=None,
            )
            .execution_options(synchronize_session=False)
        )
        return outgoing(unit.session, ids)


def lease_time(desk: Desk) -> timedelta:
    """How long a worker may take over one message: as settings say, and never less than slow mail servers need.

    A lease that ends while its worker still sends would call a message unknown that arrives a moment later.
    """
    mail = desk.settings.mail
    slow = timedelta(seconds=6 * mail.smtp.timeout_seconds) + (COPY_TIME if mail.mailboxes else timedelta())
    return max(timedelta(seconds=desk.settings.outbox.lease_seconds), slow)


class LeaseLostError(Exception):
    """The lease has ended before the text was begun: the message is another's to send, and nothing has left."""


def begin_text(desk: Desk, outbox_id: int, worker: str) -> None:
    """Note, durably, that the text is about to be handed over, and lease the message anew for that.

    Raises `LeaseLostError` when the worker may not send it any more.
    """
    with desk.database.write() as unit:
        mine = (OutboxItem.id == outbox_id, OutboxItem.state == OutboxState.SENDING, OutboxItem.lease_owner == worker)
        begun = update(OutboxItem).where(*mine, OutboxItem.lease_until >= unit.now).returning(OutboxItem.id)
        values = begun.values(text_begun_at=unit.now, lease_until=unit.now + lease_time(desk))
        if unit.session.scalar(values.execution_options(synchronize_session=False)) is None:
            raise LeaseLostError("The lease ended before the message was handed over.")


def settle_sent(
    desk: Desk,
    outbox_id: int,
    worker: str,
    provider_id: str | None,
    *,
    refused: Sequence[tuple[str, str]] = (),
    no_copy: str = "",
) -> None:
    """The other side has taken the message; `provider_id` is its name for it.

    `refused` are people in copy who do not get it, with the other side's words; `no_copy` tells why our mailbox has
    no copy yet. Both are kept as the error of a message that was sent all the same.
    """

    name = fitting(provider_id or "")

    def sent(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        item.state = OutboxState.SENT
        item.sent_at = unit.now
        item.provider_id = name or None
        if refused:
            message.details = message.details | {"refused": [list(each) for each in refused]}
        item.error = remarks(message.details, no_copy)
        forget_link(message)
        item.looked_for_at = unit.now if no_copy else None
        if message.external_id is None and name and _is_free(unit, message.channel, name):
            message.external_id = name
        remark: dict[str, Any] = {"error": item.error} if item.error else {}
        unit.record(EventKind.MESSAGE_SENT, case_id=message.case_id, message=message.id, **remark)

    try:
        _settle(desk, outbox_id, worker, sent)
    except IntegrityError:  # another worker has just given that name to its message
        _settle(desk, outbox_id, worker, sent)


def settle_failed(desk: Desk, outbox_id: int, worker: str, error: str) -> None:
    """The other side has refused the message for good, in these words."""

    def failed(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        _fail(unit, item, message, error)

    _settle(desk, outbox_id, worker, failed)


def remarks(details: Mapping[str, Any], no_copy: str) -> str | None:
    """What did not go as it should with a message that was sent: people it does not reach, the copy that is missing."""
    said = [f"{address} does not get it: {words}" for address, words in details.get("refused", ())]
    if no_copy:
        said.append(f"There is no copy in the Sent folder: {no_copy}")
    return clean_text("; ".join(said)) or None


def settle_later(desk: Desk, outbox_id: int, worker: str, error: str, *, chance: Callable[[], float] = random) -> None:
    """It could not be sent now: it waits, longer each time, and fails after the attempts that settings allow."""

    def later(unit: UnitOfWork, item: OutboxItem, message: Message) -> None:
        _put_off(desk, unit, item, message, error, chance)

    _settle(desk, outbox_id, worker, later)


def _put_off(
    desk: Desk, unit: UnitOfWork, item: OutboxItem, message: Message, error: str, chance: Callable[[], float]
) -> None:
    if item.attempts >= desk.settings.outbox.attempts:
        _fail(unit, item, message, f"{error} (tried {item.attempts} times)")
        return
    item.state = OutboxState.QUEUED
    item.error = clean_text(error)
    if item.attempts <= 1:  # one event a message, not one a try: a server that is away all night would fill the record
        unit.record(EventKind.MESSAGE_DELAYED, case_id=message.case_id, message=message.id, error=item.error)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(item.attempts - 1, MOST_DOUBLINGS))
    item.not_before = unit.now + wait * (1 + JITTER * chance())


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


def _lost(desk: Desk, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Leases that ran out, and such as nobody would give now: the clock was set back since."""
    latest = now + lease_time(desk) + OFF
    return OutboxItem.state == OutboxState.SENDING, or_(OutboxItem.lease_until < now, OutboxItem.lease_until > latest)


def _waits_for_a_clock_that_was_wrong(desk: Desk, now: datetime) -> tuple[ColumnElement[bool], ...]:
    latest = now + max(LONGEST_WAIT * (1 + JITTER), timedelta(seconds=desk.settings.outbox.undo_seconds)) + OFF
    return OutboxItem.state == OutboxState.QUEUED, OutboxItem.scheduled_for.is_(None), OutboxItem.not_before > latest


def _pull_back(desk: Desk, unit: UnitOfWork) -> None:
    """What waits for a moment that we would never have set goes now: its writer meant it for today."""
    far_off = update(OutboxItem).where(*_waits_for_a_clock_that_was_wrong(desk, unit.now))
    unit.session.execute(far_off.values(not_before=unit.now).execution_options(synchronize_session=False))


def _give_up_lost(desk: Desk, unit: UnitOfWork) -> None:
    lost = select(OutboxItem).where(*_lost(desk, unit.now))
    for item in unit.session.scalars(lost.with_for_update(skip_locked=True)):
        message = unit.session.get_one(Message, item.message_id)
        if item.text_begun_at is None:
            item.lease_owner = item.lease_until = None
            _put_off(desk, unit, item, message, "The program that was to send it stopped; nothing had left.", random)
            continue
        item.state = OutboxState.UNKNOWN
        item.error = "The program that was sending it stopped; whether it left is not known."
        item.lease_until = None  # its owner stays: if it lives after all, it knows better
        unit.record(EventKind.MESSAGE_UNKNOWN, case_id=message.case_id, message=message.id, error=item.error)


def outgoing(session: Session, ids: list[int]) -> tuple[OutgoingRow, ...]:
    """Messages as senders get them, with their files; `ids` are their places in the outbox."""
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
    files = _files(session, ids)
    rows = (OutgoingRow(*row, files=tuple(files[row.message_id])) for row in session.execute(query).all())
    return tuple(completed(session.connection(), row) for row in rows)


def _files(session: Session, ids: list[int]) -> defaultdict[int, list[OutgoingFile]]:
    """What goes along with messages, by their ids, in its order."""
    query = (
        select(Attachment.message_id, Attachment.filename, Attachment.content_type, Blob.data)
        .join(Blob, Blob.sha256 == Attachment.sha256)
        .join(OutboxItem, OutboxItem.message_id == Attachment.message_id)
        .where(OutboxItem.id.in_(ids))
        .order_by(Attachment.message_id, Attachment.position)
    )
    found: defaultdict[int, list[OutgoingFile]] = defaultdict(list)
    for row in session.execute(query):
        found[row.message_id].append(OutgoingFile(row.filename, row.content_type, row.data))
    return found
