"""What the screens begin with."""

from __future__ import annotations

from msgspec import Struct

from db.rows import AgentRow, LaneCounts, QueuePage


class FirstLook(Struct, frozen=True):
    """Who acts, and the top of the queue as it was a moment ago."""

    me: AgentRow
    page: QueuePage
    counts: LaneCounts
