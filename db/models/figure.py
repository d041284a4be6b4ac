"""The desk's figures: sums by the hour, and what counting has to remember of each case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import Channel
from db.types import stored_by_value


class HourlyFigure(Base):
    """A sum over some hours of UTC: so much of a measure on a channel.

    Every hour is kept, and the same sums over 8, 64 and 512 hours, so that a year is read in as few rows as a day.
    """

    __tablename__ = "hourly_figure"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """How many hours the sum covers."""
    measure: Mapped[str] = mapped_column(String(24), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The first hour, counted from 1970-01-01T00:00Z; a multiple of `span`."""
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """For times, the bucket of their length; else 0."""
    amount: Mapped[int]


class CaseFigure(Base):
    """What counting has to remember of a case, and by which the cases behind a figure are found; none for most."""

    __tablename__ = "case_figure"
    __table_args__ = (
        Index("ix_case_figure_answered", "channel", "answered_at"),
        Index("ix_case_figure_solved", "channel", "solved_at"),
        Index("ix_case_figure_broken", "channel", "broken_at"),
        Index("ix_case_figure_breached", "channel", "breached_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True, autoincrement=False)
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    answered_at: Mapped[datetime | None]
    answer_seconds: Mapped[int | None]
    """Service seconds from the opening to the first answer."""
    solved_at: Mapped[datetime | None]
    solved_before: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
