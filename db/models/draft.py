"""What an agent has typed and not yet sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import DraftKind
from db.types import stored_by_value


class Draft(Base):
    """One agent's unsent words on one case; a reply and a note are kept apart."""

    __tablename__ = "draft"

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    kind: Mapped[DraftKind] = mapped_column(stored_by_value(DraftKind, "kind"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    answers: Mapped[list[str]]
    """Keys of the canned answers put into it, so that the sent message remembers them: `key@version`."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Where it is to go beside its text: copies, and for a third party the address, the subject, the conversation."""
    saved_at: Mapped[datetime]


class DraftFile(Base):
    """A file that will go with the draft; its bytes are a blob."""

    __tablename__ = "draft_file"

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    kind: Mapped[DraftKind] = mapped_column(stored_by_value(DraftKind, "kind"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
