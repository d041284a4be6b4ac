"""Rows about guides: how far a case is in one, and how far cases come in each step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from db.kinds import GuideRunState


class TurnRow(Struct, frozen=True):
    """One step that was done on a case."""

    step: str
    outcome: str
    who: str
    at: datetime


class GuideRunRow(Struct, frozen=True):
    """A guide that is, or was, walked on a case; `version` counts its changes, `guide_number` is that of the guide."""

    id: int
    case_id: int
    guide_key: str
    guide_number: int
    state: GuideRunState
    step: str
    turns: tuple[TurnRow, ...]
    collected: Mapping[str, str]
    sent: tuple[str, ...]
    agent_name: str
    """Who changed it last."""
    updated_at: datetime
    version: int


class StepFigures(Struct, frozen=True):
    """Of a step over some days: how often it was reached and what came of it; how many cases stand at it now."""

    step: str
    reached: int
    outcomes: Mapping[str, int]
    standing: int
    silent: int
    """Of those that stand, how many have not moved for a week."""

    @property
    def dropped(self) -> int:
        """How many ended here without an outcome: stopped, or solved and closed beside the guide."""
        return self.outcomes.get("stopped", 0) + self.outcomes.get("left", 0)
