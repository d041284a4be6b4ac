"""A merchant's word that it has paid already: kept on its refund until the wallet has said what it shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from db.kinds_refunds import RefundState
from db.models import Refund, RefundPayment
from db.uow import UnitOfWork
from desk.services.refunds.payments import KNOWN_TO_THE_WALLET
from desk.wallet.port import Transaction

CLAIMED, CHECKED = "claims_paid", "claim_checked"
BEFORE = "paid_before"
"""What others had paid back of the payment when a refund was sent, less what counts for other refunds."""
PART = "paid_by_merchant"
"""What others have paid back since that counts for this refund, where it was less than was asked."""


def claim(refund: Refund, now: datetime) -> None:
    """Note that the merchant says so; what the wallet has said of an earlier claim counts no more."""
    kept = {name: value for name, value in refund.details.items() if name != CHECKED}
    refund.details = kept | {CLAIMED: now.isoformat()}


def unchecked_claim(refund: Refund) -> str:
    """The claim about which the wallet has said nothing yet, by its moment; empty where there is none."""
    return "" if refund.details.get(CHECKED) else str(refund.details.get(CLAIMED) or "")


def checked(refund: Refund, now: datetime) -> None:
    """The wallet has said what it shows."""
    refund.details = refund.details | {CHECKED: now.isoformat()}


@dataclass(frozen=True, slots=True)
class Found:
    """What the wallet shows of a claim, in minor units; `is_certain` once nothing under way can change it."""

    amount: int
    is_certain: bool


def note_paid_before(unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> None:
    """Keep, as a refund is sent, what others had paid back of its payment by then: it counts for no claim."""
    refund.details = refund.details | {BEFORE: payment.outside - _parts(_refunds_of(unit, payment))}


def found(unit: UnitOfWork, refund: Refund, payment: RefundPayment, shown: Transaction, asked_at: datetime) -> Found:
    """What others have paid back since a refund was sent, and counts for none but it; `shown` was read at `asked_at`.

    Where the wallet may or may not know one of our refunds yet, or pays one of others that it has not paid so far, a
    claim that may be true is not certain.
    """
    rows = _refunds_of(unit, payment)
    ours = {state: sum(each.amount for each in rows if each.state is state) for state in KNOWN_TO_THE_WALLET}
    pending = min(ours[RefundState.PENDING], shown.refund_pending)  # of the others the wallet knows by now how they end
    since = sum(each.amount for each in rows if each.state is RefundState.PAID and each.state_since > asked_at)
    paid = ours[RefundState.PAID] - since
    unsure = ours[RefundState.REQUESTED] + ours[RefundState.UNKNOWN] + ours[RefundState.PENDING] - pending + since
    coming = shown.refund_pending - pending
    parts = _parts(rows)
    before = refund.details.get(BEFORE, payment.outside - parts)
    in_all = shown.refunded + shown.refund_pending
    amount = max(in_all - paid - pending - parts - before, 0)
    return Found(amount, is_certain=not amount or not (unsure or coming))


def take_part(refund: Refund, amount: int) -> None:
    """Others have paid this much of what was asked: only the rest is left to decide about."""
    refund.details = refund.details | {PART: refund.details.get(PART, 0) + amount}
    refund.amount -= amount


def _refunds_of(unit: UnitOfWork, payment: RefundPayment) -> list[Refund]:
    unit.session.flush()
    query = select(Refund).where(Refund.payment_id == payment.id)
    return list(unit.session.scalars(query.execution_options(populate_existing=True)))


def _parts(rows: list[Refund]) -> int:
    return sum(each.details.get(PART, 0) for each in rows)
