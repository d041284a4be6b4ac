"""Refunds: the payments they are of, their approvals, the links that merchants answer by, and the policies in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from db.base import Base
from db.kinds_refunds import DifferenceKind, MerchantAnswer, RefundReason, RefundState
from db.types import stored_by_value


class RefundPayment(Base):
    """A payment of the wallet of which refunds are made, in minor units of its currency.

    Triggers keep `held` at the sum of what its refunds take, so that no program can forget to: what refunds take and
    others have paid back is never more than what was paid.
    """

    __tablename__ = "refund_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("held >= 0 AND outside >= 0 AND held + outside <= amount", name="never_above_paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wallet_id: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(String(64))
    merchant_id: Mapped[str] = mapped_column(String(120))
    merchant_name: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(120))
    device_id: Mapped[str] = mapped_column(String(120))
    paid_at: Mapped[datetime]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    outside: Mapped[int] = mapped_column(BigInteger)
    """What the wallet has paid back of it that is none of our refunds."""
    held: Mapped[int] = mapped_column(BigInteger, FetchedValue(), server_default="0", server_onupdate=FetchedValue())
    """What our refunds take; triggers write it, nothing else does."""


FLAGGED, FLAGGED_SQLITE = text("is_flagged"), text("is_flagged = 1")
"""As each engine writes a condition: a partial index serves queries that say the same."""


class Refund(Base):
    """One refund of one payment, on a case; `desk.rules.refunds.life` has its states."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state <> 'with_merchant' OR deadline_at IS NOT NULL", name="asked_has_deadline"),
        Index("ix_refund_case", "case_id", "id"),
        Index("ix_refund_payment", "payment_id", "id"),
        Index("ix_refund_state", "state", "deadline_at", "id"),
        Index("ix_refund_waiting", "state", "state_since", "id"),
        Index("ix_refund_flagged", "state_since", "id", postgresql_where=FLAGGED, sqlite_where=FLAGGED_SQLITE),
        Index("ix_refund_due", "next_at", "id"),
        Index("ix_refund_merchant", "merchant", "asked_at"),
        Index("ix_refund_opened_by", "opened_by", "opened_at"),
        Index("ix_refund_customer", "customer_id", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("refund_payment.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    merchant: Mapped[str] = mapped_column(String(64))
    """The key of the merchant's policy."""
    state: Mapped[RefundState] = mapped_column(stored_by_value(RefundState, "state"))
    state_since: Mapped[datetime]
    reason: Mapped[RefundReason] = mapped_column(stored_by_value(RefundReason, "reason"))
    amount: Mapped[int] = mapped_column(BigInteger)
    """In minor units of the payment's currency; less than what was asked once a merchant approved a part."""
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """By which the wallet knows it; a new one only after the wallet said that the last one failed for good."""
    attempt: Mapped[int] = mapped_column(SmallInteger)
    opened_by: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    opened_at: Mapped[datetime]
    side_id: Mapped[int | None] = mapped_column(ForeignKey("side_conversation.id"))
    asked_at: Mapped[datetime | None]
    """From when on the merchant's time runs."""
    answered_at: Mapped[datetime | None]
    """When it decided."""
    deadline_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None]
    """When the desk itself has to look at it next: a reminder, a deadline, the wallet."""
    lease_until: Mapped[datetime | None]
    """Until when a worker has it in hand; nobody else asks the wallet meanwhile."""
    tries: Mapped[int] = mapped_column(SmallInteger)
    said: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    wallet_reference: Mapped[str] = mapped_column(String(120))
    wallet_revision: Mapped[int]
    flags: Mapped[list[str]]
    is_flagged: Mapped[bool] = mapped_column(server_default=false(), default=False)
    """Whether there are any flags; written with them."""
    needed: Mapped[int] = mapped_column(SmallInteger)
    details: Mapped[dict[str, Any]]
    """What held when it was opened: the policy's words and versions."""
    version: Mapped[int] = mapped_column(default=1)

    payment: Mapped[RefundPayment] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @validates("flags")
    def _flagged(self, _name: str, flags: list[str]) -> list[str]:
        self.is_flagged = bool(flags)
        return flags


class RefundApproval(Base):
    """That one person approved a refund in support's name."""

    __tablename__ = "refund_approval"
    __table_args__ = (Index("ix_refund_approval_agent", "agent_id", "at"),)

    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    at: Mapped[datetime]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))


class RefundEvidence(Base):
    """A file of the case that goes along to the merchant."""

    __tablename__ = "refund_evidence"

    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)


class MerchantLink(Base):
    """A link by which a merchant answers once; only its token's digest is kept."""

    __tablename__ = "merchant_link"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_merchant_link_refund", "refund_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"))
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    answer: Mapped[MerchantAnswer | None] = mapped_column(stored_by_value(MerchantAnswer, "answer"))


class RefundPolicy(Base):
    """A file of refund policies as it is in force: of a merchant or of a payment path."""

    __tablename__ = "refund_policy"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """`merchant` or `path`."""
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, Any]]
    version: Mapped[int]
    updated_at: Mapped[datetime]


class RefundDifference(Base):
    """Where our books and the wallet's differ, once each, with the case that somebody works on."""

    __tablename__ = "refund_difference"

    kind: Mapped[DifferenceKind] = mapped_column(stored_by_value(DifferenceKind, "kind"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    found_at: Mapped[datetime]
    details: Mapped[dict[str, Any]]


class RefundComparison(Base):
    """That our books were compared with the wallet's: once a night by a worker, and whenever somebody asks for it."""

    __tablename__ = "refund_comparison"
    __table_args__ = (UniqueConstraint("night"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date | None]
    """The desk's local day in whose night it is done; None for one that somebody asked for."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    begun_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    """From when on another worker may do it: who began it has died, or the wallet did not answer."""
    ended_at: Mapped[datetime | None]
    ours: Mapped[int]
    theirs: Mapped[int]
    differences: Mapped[int]
    said: Mapped[str] = mapped_column(Text)
    """Why it could not be done yet."""
