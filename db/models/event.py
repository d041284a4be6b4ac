"""The append-only record of who changed what and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class Event(Base):
    """One change; triggers refuse updates and deletions, and each hash covers the one before it."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_case", "case_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Who did it; none when the desk itself did."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("support_case.id"))
    data: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
