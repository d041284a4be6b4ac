"""Reads of refunds: one, those of a case, lanes, and what patterns need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from db.kinds_refunds import RefundLane, RefundState
from db.models.agent import Agent
from db.models.case import Case
from db.models.customer import Customer
from db.models.refund import Refund, RefundApproval, RefundPayment
from db.rows_refunds import RefundRow

MOST_LISTED = 100


def amounts(column: ColumnElement[int] | InstrumentedAttribute[int]) -> Select[int]:
    """What amounts sum to, 0 of none: a whole number, where PostgreSQL makes a decimal of the sum of big integers."""
    return select(func.coalesce(cast(func.sum(column), BigInteger), 0))


def refund_row(connection: Connection, refund_id: int) -> RefundRow | None:
    """One refund, or None."""
    found = _rows(connection, _refunds().where(Refund.id == refund_id))
    return found[0] if found else None


def of_case(connection: Connection, case_id: int) -> tuple[RefundRow, ...]:
    """The refunds of a case, oldest first."""
    return _rows(connection, _refunds().where(Refund.case_id == case_id).order_by(Refund.id))


def of_merchant(connection: Connection, merchant: str) -> tuple[RefundRow, ...]:
    """A merchant's refunds that it has to answer, the earliest deadline first; at most 100."""
    query = _refunds().where(Refund.merchant == merchant, Refund.state == RefundState.WITH_MERCHANT)
    return _rows(connection, query.order_by(Refund.deadline_at, Refund.id).limit(MOST_LISTED))


def in_lane(
    connection: Connection, lane: RefundLane | None, *, after: tuple[datetime, int] | None = None,
    states: Sequence[RefundState] = (), limit: int = MOST_LISTED,
) -> tuple[RefundRow, ...]:  # fmt: skip
    """A page of a lane in its order, or of every refund, newest first, when `lane` is None; keyset by `after`.

    The merchant's lane is ordered by deadline, so that what is late or will be first comes first; the others by since
    when they wait.
    """
    query = _refunds()
    if lane is None:
        if states:
            query = query.where(Refund.state.in_(states))
        if after is not None:
            query = query.where(Refund.id < after[1])
        return _rows(connection, query.order_by(Refund.id.desc()).limit(limit))
    moment = Refund.deadline_at if lane is RefundLane.MERCHANT else Refund.state_since
    query = query.where(condition(lane))
    if after is not None:
        query = query.where(or_(moment > after[0], and_(moment == after[0], Refund.id > after[1])))
    return _rows(connection, query.order_by(moment, Refund.id).limit(limit))


def condition(lane: RefundLane) -> ColumnElement[bool]:
    """What makes a refund belong to a lane."""
    approved_once = select(RefundApproval.refund_id).where(RefundApproval.refund_id == Refund.id).exists()
    conditions: dict[RefundLane, ColumnElement[bool]] = {
        RefundLane.MERCHANT: Refund.state == RefundState.WITH_MERCHANT,
        RefundLane.REVIEW: Refund.state.in_([RefundState.UNANSWERED, RefundState.IN_REVIEW, RefundState.FAILED])
        & ~approved_once,
        RefundLane.APPROVALS: and_(Refund.state == RefundState.IN_REVIEW, approved_once),
        RefundLane.UNKNOWN: Refund.state == RefundState.UNKNOWN,
    }
    return conditions[lane]


def _refunds() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Refund.id, Refund.case_id, Refund.customer_id, Customer.name, Case.language, Refund.state,
            Refund.state_since, Refund.reason, Refund.amount, RefundPayment.currency, RefundPayment.amount,
            RefundPayment.wallet_id, RefundPayment.reference, RefundPayment.paid_at, Refund.merchant,
            RefundPayment.merchant_name, Refund.key, Refund.opened_by, Agent.name, Refund.opened_at,
            Refund.deadline_at, Refund.next_at, Refund.said, Refund.wallet_reference, Refund.flags, Refund.needed,
            Refund.reminders, Refund.question, Refund.version,
        )
        .join(RefundPayment, RefundPayment.id == Refund.payment_id)
        .join(Case, Case.id == Refund.case_id)
        .join(Customer, Customer.id == Refund.customer_id)
        .join(Agent, Agent.id == Refund.opened_by)
    )  # fmt: skip


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[RefundRow, ...]:
    found = connection.execute(query).all()
    if not found:
        return ()
    approved: dict[int, list[str]] = {}
    by = (
        select(RefundApproval.refund_id, Agent.name)
        .join(Agent, Agent.id == RefundApproval.agent_id)
        .where(RefundApproval.refund_id.in_([row[0] for row in found]))
        .order_by(RefundApproval.at, RefundApproval.agent_id)
    )
    for refund_id, name in connection.execute(by):
        approved.setdefault(refund_id, []).append(name)
    rows = []
    for *facts, flags, needed, reminders, question, version in found:
        so_far = tuple(approved.get(facts[0], ()))
        rows.append(RefundRow(*[*facts, tuple(flags), so_far, needed, reminders, question, version]))
    return tuple(rows)
