"""Routing: the queues, what each agent may be handed, the rules in force, and what was proposed for a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import AgentState, WorkMode
from db.types import stored_by_value


class WorkQueue(Base):
    """A queue as its file says it; `position` is its place there."""

    __tablename__ = "work_queue"
    __table_args__ = (CheckConstraint("reserved_percent BETWEEN 0 AND 50", name="reserved_percent"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    titles: Mapped[dict[str, Any]]
    mode: Mapped[WorkMode] = mapped_column(stored_by_value(WorkMode, "mode"))
    calendar: Mapped[str | None] = mapped_column(String(64))
    """The calendar of its hours; none for that of each case's channel."""
    reserved_percent: Mapped[int] = mapped_column(SmallInteger)
    """The least share of an agent's next cases that come from here while any wait; 0 for what urgency gives it."""
    updated_at: Mapped[datetime]


class AgentWork(Base):
    """What an agent may be handed; an agent without a row is available and may be handed anything."""

    __tablename__ = "agent_work"
    __table_args__ = (Index("ix_agent_work_idle", "state", "idle_since"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    skills: Mapped[list[str]]
    queues: Mapped[list[str]]
    """The queues whose cases they get; none named means all."""
    limits: Mapped[dict[str, Any]]
    """The most cases that stand open with them, by channel; a channel that is not named has no limit."""
    state: Mapped[AgentState] = mapped_column(stored_by_value(AgentState, "state"))
    state_since: Mapped[datetime]
    idle_since: Mapped[datetime]
    """When they were last handed a case, or became available after that: who has the oldest is handed the next."""
    turns: Mapped[dict[str, Any]]
    """By queue with a reserved share: how many cases from elsewhere they got since the last one from there."""


class RoutingFile(Base):
    """A file of rules, or of words by which topics are known, as plain data; one row each."""

    __tablename__ = "routing_file"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class CaseProposal(Base):
    """What the desk took a new case to be about, why, and what people made of that."""

    __tablename__ = "case_proposal"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
        Index("ix_case_proposal_created", "created_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    topic_key: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[int | None] = mapped_column(SmallInteger)
    reasons: Mapped[list[str]]
    created_at: Mapped[datetime]
    settled_topic: Mapped[str | None] = mapped_column(String(64))
    """The topic that a person set."""
    settled_priority: Mapped[int | None] = mapped_column(SmallInteger)
    topic_settled_at: Mapped[datetime | None]
    priority_settled_at: Mapped[datetime | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Who settled it last."""
