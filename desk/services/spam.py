"""Spam: cases that nobody asked for, and senders from whom nothing more is to reach the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from db.kinds import EventKind, MessageKind, Status
from db.models import Case, ContactPoint, Event, Message
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.addressing import ADDRESSED_BY
from desk.rules.due import answer_due
from desk.rules.permissions import Permission, require
from desk.services.changes import move_to
from desk.services.changing import FIELDS, Done, as_json, case_to_change, for_each
from desk.services.customers import folded_contact
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.reopening import reopen

RESTORED = ("due_at", "snoozed_until", "solved_at", "closed_at")


def mark(desk: Desk, me: AgentRow, case_ids: Sequence[int]) -> Done:
    """Close cases as spam and block who wrote them; what they write from then on never stands in the queue.

    Who only has their name in the sender of a mail that our server called forged is not blocked. `changes.undo` and
    `unmark` put everything back.
    """

    def change(unit: UnitOfWork, case: Case) -> bool:
        if case.spam_at is not None:
            return False
        before = as_json({name: getattr(case, name) for name in FIELDS})
        blocked = _block(unit, me, case, _senders(desk, unit, case))
        case.spam_at = unit.now
        move_to(unit, case, Status.CLOSED, me)
        unit.record(
            EventKind.CASE_SPAM,
            case_id=case.id,
            agent_id=me.id,
            before=before,
            after={"spam": True},
            blocked=blocked,
            seen=_last_message(unit, case.id),
        )
        return True

    return for_each(desk, me, case_ids, change, way_back=unmark)


def unmark(desk: Desk, me: AgentRow, case_ids: Sequence[int]) -> Done:
    """Take cases out of the spam: each stands as it did before it was marked, and who was blocked with it is not now.

    One on which somebody has written since, or that the desk itself took for spam, stands in the queue.
    """

    def change(unit: UnitOfWork, case: Case) -> bool:
        if case.spam_at is None:
            raise CaseError(f"#{case.id} is not marked as spam.")
        marked = _marking(unit, case.id)
        blocked = marked.get("blocked")
        points = _senders(desk, unit, case) if blocked is None else _points(unit, blocked)
        _unblock(unit, me, case, points)
        case.spam_at = None
        _stand_as_before(unit, case, marked.get("before") or {})
        if _last_message(unit, case.id) > marked.get("seen", 0) and case.status is not Status.CLOSED:
            reopen(unit, case, "somebody wrote while it was spam")
        unit.record(
            EventKind.CASE_SPAM,
            case_id=case.id,
            agent_id=me.id,
            before={"spam": True},
            after={"spam": False, "status": case.status.value},
        )
        return True

    return for_each(desk, me, case_ids, change, way_back=mark)


def block(desk: Desk, me: AgentRow, case_id: int) -> tuple[str, ...]:
    """Block who wrote this case; the addresses that were not blocked before. Raises `CaseError` when nobody can be."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        points = _senders(desk, unit, case)
        if not points:
            raise CaseError(f"#{case_id} has no sender on file who could be blocked.")
        blocked = _block(unit, me, case, points)
        return tuple(point.value for point in points if point.id in blocked)


def unblock(desk: Desk, me: AgentRow, case_id: int) -> tuple[str, ...]:
    """Let who wrote this case write again; the addresses that were blocked until now."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        return _unblock(unit, me, case, _senders(desk, unit, case))


def _senders(desk: Desk, unit: UnitOfWork, case: Case) -> Sequence[ContactPoint]:
    """The customer's contact points from which the case's messages came, locked."""
    wrote = select(Message.sender_address, Message.details).where(
        Message.case_id == case.id, Message.kind == MessageKind.INBOUND, Message.side_id.is_(None)
    )
    kind = ADDRESSED_BY[case.channel]
    folded = {
        folded_contact(kind, address, desk.settings.country)
        for address, details in unit.session.execute(wrote)
        if not details.get("unverified")
    }
    points = (
        select(ContactPoint)
        .where(ContactPoint.customer_id == case.customer_id, ContactPoint.kind == kind)
        .order_by(ContactPoint.id)
        .with_for_update(key_share=True)
    )
    return [point for point in unit.session.scalars(points) if point.folded in folded]


def _points(unit: UnitOfWork, ids: Sequence[int]) -> Sequence[ContactPoint]:
    points = select(ContactPoint).where(ContactPoint.id.in_(ids)).order_by(ContactPoint.id)
    return unit.session.scalars(points.with_for_update(key_share=True)).all()


def _block(unit: UnitOfWork, me: AgentRow, case: Case, points: Iterable[ContactPoint]) -> list[int]:
    """Block those that are not; their ids."""
    blocked = []
    for point in points:
        if point.blocked_at is None:
            point.blocked_at = unit.now
            blocked.append(point.id)
            unit.record(EventKind.ADDRESS_BLOCKED, case_id=case.id, agent_id=me.id, address=point.value)
    return blocked


def _unblock(unit: UnitOfWork, me: AgentRow, case: Case, points: Iterable[ContactPoint]) -> tuple[str, ...]:
    """Unblock those that are blocked; their addresses."""
    unblocked = []
    for point in points:
        if point.blocked_at is not None:
            point.blocked_at = None
            unblocked.append(point.value)
            unit.record(EventKind.ADDRESS_UNBLOCKED, case_id=case.id, agent_id=me.id, address=point.value)
    return tuple(unblocked)


def _marking(unit: UnitOfWork, case_id: int) -> dict[str, Any]:
    """What the last marking of a case recorded."""
    query = select(Event.data).where(Event.case_id == case_id, Event.kind == EventKind.CASE_SPAM.value)
    said: Iterator[dict[str, Any]] = iter(unit.session.scalars(query.order_by(Event.id.desc())))
    return next((data for data in said if (data.get("after") or {}).get("spam")), {})


def _stand_as_before(unit: UnitOfWork, case: Case, before: dict[str, Any]) -> None:
    case.status = Status(before.get("status", Status.NEW))
    for name in RESTORED:
        value = before.get(name)
        setattr(case, name, datetime.fromisoformat(value) if value else None)
    if case.status in {Status.NEW, Status.OPEN} and case.due_at is None:
        case.due_at = answer_due(case.channel, case.priority, unit.now)


def _last_message(unit: UnitOfWork, case_id: int) -> int:
    newest = select(func.max(Message.id)).where(
        Message.case_id == case_id, Message.kind == MessageKind.INBOUND, Message.is_automatic.is_(False)
    )
    return unit.session.scalar(newest) or 0
