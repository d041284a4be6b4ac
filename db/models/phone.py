"""Calls that agents have taken or made, and call-backs that customers were promised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import CallbackOutcome, CallDirection, CallFollowUp, CallOutcome, Language
from db.types import stored_by_value


class Call(Base):
    """One call; it is open until it has an outcome, whatever became of the program that it was taken with."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
        Index("ix_call_agent", "agent_id", "ended_at"),
        Index("ix_call_case", "case_id", "id"),
        Index("ix_call_callback", "callback_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    direction: Mapped[CallDirection] = mapped_column(stored_by_value(CallDirection, "direction"))
    number: Mapped[str] = mapped_column(String(320))
    """As it was typed; empty when it was withheld."""
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("support_case.id"))
    """The case that the agent chose so far; none for a new one."""
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id"))
    """The promise that this call is to keep."""
    name: Mapped[str] = mapped_column(String(200), default="")
    """Who a caller says they are whom nobody knows."""
    notes: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When the agent's screen last showed it: a program that died left it then."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[CallOutcome | None] = mapped_column(stored_by_value(CallOutcome, "outcome"))
    follow_up: Mapped[CallFollowUp | None] = mapped_column(stored_by_value(CallFollowUp, "follow_up"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))


class Callback(Base):
    """A promise to ring a customer between two moments; `place` is its seat in that slot, none once it is over.

    No two promises have the same seat of a slot, whoever books at the same time: that is what keeps one from being
    booked over its capacity.
    """

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("slot_start", "place"),
        CheckConstraint("slot_end >= slot_start", name="slot"),
        CheckConstraint("place IS NOT NULL OR outcome IS NOT NULL", name="seat"),
        Index("ix_callback_case", "case_id", "id"),
        Index("ix_callback_customer", "customer_id", "id"),
        Index("ix_callback_place", "place", "slot_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    number: Mapped[str] = mapped_column(String(320))
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"))
    """The language in which the customer wants to be spoken to."""
    slot_start: Mapped[datetime]
    slot_end: Mapped[datetime]
    place: Mapped[int | None] = mapped_column(SmallInteger)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Who tried last."""
    created_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    outcome: Mapped[CallbackOutcome | None] = mapped_column(stored_by_value(CallbackOutcome, "callback_outcome"))
