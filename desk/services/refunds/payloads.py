"""What a merchant's program gets about a refund, by webhook or as a file: one JSON object of a type and its data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from db.models import Attachment, RefundEvidence
from db.uow import UnitOfWork
from desk.rules.refunds.money import Money, decimal
from desk.rules.refunds.policy import MerchantPolicy
from desk.services.refunds.words import words_of

if TYPE_CHECKING:
    from desk.services.refunds.steps import Held

TYPES = {
    "ask": "refund.asked", "remind": "refund.reminded", "answer": "refund.answered", "cancelled": "refund.cancelled",
}  # fmt: skip
"""The kinds of `merchants.write` as programs know them."""


def payload(
    held: Held, merchant: MerchantPolicy, what: str, now: datetime, reply: str, link: str, evidence: Sequence[str]
) -> dict[str, Any]:
    """The object; moments as ISO 8601 in UTC, amounts as decimals in text with their ISO 4217 code.

    `link` is where a person or a program of the merchant answers, with the token still hidden. Nothing in it names the
    customer.
    """
    refund, payment = held.refund, held.payment
    return {
        "type": TYPES[what],
        "timestamp": _iso(now),
        "data": {
            "refund": refund.id,
            "merchant": merchant.key,
            "transaction": payment.wallet_id,
            "reference": payment.reference,
            "paid_at": _iso(payment.paid_at),
            "paid": _amount(payment.amount, payment.currency),
            "asked": _amount(refund.amount, payment.currency),
            "reason": refund.reason.value,
            "reason_text": words_of(merchant.language).reasons[refund.reason],
            "deadline": _iso(refund.deadline_at) if refund.deadline_at else None,
            "partial": merchant.partial,
            "reply": reply or None,
            "evidence": list(evidence),
            "link": link or None,
        },
    }


def evidence_names(unit: UnitOfWork, refund_id: int) -> tuple[str, ...]:
    """The names of the files that go along with a refund; they are to be had at its link."""
    query = (
        select(Attachment.filename)
        .join(RefundEvidence, RefundEvidence.attachment_id == Attachment.id)
        .where(RefundEvidence.refund_id == refund_id)
        .order_by(Attachment.id)
    )
    return tuple(unit.session.scalars(query))


def _amount(amount: int, currency: str) -> dict[str, str]:
    return {"amount": decimal(Money(amount, currency)), "currency": currency}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
