"""Service level agreements: the policies as their files say them, the clocks of open cases, promises, recomputing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import Channel, ClockKind, ClockState, PromiseState
from db.types import stored_by_value


class SlaPolicy(Base):
    """One file of a policy, as plain data; `version` counts what was applied under its key."""

    __tablename__ = "sla_policy"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class CaseClock(Base):
    """The latest clock of a kind on a case that is not closed; lengths in service seconds.

    Earlier ones, and those of closed cases, are in the case's events.
    """

    __tablename__ = "case_clock"
    # The index of alarms is partial, as those of cases are.
    __table_args__ = (
        CheckConstraint("state <> 'paused' OR paused_at IS NOT NULL", name="paused"),
        CheckConstraint("state NOT IN ('met', 'stopped') OR ended_at IS NOT NULL", name="ended"),
        Index("ix_case_clock_alarm", "alarm_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    kind: Mapped[ClockKind] = mapped_column(stored_by_value(ClockKind, "kind"), primary_key=True)
    state: Mapped[ClockState] = mapped_column(stored_by_value(ClockState, "state"))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When it breaks, or broke; none while it is paused before that."""
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When what it ran for came, or was owed no more."""
    breached_at: Mapped[datetime | None]
    """When the desk took note that it had broken."""
    alarm_at: Mapped[datetime | None]
    """When somebody has to be warned, or told that it has broken."""
    remaining: Mapped[int]
    """What is left at its pause or end; of a running clock, since it runs without a pause."""
    warned: Mapped[int]
    """The highest share of its time, in percent, of which somebody was warned."""
    policy_key: Mapped[str] = mapped_column(String(64))
    policy_version: Mapped[int]


class CasePromise(Base):
    """Until when we told a customer that a human answers."""

    __tablename__ = "promise"
    # Open promises by their moment: a partial index, as those of cases are.
    __table_args__ = (Index("ix_promise_open", "until"), Index("ix_promise_case", "case_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    """The message that told it."""
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    told: Mapped[str] = mapped_column(Text)
    """The sentence, in the customer's language."""
    state: Mapped[PromiseState] = mapped_column(stored_by_value(PromiseState, "state"))
    settled_at: Mapped[datetime | None]


class SlaRun(Base):
    """Computing the clocks of all cases that are not closed anew: how far it has come. There is at most one row."""

    __tablename__ = "sla_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime]
    last_id: Mapped[int]
    """The last case that was done."""
    up_to: Mapped[int]
    """The last case there is to do; later ones have the right clocks from the start."""
    done: Mapped[int]
    changed: Mapped[int]
    finished_at: Mapped[datetime | None]
