"""What a message from outside does to a case that waits: it wakes it, and holds what was meant to be sent later."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from db.kinds import EventKind, OutboxState
from db.models import Case, Message, OutboxItem
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.lifecycle import after_customer_message
from desk.services.places import slices

HELD_WHY = "There is a new message on the case. Read it, then let this answer go, change it or take it back."


def reopen(unit: UnitOfWork, case: Case, why: str) -> None:
    """Put a case that is not closed into the queue, where it stands with the due moment that it had, or a new one."""
    before = case.status
    after = after_customer_message(before) or before
    case.updated_at = unit.now
    case.snoozed_until = None
    case.solved_at = None
    if case.due_at is None:
        case.due_at = answer_due(case.channel, case.priority, unit.now)
    if after is not before:
        case.status = after
        unit.record(
            EventKind.CASE_STATUS,
            case_id=case.id,
            before={"status": before.value},
            after={"status": after.value},
            why=why,
        )


def hold_scheduled(unit: UnitOfWork, case_ids: Collection[int]) -> None:
    """Hold the answers on these cases that wait for a later moment: they were written before somebody wrote again."""
    for some in slices(sorted(case_ids)):
        query = (
            select(OutboxItem, Message.case_id)
            .join(Message, Message.id == OutboxItem.message_id)
            .where(
                Message.case_id.in_(some),
                OutboxItem.state == OutboxState.QUEUED,
                OutboxItem.scheduled_for.is_not(None),
                OutboxItem.held_why.is_(None),
            )
            .order_by(OutboxItem.id)
            .with_for_update(of=OutboxItem)
        )
        for item, case_id in unit.session.execute(query).all():
            item.held_why = HELD_WHY
            unit.record(EventKind.MESSAGE_HELD, case_id=case_id, message=item.message_id, why=HELD_WHY)
