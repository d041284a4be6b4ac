"""Reads of refunds: one, those of a case, lanes, and what patterns need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.kinds_refunds import RefundLane, RefundState
from db.models.agent import Agent
from db.models.case import Case
from db.models.customer import Customer
from db.models.event import Event
from db.models.message import Attachment
from db.models.refund import Refund, RefundApproval, RefundEvidence, RefundPayment
from db.queries.incidents import merged_into
from db.rows import EventRow
from db.rows_refunds import MOST_COUNTED, RefundRow

MOST_LISTED = 100
OPEN_ELSEWHERE = (
    RefundState.UNANSWERED, RefundState.IN_REVIEW, RefundState.APPROVED, RefundState.REQUESTED, RefundState.PENDING,
    RefundState.UNKNOWN, RefundState.FAILED,
)  # fmt: skip
"""Not over, and not the merchant's to answer."""


def amounts(column: ColumnElement[int] | InstrumentedAttribute[int]) -> Select[int]:
    """What amounts sum to, 0 of none: a whole number, where PostgreSQL makes a decimal of the sum of big integers."""
    return select(func.coalesce(cast(func.sum(column), BigInteger), 0))


def refund_row(connection: Connection, refund_id: int) -> RefundRow | None:
    """One refund, or None."""
    found = _rows(connection, _refunds().where(Refund.id == refund_id))
    return found[0] if found else None


def events_of(connection: Connection, refund_id: int, case_id: int, limit: int = MOST_LISTED) -> tuple[EventRow, ...]:
    """Up to `limit` events of a refund, newest first, on its case and those that were merged into it."""
    query = (
        select(Event.id, Event.at, Event.kind, Agent.name, Event.case_id, Event.data)
        .outerjoin(Agent, Agent.id == Event.agent_id)
        .where(Event.case_id.in_(merged_into(connection, case_id)), Event.data["refund"].as_integer() == refund_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return tuple(EventRow(*row) for row in connection.execute(query))


def of_case(connection: Connection, case_id: int) -> tuple[RefundRow, ...]:
    """The refunds of a case, oldest first."""
    return _rows(connection, _refunds().where(Refund.case_id == case_id).order_by(Refund.id))


def of_ids(connection: Connection, ids: Sequence[int]) -> tuple[RefundRow, ...]:
    """These refunds, in the order of the merchant's lane."""
    found: list[RefundRow] = []
    for start in range(0, len(ids), MOST_LISTED):
        found += _rows(connection, _refunds().where(Refund.id.in_(ids[start : start + MOST_LISTED])))
    return tuple(sorted(found, key=lambda row: (row.deadline_at or row.state_since, row.id)))


def of_merchant(connection: Connection, merchant: str) -> tuple[RefundRow, ...]:
    """A merchant's open refunds: those that it has to answer, by deadline, then the others; at most 100 of each."""
    mine = _refunds().where(Refund.merchant == merchant)
    asked = mine.where(Refund.state == RefundState.WITH_MERCHANT).order_by(Refund.deadline_at, Refund.id)
    others = mine.where(Refund.state.in_(OPEN_ELSEWHERE)).order_by(Refund.state_since, Refund.id)
    return tuple(row for query in (asked, others) for row in _rows(connection, query.limit(MOST_LISTED)))


def in_lane(
    connection: Connection, lane: RefundLane | None, *, after: RefundRow | None = None,
    states: Sequence[RefundState] = (), flagged: bool = False, limit: int = MOST_LISTED,
) -> tuple[RefundRow, ...]:  # fmt: skip
    """A page of a lane in its order, or of every refund, newest first, when `lane` is None; keyset: what comes `after`.

    The merchant's lane is ordered by deadline, so that what is late or will be first comes first; the others by since
    when they wait.
    """
    query = select(Refund.id)  # first which, then all about them: what is put in order has to be small
    if states:
        query = query.where(Refund.state.in_(states))
    if flagged:
        query = query.where(Refund.is_flagged)
    if lane is None:
        if after is not None:
            query = query.where(Refund.id < after.id)
        return _in_order(connection, query.order_by(Refund.id.desc()).limit(limit))
    moment = Refund.deadline_at if lane is RefundLane.MERCHANT else Refund.state_since
    query = query.where(condition(lane))
    if after is not None:
        come = after.deadline_at if lane is RefundLane.MERCHANT else after.state_since
        query = query.where(tuple_(moment, Refund.id) > tuple_(literal(come, moment.type), literal(after.id)))
    return _in_order(connection, query.order_by(moment, Refund.id).limit(limit))


def _in_order(connection: Connection, which: Select[int]) -> tuple[RefundRow, ...]:
    ids = connection.scalars(which).all()
    found = {row.id: row for row in _rows(connection, _refunds().where(Refund.id.in_(ids)))}
    return tuple(found[each] for each in ids if each in found)


def count_in(connection: Connection, lane: RefundLane, most: int = MOST_COUNTED) -> int:
    """How many stand in a lane; counting ends at `most`, so that it costs the same however many there are."""
    some = select(Refund.id).where(condition(lane)).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def condition(lane: RefundLane) -> ColumnElement[bool]:
    """What makes a refund belong to a lane."""
    approved_once = select(RefundApproval.refund_id).where(RefundApproval.refund_id == Refund.id).exists()
    conditions: dict[RefundLane, ColumnElement[bool]] = {
        RefundLane.MERCHANT: Refund.state == RefundState.WITH_MERCHANT,
        RefundLane.REVIEW: Refund.state.in_([RefundState.UNANSWERED, RefundState.IN_REVIEW, RefundState.FAILED])
        & ((Refund.state != RefundState.IN_REVIEW) | ~approved_once),  # what failed keeps its approvals
        RefundLane.APPROVALS: and_(Refund.state == RefundState.IN_REVIEW, approved_once),
        RefundLane.UNKNOWN: Refund.state == RefundState.UNKNOWN,
        RefundLane.FLAGGED: Refund.state.in_([RefundState.WITH_MERCHANT, *OPEN_ELSEWHERE]) & Refund.is_flagged,
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
    files: dict[int, list[str]] = {}
    along = (
        select(RefundEvidence.refund_id, Attachment.filename)
        .join(Attachment, Attachment.id == RefundEvidence.attachment_id)
        .where(RefundEvidence.refund_id.in_([row[0] for row in found]))
        .order_by(Attachment.id)
    )
    for refund_id, name in connection.execute(along):
        files.setdefault(refund_id, []).append(name)
    rows = []
    for *facts, flags, needed, reminders, question, version in found:
        so_far, sent = tuple(approved.get(facts[0], ())), tuple(files.get(facts[0], ()))
        rows.append(RefundRow(*[*facts, tuple(flags), so_far, needed, reminders, question, version, sent]))
    return tuple(rows)
