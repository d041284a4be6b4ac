"""What the Sent folder of a mailbox tells and lacks: messages of unknown fate found there, copies still to be put."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from db.kinds import Channel, OutboxState
from db.models import Message, OutboxItem
from db.rows import OutgoingRow
from desk.services.delivery import settle_as_sent
from desk.services.desk import Desk
from desk.services.outbox import outgoing, remarks

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
LOOKED_FOR = timedelta(days=3)
"""After so long nothing turns up any more; the message waits for a person as it has all the time."""

MOST_LOOKS = 5
"""Messages that are looked for in one go: each costs a visit to the mail server, and nothing is sent meanwhile."""

MOST_TRIES = 6
"""How often a copy is tried that could not be put into the Sent folder."""

NEWEST = 2_000
"""Messages among which missing copies are looked for: what is older is not worth a search through all that was sent."""

Look = Callable[[OutgoingRow], bool | None]
"""Whether the message lies in its Sent folder; None where there is none to look into. May raise anything."""

Keep = Callable[[OutgoingRow], None]
"""Puts a copy of a message into its Sent folder, unless it is there. May raise anything."""

log = logging.getLogger(__name__)


def find_unknown(desk: Desk, look: Look) -> int:
    """Look for messages of unknown fate where a copy would be; how many were found, and so were sent.

    Each is looked for at once, then after pauses as long as all the time before, from a minute to six hours, for
    three days. That it is not there proves nothing: such a message waits for a person.
    """
    found = 0
    for item_id, looked in _due(desk):
        message = _claimed(desk, item_id, looked)
        if message is None:
            continue
        try:
            is_there = look(message)
        except Exception as error:  # noqa: BLE001  (a mailbox that is away is asked again later, whatever is wrong)
            log.warning("message %d could not be looked for: %s", message.message_id, error)
            break  # the others would wait for the same server
        if is_there and _settle_found(desk, item_id):
            found += 1
    return found


def put_missing(desk: Desk, keep: Keep) -> int:
    """Put copies into Sent folders that could not be put when their messages were sent; how many were put.

    A copy that fails again is tried six times in all, with growing pauses; then what was wrong stays on the case.
    """
    put = 0
    for item_id, looked in _lacking(desk):
        message = _claimed(desk, item_id, looked)
        if message is None:
            continue
        why = ""
        try:
            keep(message)
        except Exception as error:  # noqa: BLE001  (the message has been sent: its copy must trouble nothing else)
            why = str(error) or type(error).__name__
        _note_copy(desk, item_id, why)
        if why:
            break  # the others would wait for the same server
        put += 1
    return put


def next_look(item_from: datetime, looked_for_at: datetime | None) -> datetime:
    """When a message that is to be sent since `item_from` is looked for next."""
    if looked_for_at is None:
        return item_from
    return looked_for_at + min(LONGEST_PAUSE, max(FIRST_PAUSE, looked_for_at - item_from))


def _due(desk: Desk) -> list[tuple[int, datetime | None]]:
    now = desk.clock()
    query = select(OutboxItem.id, OutboxItem.not_before, OutboxItem.looked_for_at).where(
        OutboxItem.state == OutboxState.UNKNOWN, OutboxItem.channel == Channel.EMAIL
    )
    with desk.database.read() as connection:
        rows = connection.execute(query.order_by(OutboxItem.id)).all()
    return [(item_id, looked) for item_id, since, looked in rows if _is_due(now, since, looked)][:MOST_LOOKS]


def _is_due(now: datetime, since: datetime, looked: datetime | None) -> bool:
    if looked is None or looked > now:  # later than now: the clock was set back
        return True
    return looked - since < LOOKED_FOR and next_look(since, looked) <= now


def _lacking(desk: Desk) -> list[tuple[int, datetime]]:
    newest = select(func.max(OutboxItem.id)).scalar_subquery()
    query = (
        select(OutboxItem.id, OutboxItem.looked_for_at, Message.details)
        .join(Message, Message.id == OutboxItem.message_id)
        .where(
            OutboxItem.state == OutboxState.SENT,
            OutboxItem.id > newest - NEWEST,
            OutboxItem.looked_for_at.is_not(None),
        )
        .order_by(OutboxItem.id)
    )
    now = desk.clock()
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
    due = [
        (item_id, tried)
        for item_id, tried, details in rows
        if tried > now or tried + FIRST_PAUSE * 2 ** int(details.get("copy_tries", 0)) <= now
    ]
    return due[:MOST_LOOKS]


def _claimed(desk: Desk, item_id: int, looked: datetime | None) -> OutgoingRow | None:
    """The message, once it is noted that it is looked for: no other worker does meanwhile, and no crash repeats it.

    None when another worker, or a person, was quicker.
    """
    with desk.database.write() as unit:
        query = select(OutboxItem).where(OutboxItem.id == item_id).with_for_update(skip_locked=True)
        item = unit.session.scalar(query)
        if item is None or item.state not in {OutboxState.UNKNOWN, OutboxState.SENT} or item.looked_for_at != looked:
            return None
        item.looked_for_at = unit.now
        unit.session.flush()
        (message,) = outgoing(unit.session, [item_id])
        return message


def _settle_found(desk: Desk, item_id: int) -> bool:
    with desk.database.write() as unit:
        item = unit.session.get_one(OutboxItem, item_id, with_for_update=True)
        if item.state is not OutboxState.UNKNOWN:
            return False  # a person has decided meanwhile
        settle_as_sent(unit, item, unit.session.get_one(Message, item.message_id), None, "found in the Sent folder")
        return True


def _note_copy(desk: Desk, item_id: int, why: str) -> None:
    with desk.database.write() as unit:
        item = unit.session.get_one(OutboxItem, item_id, with_for_update=True)
        if item.state is not OutboxState.SENT:
            return
        message = unit.session.get_one(Message, item.message_id)
        tries = int(message.details.get("copy_tries", 0)) + 1
        details: dict[str, Any] = {name: value for name, value in message.details.items() if name != "copy_tries"}
        message.details = details | {"copy_tries": tries} if why else details
        item.error = remarks(message.details, why)
        if not why or tries >= MOST_TRIES - 1:  # the first try was right after the sending
            item.looked_for_at = None
