"""Guides: every version that was in force, how far each case is in one, what came of each step, and error codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import GuideRunState
from db.types import stored_by_value


class GuideVersion(Base):
    """One version of a guide's file, as plain data; the one that is not retired is in force."""

    __tablename__ = "guide_version"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class GuideRun(Base):
    """A guide that is walked on a case, in the version with which it began; one at a time on a case."""

    __tablename__ = "guide_run"
    # The index of running ones, which keeps a case from having two, is partial, as those of cases are.
    __table_args__ = (
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        Index("uq_guide_run_running", "case_id", unique=True),
        Index("ix_guide_run_case", "case_id", "id"),
        Index("ix_guide_run_standing", "guide_key", "state", "step", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    guide_key: Mapped[str] = mapped_column(String(64))
    guide_number: Mapped[int]
    state: Mapped[GuideRunState] = mapped_column(stored_by_value(GuideRunState, "state"))
    step: Mapped[str] = mapped_column(String(64))
    """The step or end at which it stands."""
    turns: Mapped[list[dict[str, Any]]]
    """What was done, oldest first: `step`, `outcome`, `who` and `at`."""
    collected: Mapped[dict[str, Any]]
    sent: Mapped[list[str]]
    """The steps whose words the customer was sent."""
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    """Who changed it last."""
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class GuideFigure(Base):
    """How often, on a day of UTC, a step was reached (`outcome` empty) or this came of it."""

    __tablename__ = "guide_figure"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    guide_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counted from 1970-01-01."""
    step: Mapped[str] = mapped_column(String(64), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(64), primary_key=True)
    amount: Mapped[int]


class ErrorCodeEntry(Base):
    """One of the wallet's error codes as its file says it, as plain data."""

    __tablename__ = "error_code"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int]
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
