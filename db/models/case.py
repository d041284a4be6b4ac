"""The case: one customer's one matter, with its tags and topic."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler

from db.base import Base
from db.kinds import Channel, Language, LinkKind, Status
from db.models.customer import Customer
from db.types import stored_by_value

IN_QUEUE_SQL = "status IN ('new', 'open')"
"""The queue's predicate word for word: both engines use a partial index only when they can prove it applies."""


class _InQueue(ColumnElement[bool]):
    inherit_cache = True
    _traverse_internals = []  # noqa: RUF012  (nothing in it varies; without saying so, no statement with it is ever cached)


@compiles(_InQueue)
def _plainly(_element: _InQueue, _compiler: SQLCompiler, **_rest: Any) -> str:
    return "support_case." + IN_QUEUE_SQL


@compiles(_InQueue, "sqlite")
def _likely(_element: _InQueue, _compiler: SQLCompiler, **_rest: Any) -> str:
    # Without statistics SQLite takes a condition on status for a rare one, and sorts all that its index finds.
    return f"likely(support_case.{IN_QUEUE_SQL})"


def in_queue() -> ColumnElement[bool]:
    """The condition that a case needs somebody, in the words of the partial indexes."""
    return _InQueue()


class Topic(Base):
    """What a case is about; titles are one per language."""

    __tablename__ = "topic"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    titles: Mapped[dict[str, Any]]


class Case(Base):
    """One customer's one matter; its id is its reference (`#1042`)."""

    __tablename__ = "support_case"
    # The indexes of the queue, of lanes, of an agent's cases, of snoozed ones and of spam are partial: their WHERE is
    # in the migrations, since naming it here would import every PostgreSQL driver's dialect at each start.
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
        CheckConstraint(f"NOT ({IN_QUEUE_SQL}) OR due_at IS NOT NULL", name="queued_is_due"),
        Index("ix_support_case_queue", "due_at", "priority", "id"),
        Index("ix_support_case_lane", "channel", "due_at", "priority", "id"),
        Index("ix_support_case_mine", "assignee_id", "due_at", "priority", "id"),
        Index("ix_support_case_customer", "customer_id", "id"),
        Index("ix_support_case_assignee", "assignee_id", "id"),
        Index("ix_support_case_status", "status", "id"),
        Index("ix_support_case_topic", "topic_key", "id"),
        Index("ix_support_case_created", "created_at"),
        Index("ix_support_case_queue_name", "queue", "id"),
        Index("ix_support_case_snoozed", "snoozed_until"),
        Index("ix_support_case_waiting", "queue", "due_at", "priority", "id"),
        Index("ix_support_case_oldest", "channel", "created_at"),
        Index("ix_support_case_spam", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    status: Mapped[Status] = mapped_column(stored_by_value(Status, "status"))
    priority: Mapped[int] = mapped_column(SmallInteger)
    topic_key: Mapped[str | None] = mapped_column(ForeignKey("topic.key"))
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"))
    subject: Mapped[str] = mapped_column(String(998))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When our promise breaks; none while nobody has to act."""
    snoozed_until: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("support_case.id"))
    """The closed case that this one continues."""
    review_id: Mapped[int | None] = mapped_column(ForeignKey("support_case.id"))
    """A case that a stranger quoted: shown for a person to judge, never joined by itself."""
    mailbox: Mapped[str | None] = mapped_column(String(200))
    """The mailbox of the settings by which it came, and whose address answers it; none for the desk's own address."""
    queue: Mapped[str | None] = mapped_column(String(64))
    """The queue that it was put into, by its mailbox or by hand; none for the common one."""
    skill: Mapped[str | None] = mapped_column(String(64))
    """What an agent has to know to be handed it; none for anybody."""
    call_from: Mapped[datetime | None]
    """The opening from which on the customer wants to be called back; none when they do not."""
    spam_at: Mapped[datetime | None]
    """Since when it is spam by an agent's word."""
    version: Mapped[int] = mapped_column(default=1)

    customer: Mapped[Customer] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary="case_tag", order_by="Tag.name")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Tag(Base):
    """A word put on cases; `folded` is what makes two spellings one tag."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    folded: Mapped[str] = mapped_column(String(60), unique=True)


class CaseTag(Base):
    """Which case carries which tag."""

    __tablename__ = "case_tag"
    __table_args__ = (Index("ix_case_tag_tag_id", "tag_id", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)


class CaseLink(Base):
    """That one case has to do with another; `kind` says what."""

    __tablename__ = "case_link"
    __table_args__ = (Index("ix_case_link_other", "other_id", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(stored_by_value(LinkKind, "kind"), primary_key=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]


class Participant(Base):
    """Somebody beside the customer who may write on a case: the customer, or an agent, put them in copy."""

    __tablename__ = "participant"

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    folded: Mapped[str] = mapped_column(String(320), primary_key=True)
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Who put them in copy; none when the customer did."""
    added_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    """When they first wrote."""


class LaneCount(Base):
    """How many cases need somebody, a channel: the sum of its rows.

    Triggers add a row for each case that enters or leaves the queue, so that no writer waits for another's
    counter; the worker folds the rows together from time to time.
    """

    __tablename__ = "lane_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    cases: Mapped[int]
