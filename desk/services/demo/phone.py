"""Calls and call-backs of the demo world, made from the cases by phone that it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db.kinds import CallDirection, CallFollowUp, CallOutcome, Channel, ContactKind, MessageKind, Status
from db.models import Call, Callback, Case, ContactPoint, Message
from desk.rules.slots import Slot, slots
from desk.services.hours import plans_of
from desk.settings import Phone

CALLBACKS, CALLS = 8, 40
RESTING = (Status.ON_HOLD, Status.WAITING_CUSTOMER)
"""Outside the queue, so that its counts stay as they are."""

ENDINGS = (
    (CallOutcome.HELPED, CallFollowUp.SOLVE),
    (CallOutcome.NEEDS_WORK, CallFollowUp.NONE),
    (CallOutcome.HELPED, CallFollowUp.WAITING_CUSTOMER),
    (CallOutcome.CUT_OFF, CallFollowUp.NONE),
)


def add_phone(connection: Connection, until: datetime) -> None:
    """Promise call-backs on resting cases by phone, and make calls of the newest that are solved."""
    _add_callbacks(connection, until)
    _add_calls(connection)


def _add_callbacks(connection: Connection, until: datetime) -> None:
    plan = plans_of(connection, until).get(Channel.PHONE)
    if plan is None:
        return
    places = _places(slots(plan.hours, until, Phone().slot_minutes))
    held = (
        select(Case.id, Case.customer_id, Case.language, Case.created_at, ContactPoint.value)
        .join(ContactPoint, ContactPoint.customer_id == Case.customer_id)
        .where(Case.channel == Channel.PHONE, Case.status.in_(RESTING), ContactPoint.kind == ContactKind.PHONE)
        .order_by(Case.id.desc())
        .limit(CALLBACKS)
    )
    rows: list[dict[str, Any]] = []
    for row, ((start, end), place) in zip(connection.execute(held).all(), places, strict=False):
        rows.append({
            "id": len(rows) + 1, "case_id": row.id, "customer_id": row.customer_id, "number": row.value,
            "language": row.language, "slot_start": start, "slot_end": end, "place": place,
            "attempts": len(rows) % 2, "created_at": row.created_at,
        })  # fmt: skip
        connection.execute(update(Case).where(Case.id == row.id).values(status=Status.ON_HOLD, snoozed_until=start))
        _note_on_message(connection, row.id, {"missed": True})
    if rows:
        connection.execute(insert(Callback), rows)


def _add_calls(connection: Connection) -> None:
    taken = (
        select(Case.id, Case.customer_id, Case.assignee_id, Case.created_at, ContactPoint.value)
        .join(ContactPoint, ContactPoint.customer_id == Case.customer_id)
        .where(
            Case.channel == Channel.PHONE, Case.status.in_((Status.SOLVED, Status.CLOSED)),
            Case.assignee_id.is_not(None), ContactPoint.kind == ContactKind.PHONE,
        )
        .order_by(Case.id.desc())
        .limit(CALLS)
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for row in connection.execute(taken).all():
        outcome, follow_up = ENDINGS[row.id % len(ENDINGS)]
        duration = 45 + row.id * 37 % 600
        ended = row.created_at + timedelta(seconds=duration)
        rows.append({
            "id": len(rows) + 1, "agent_id": row.assignee_id, "direction": CallDirection.INBOUND,
            "number": row.value, "customer_id": row.customer_id, "case_id": row.id, "name": "", "notes": "",
            "started_at": row.created_at, "seen_at": ended, "ended_at": ended, "outcome": outcome,
            "follow_up": follow_up,
        })  # fmt: skip
        facts = {"duration_s": duration, "outcome": outcome, "follow_up": follow_up, "direction": "inbound"}
        _note_on_message(connection, row.id, facts)
    if rows:
        connection.execute(insert(Call), rows)


def _note_on_message(connection: Connection, case_id: int, facts: dict[str, Any]) -> None:
    first = select(Message.id, Message.details).where(Message.case_id == case_id, Message.kind == MessageKind.INBOUND)
    found = connection.execute(first.order_by(Message.id).limit(1)).one_or_none()
    if found is not None:
        connection.execute(
            update(Message).where(Message.id == found.id).values(details=found.details | {"call": facts})
        )


def _places(found: Iterator[Slot]) -> Iterator[tuple[Slot, int]]:
    """Two seats of each slot."""
    for slot in found:
        yield slot, 1
        yield slot, 2
