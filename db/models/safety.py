"""Account safety: what the wallet said of accounts, the playbook for a stolen one, and the acts asked of the wallet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds_safety import ChallengeOutcome, PaymentVerdict, SafetyActKind, SafetyActState, SafetyRunState
from db.types import stored_by_value


class AccountFacts(Base):
    """What the wallet said of a customer's account, and when; a worker reads it, and no screen waits for that."""

    __tablename__ = "account_facts"
    __table_args__ = (Index("ix_account_facts_due", "next_at", "customer_id"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(64))
    """Empty until one account is known to be theirs."""
    sought: Mapped[str] = mapped_column(String(254))
    """The number or address by which an agent has it looked for, in place of those on file here."""
    matches: Mapped[list[dict[str, Any]]]
    """The accounts found: `id` and `name`."""
    data: Mapped[dict[str, Any]]
    """The facts of `account_id`; empty until they were read."""
    wanted_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(Text)
    """Why the last reading gave nothing; empty when it did."""
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger)


class SafetyRun(Base):
    """The playbook for a stolen account on a case; one at a time for a customer."""

    __tablename__ = "safety_run"
    # The index of those not closed, which keeps a customer from having two, is partial, as those of cases are.
    __table_args__ = (
        CheckConstraint("state <> 'watching' OR watch_until IS NOT NULL", name="watch_has_end"),
        UniqueConstraint("report"),
        Index("uq_safety_run_open", "customer_id", unique=True),
        Index("ix_safety_run_case", "case_id", "id"),
        Index("ix_safety_run_watch", "state", "watch_until", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    account_id: Mapped[str] = mapped_column(String(64))
    """Empty until it is known which account it is."""
    state: Mapped[SafetyRunState] = mapped_column(stored_by_value(SafetyRunState, "state"))
    reason: Mapped[str] = mapped_column(String(250))
    report: Mapped[str] = mapped_column(String(32))
    """The reference that the customer gets."""
    begun_by: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    begun_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """When the customer was given the reference."""
    watch_until: Mapped[datetime | None]
    watch_signs: Mapped[list[str]]
    """The signs that were known; others put the case before people."""
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SafetyAct(Base):
    """Something the wallet is asked to do to an account, kept under our key before it is asked.

    The database itself holds that an account is opened again only by a passed challenge of the same playbook and a
    second person; triggers hold that who asked stays who asked.
    """

    __tablename__ = "safety_act"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="second_is_another"),
        CheckConstraint("state IN ('waiting', 'withdrawn') OR approved_by IS NOT NULL OR NOT needs_second",
                        name="risky_by_two"),
        CheckConstraint(
            "kind <> 'unfreeze' OR state IN ('waiting', 'withdrawn')"
            " OR (approved_by IS NOT NULL AND proof_id IS NOT NULL)",
            name="unfreeze_by_two",
        ),
        UniqueConstraint("key"),
        Index("ix_safety_act_run", "run_id", "id"),
        Index("ix_safety_act_due", "next_at", "id"),
        Index("uq_safety_act_live", "run_id", "kind", unique=True),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("safety_run.id"))
    kind: Mapped[SafetyActKind] = mapped_column(stored_by_value(SafetyActKind, "kind"))
    state: Mapped[SafetyActState] = mapped_column(stored_by_value(SafetyActState, "state"))
    key: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(250))
    asked_by: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    asked_at: Mapped[datetime]
    needs_second: Mapped[bool]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    approved_at: Mapped[datetime | None]
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("safety_act.id"))
    """The challenge that was passed."""
    outcome: Mapped[ChallengeOutcome | None] = mapped_column(stored_by_value(ChallengeOutcome, "outcome"))
    """Of a challenge: what became of it."""
    outcome_at: Mapped[datetime | None]
    challenge: Mapped[str] = mapped_column(String(64))
    """The wallet's id of a challenge."""
    reference: Mapped[str] = mapped_column(String(120))
    said: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SafetyPayment(Base):
    """A transaction that the customer is to own or disown; a disowned payment becomes a dispute, which is a refund."""

    __tablename__ = "safety_payment"

    run_id: Mapped[int] = mapped_column(ForeignKey("safety_run.id"), primary_key=True)
    transaction_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    """As the wallet showed it: `db.rows_safety.Movement`."""
    verdict: Mapped[PaymentVerdict] = mapped_column(stored_by_value(PaymentVerdict, "verdict"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    said: Mapped[str] = mapped_column(Text)
    """Why there is no dispute about one that was disowned."""
