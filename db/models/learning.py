"""What was learned from past cases, and how strictly each check of a written answer is held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import CheckLevel
from db.types import stored_by_value


class SuggestionModel(Base):
    """What suggestions were learned from all past cases: one row, made anew now and then by one worker."""

    __tablename__ = "suggestion_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime | None]
    """When somebody began to learn anew; none while nobody does."""
    learned_at: Mapped[datetime | None]
    up_to: Mapped[int]
    """The last message that it was learned from."""
    examples: Mapped[int]
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As `desk.learning.model.Model.dumped` gives it."""


class QualityCheck(Base):
    """How strictly a check of written answers is held here; one that has no row is held as its rule says."""

    __tablename__ = "quality_check"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    level: Mapped[CheckLevel] = mapped_column(stored_by_value(CheckLevel, "level"))
    updated_at: Mapped[datetime]
