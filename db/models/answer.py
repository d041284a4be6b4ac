"""Canned answers: reviewed texts with variables, one variant a language, every version kept."""

from __future__ import annotations

from datetime import date, datetime
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
    actions: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What is done on the case when it is sent, as `desk.services.answer_files.Actions`."""
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    """The first and the last day, in the desk's zone, on which it is offered."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why a reviewer sent it back."""
    decided_at: Mapped[datetime | None]
    """When it was approved, sent back or retired."""

    answer: Mapped[CannedAnswer] = relationship(back_populates="versions")
    texts: Mapped[list[AnswerText]] = relationship(order_by="AnswerText.language")
    files: Mapped[list[AnswerFile]] = relationship(order_by="AnswerFile.position")


class AnswerText(Base):
    """The words of one version in one language."""

    __tablename__ = "canned_answer_text"

    version_id: Mapped[int] = mapped_column(ForeignKey("canned_answer_version.id"), primary_key=True)
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)


class AnswerFile(Base):
    """A file that goes along with a version; its bytes are a blob."""

    __tablename__ = "canned_answer_file"

    version_id: Mapped[int] = mapped_column(ForeignKey("canned_answer_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))


class Snippet(Base):
    """A text that one agent keeps for themselves; nobody else sees it."""

    __tablename__ = "snippet"
    __table_args__ = (Index("ix_snippet_agent", "agent_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AnswerUse(Base):
    """That an answer was sent on a case in a language, and whether the case was solved after it and stayed so."""

    __tablename__ = "answer_use"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True, autoincrement=False)
    answer_id: Mapped[int] = mapped_column(ForeignKey("canned_answer.id"), primary_key=True, autoincrement=False)
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"), primary_key=True)
    topic_key: Mapped[str] = mapped_column(String(64))
    """The case's topic when it was first sent; empty for none. Its sums are kept under it."""
    messages: Mapped[int]
    solved_at: Mapped[datetime | None]
    """When the case was solved; none again where it reopened within `desk.services.answer_counting.KEPT`."""


class AnswerFigure(Base):
    """How often an answer was sent in a language on cases of a topic, and on how many of them it ended well."""

    __tablename__ = "answer_figure"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    topic_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("canned_answer.id"), primary_key=True, autoincrement=False)
    language: Mapped[Language] = mapped_column(stored_by_value(Language, "language"), primary_key=True)
    messages: Mapped[int]
    cases: Mapped[int]
    solved: Mapped[int]


class MessageAnswer(Base):
    """Which version of which answer a sent message was made from."""

    __tablename__ = "message_answer"
    __table_args__ = (Index("ix_message_answer_version", "version_id", "message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("canned_answer_version.id"), primary_key=True)
    language: Mapped[Language | None] = mapped_column(stored_by_value(Language, "language"))
    """The language in which it was sent; none in what is older than the desk's counting of it."""
