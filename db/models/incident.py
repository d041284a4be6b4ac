"""Incidents: what is known to be wrong, the cases that belong to it, and what was told to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import IncidentKind, IncidentState, NoticeState, Status
from db.types import stored_by_value


class Incident(Base):
    """An outage, or planned work; which cases belong to it, and until when it is expected to last."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_state", "state", "id"), Index("ix_incident_ended", "ended_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Its name in routing rules."""
    kind: Mapped[IncidentKind] = mapped_column(stored_by_value(IncidentKind, "kind"))
    state: Mapped[IncidentState] = mapped_column(stored_by_value(IncidentState, "state"))
    title: Mapped[str] = mapped_column(String(200))
    """What agents call it."""
    internal: Mapped[str] = mapped_column(Text)
    """What agents need to know, and customers never read."""
    channels: Mapped[list[str]]
    """The channels that it concerns; none named means all."""
    topics: Mapped[list[str]]
    words: Mapped[list[str]]
    codes: Mapped[list[str]]
    links_by_rule: Mapped[bool]
    """Whether new cases that match are linked by themselves; else they are proposed."""
    is_public: Mapped[bool]
    """Whether the status page shows it."""
    starts_at: Mapped[datetime]
    expected_at: Mapped[datetime | None]
    """When it is expected to be over; planned work ends then by itself."""
    ended_at: Mapped[datetime | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class IncidentUpdate(Base):
    """A public text of an incident; the newest one is in force. `texts` holds `{language: {"title", "text"}}`."""

    __tablename__ = "incident_update"
    __table_args__ = (
        Index("ix_incident_update_incident", "incident_id", "id"),
        Index("ix_incident_update_telling", "telling_since", "id"),  # partial, as the migration says
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    state: Mapped[IncidentState] = mapped_column(stored_by_value(IncidentState, "state"))
    """How the incident stood when this was said."""
    texts: Mapped[dict[str, Any]]
    then: Mapped[Status | None] = mapped_column(stored_by_value(Status, "then_status"))
    """The status in which it leaves the cases that it is told to; none leaves them as they are."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    at: Mapped[datetime]
    telling_since: Mapped[datetime | None]
    """Since when the linked cases are being told; none before, and once all were."""


class IncidentCase(Base):
    """That a case belongs to an incident; one that was taken off stays off."""

    __tablename__ = "incident_case"
    __table_args__ = (Index("ix_incident_case_case", "case_id"),)

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    why: Mapped[str] = mapped_column(String(200))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Who linked it, or took it off; none when a rule did."""
    at: Mapped[datetime]
    is_off: Mapped[bool]


class IncidentNotice(Base):
    """That a linked case is told of an update, or was; a customer hears of one once, on whichever case."""

    __tablename__ = "incident_notice"
    __table_args__ = (
        UniqueConstraint("update_id", "told_customer_id"),
        Index("ix_incident_notice_state", "update_id", "state", "case_id"),
        Index("ix_incident_notice_told", "told_at"),
    )

    update_id: Mapped[int] = mapped_column(ForeignKey("incident_update.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    state: Mapped[NoticeState] = mapped_column(stored_by_value(NoticeState, "state"))
    told_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    """The customer that this notice tells; none before, and when it tells nobody."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    told_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(200), default="")
    """Why nobody was told."""


class IncidentProposal(Base):
    """A sudden rise that may be an incident: so many cases in a time in which so many were to be expected."""

    __tablename__ = "incident_proposal"
    __table_args__ = (Index("ix_incident_proposal_open", "settled_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_key: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(40))
    since: Mapped[datetime]
    raised_at: Mapped[datetime]
    cases: Mapped[int]
    expected: Mapped[str] = mapped_column(String(12))
    """How many were to be expected, to a tenth, as people read it."""
    settled_at: Mapped[datetime | None]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    """The incident that it became; none when it was put aside."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))


class CaseCode(Base):
    """An error code that the message which opened a case names."""

    __tablename__ = "case_code"
    __table_args__ = (Index("ix_case_code_at", "at", "code"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
