"""Rows of incidents; every time is aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from db.kinds import IncidentKind, IncidentState, Status

Texts = Mapping[str, Mapping[str, str]]
"""By language, `title` and `text`."""


class IncidentRow(Struct, frozen=True):
    """An incident with the public text in force and how many cases belong to it."""

    id: int
    key: str
    kind: IncidentKind
    state: IncidentState
    title: str
    internal: str
    channels: tuple[str, ...]
    topics: tuple[str, ...]
    words: tuple[str, ...]
    codes: tuple[str, ...]
    links_by_rule: bool
    is_public: bool
    starts_at: datetime
    expected_at: datetime | None
    ended_at: datetime | None
    version: int
    texts: Texts
    update_id: int
    linked: int = 0


class TellingRow(Struct, frozen=True):
    """How far the telling of an update has come; `is_running` while the worker goes on with it."""

    update_id: int
    at: datetime
    state: IncidentState
    texts: Texts
    then: Status | None
    is_running: bool
    pending: int = 0
    told: int = 0
    heard: int = 0
    skipped: int = 0
    cancelled: int = 0


class CaseIncidentRow(Struct, frozen=True):
    """What an incident has to do with a case: it belongs to it, or seems to; `why` says so in words."""

    incident: IncidentRow
    is_linked: bool
    is_proposed: bool
    why: str


class IncidentProposalRow(Struct, frozen=True):
    """A sudden rise that nobody has judged yet."""

    id: int
    topic_key: str | None
    code: str | None
    since: datetime
    raised_at: datetime
    cases: int
    expected: str

    @property
    def subject(self) -> str:
        """What rises."""
        return self.topic_key or self.code or ""
