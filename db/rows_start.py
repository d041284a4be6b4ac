"""What the screens begin with."""

from __future__ import annotations

from dataclasses import dataclass

from db.rows import AgentRow, LaneCounts, QueuePage


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Who acts, and the top of the queue as it was a moment ago."""

    me: AgentRow
    page: QueuePage
    counts: LaneCounts
