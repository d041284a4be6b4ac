"""What canned answers know of a case's refund, and the refund that one of them sends on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from db.kinds import Language
from db.kinds_refunds import HOLDS_NOTHING, SETTLED, RefundState
from db.models import Case, Refund, RefundPayment
from db.rows import AgentRow
from db.rows_refunds import RefundRow
from db.uow import UnitOfWork
from desk.rules.answers import as_value
from desk.services.desk import Desk
from desk.services.refunds import opening
from desk.services.refunds.errors import NoRefundError
from desk.services.refunds.policies import policies_of
from desk.services.refunds.telling import back_by
from desk.services.refunds.words import place_of, words_of
from desk.templates.values import Moment, Money, Value

ON_ITS_WAY = frozenset({RefundState.APPROVED, RefundState.REQUESTED, RefundState.PENDING, RefundState.UNKNOWN})


def values(
    connection: Connection, refunds: Sequence[RefundRow], language: Language, now: datetime
) -> Mapping[str, Value]:
    """The values of `refund.…` and `transaction.…` for a case's refunds, of the one that is spoken of.

    That is the newest that is under way, else the newest that was not stopped; nothing where there is none.
    """
    refund = spoken_of(refunds)
    if refund is None:
        return {}
    words = words_of(language)
    merchant = as_value(refund.merchant_name or refund.merchant)
    found: dict[str, Value] = {
        "refund.amount": Money(refund.amount, refund.currency),
        "refund.merchant": merchant,
        "refund.reason": words.reasons[refund.reason],
        "refund.state": words.states[refund.state],
        "refund.progress": place_of(refund.state, language),
        "transaction.amount": Money(refund.paid_amount, refund.currency),
        "transaction.merchant": merchant,
        "transaction.date": Moment(refund.paid_at),
        "transaction.reference": as_value(refund.reference or refund.transaction),
    }
    start = None
    if refund.state is RefundState.WITH_MERCHANT and refund.deadline_at is not None:
        found["refund.answer_until"] = Moment(refund.deadline_at)
        start = refund.deadline_at
    elif refund.state in ON_ITS_WAY:
        start = refund.state_since
    if start is not None:
        query = select(RefundPayment.path).where(RefundPayment.wallet_id == refund.transaction)
        path = policies_of(connection, now.year).path(connection.scalar(query) or "")
        found["refund.back_by"] = Moment(back_by(path, start))
    return found


def spoken_of(refunds: Sequence[RefundRow]) -> RefundRow | None:
    """The refund that answers on a case speak of; `refunds` are oldest first."""
    not_stopped = [each for each in refunds if each.state is not RefundState.CANCELLED]
    under_way = [each for each in not_stopped if each.state not in SETTLED]
    return next(reversed(under_way or not_stopped), None)


def send_draft(desk: Desk, unit: UnitOfWork, case: Case, me: AgentRow) -> None:
    """Send the case's newest draft of a refund, in the transaction that sends an answer; one under way is left alone.

    The wallet is not asked here: a draft knows its payment. Raises `NoRefundError` where nothing was opened, and what
    `opening.send` raises; the answer is not sent then.
    """
    unit.session.flush()  # taking hold of the case reads it again
    query = select(Refund.id, Refund.state).where(Refund.case_id == case.id).order_by(Refund.id.desc())
    known = unit.session.execute(query).all()
    draft = next((row.id for row in known if row.state is RefundState.DRAFT), None)
    if draft is not None:
        opening.send_in(desk, unit, me, draft)
    elif all(row.state in HOLDS_NOTHING or row.state is RefundState.PAID for row in known):
        raise NoRefundError
