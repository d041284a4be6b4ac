"""Customers and the contact points at which they are known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base
from db.kinds import ContactKind, Language
from db.types import stored_by_value


class Customer(Base):
    """A person or shop that writes to the wallet."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[Language | None] = mapped_column(stored_by_value(Language, "language"))
    created_at: Mapped[datetime]
    tier: Mapped[str] = mapped_column(String(24), default="", server_default="")
    """A short word for what was agreed with them; empty for nothing in particular."""

    contacts: Mapped[list[ContactPoint]] = relationship(back_populates="customer", order_by="ContactPoint.id")


class ContactPoint(Base):
    """An address, number or handle; one belongs to one customer.

    `value` is as the customer wrote it, `folded` is what is compared (`db.folding`), `provider` tells handles
    of different services apart and is empty for addresses and numbers.
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("kind", "provider", "folded"),
        Index("ix_contact_point_customer_id", "customer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[ContactKind] = mapped_column(stored_by_value(ContactKind, "kind"))
    provider: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[str] = mapped_column(String(320))
    folded: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime]
    undeliverable_at: Mapped[datetime | None]
    """Since when what we send there comes back; none once something arrives again."""
    undeliverable_why: Mapped[str | None] = mapped_column(Text)
    blocked_at: Mapped[datetime | None]
    """Since when what comes from there is spam by an agent's word."""
    acknowledged_at: Mapped[datetime | None]
    """When an automatic answer last went there: another waits for a while, which also ends a loop of two machines."""
    recent_since: Mapped[datetime | None]
    recent_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many messages came from there since then: a bound on machines that answer machines."""

    customer: Mapped[Customer] = relationship(back_populates="contacts")
