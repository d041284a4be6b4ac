"""Rows about routing: queues, what agents may be handed, and what was proposed for a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from db.kinds import AgentState, Channel, WorkMode


class QueueRow(Struct, frozen=True):
    """A queue; `reserved_percent` of an agent's next cases come from it while any wait."""

    key: str
    titles: Mapping[str, str]
    mode: WorkMode
    calendar: str | None
    reserved_percent: int


class TurnRow(Struct, frozen=True):
    """What a queue says about whose turn it is."""

    key: str
    mode: WorkMode
    reserved_percent: int


class ClaimerRow(Struct, frozen=True):
    """What an agent may be handed, and the queues that are handed out or of whose cases a share is reserved.

    Nothing named means anything; the queues are in the order of their file.
    """

    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    limits: tuple[tuple[Channel, int], ...]
    state: AgentState
    turns: tuple[tuple[str, int], ...]
    taking_turns: tuple[TurnRow, ...]


class AgentWorkRow(Struct, frozen=True):
    """What an agent may be handed, and how they stand; nothing named means anything. Moments are aware UTC."""

    agent_id: int
    login: str
    name: str
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    limits: Mapping[Channel, int] = {}
    state: AgentState = AgentState.AVAILABLE
    state_since: datetime | None = None
    """None while they have never said how they stand."""
    idle_since: datetime | None = None
    turns: Mapping[str, int] = {}


class ProposalRow(Struct, frozen=True):
    """What the desk took a case to be about, why, and what a person made of it."""

    topic_key: str | None
    priority: int | None
    reasons: tuple[str, ...]
    settled_topic: str | None
    topic_settled_at: datetime | None
    priority_settled_at: datetime | None
