"""Canned answers: reviewed texts with variables, one variant a language, every version kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base
from db.kinds import AnswerState, Language
from db.types import stored_by_value


class CannedAnswer(Base):
    """An answer known by its key (`payment-failed.double`); its words are in its versions."""

    __tablename__ = "canned_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]

    versions: Mapped[list[AnswerVersion]] = relationship(back_populates="answer", order_by="AnswerVersion.number")


class AnswerVersion(Base):
    """One version of an answer; the approved one with the highest number is in force."""

    __tablename__ = "canned_answer_version"
    __table_args__ = (
        UniqueConstraint("answer_id", "number"),
        Index("ix_canned_answer_version_state", "state", "answer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("canned_answer.id"))
    number: Mapped[int]
    state: Mapped[AnswerState] = mapped_column(stored_by_value(AnswerState, "state"))
    topic_key: Mapped[str | None] = mapped_column(ForeignKey("topic.key"))
    channels: Mapped[list[str]]
    """Channels it is meant for; empty means all."""
    variables: Mapped[dict[str, Any]]
    """What is asked for when the desk does not know it: name to `{"required": bool, "ask": {language: question}}`."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]

    answer: Mapped[CannedAnswer] = relationship(back_populates="versions")
    texts: Mapped[list[AnswerText]] = relationship(order_by="AnswerText.language")


class AnswerText(Base):
    """The words of one version in one language."""

    __tablename__ = "canned_answer_text"

    version_id: Mapped[int] = mapped_column(ForeignKey("canned_answer_version.id"), primary_key=True)
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)


class MessageAnswer(Base):
    """Which version of which answer a sent message was made from."""

    __tablename__ = "message_answer"
    __table_args__ = (Index("ix_message_answer_version", "version_id", "message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("canned_answer_version.id"), primary_key=True)
