"""Service hours: the calendars as their files say them, and what was closed on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class HoursCalendar(Base):
    """One file of hours, as plain data; whose hours they are stands in it."""

    __tablename__ = "hours_calendar"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Goes up with each change: who edits one says which version they saw."""


class HoursClosure(Base):
    """A calendar closed for a time by a supervisor, with the reason; `lifted_at` when it was opened again earlier."""

    __tablename__ = "hours_closure"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="order"),
        Index("ix_hours_closure_calendar", "calendar_key", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_key: Mapped[str] = mapped_column(ForeignKey("hours_calendar.key"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    lifted_at: Mapped[datetime | None]
