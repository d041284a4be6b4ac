"""When a case's promise breaks, by channel and priority."""

from __future__ import annotations

from datetime import datetime, timedelta

from db.kinds import Channel, Status

MINUTES = {
    Channel.PHONE: (5, 10, 15, 30),
    Channel.CHAT: (2, 5, 10, 20),
    Channel.SOCIAL: (30, 60, 120, 480),
    Channel.EMAIL: (60, 240, 480, 1440),
}
"""Minutes to an answer for priorities 1 to 4."""

NORMAL_PRIORITY = 3


def answer_due(channel: Channel, priority: int, since: datetime) -> datetime:
    """The moment by which a human answers what came in at `since` (aware); priority 1 (urgent) to 4 (low)."""
    return since + timedelta(minutes=MINUTES[channel][priority - 1])


def due_after(status: Status, channel: Channel, priority: int, since: datetime) -> datetime | None:
    """When a case in `status` is due; None while nobody at the desk has to act."""
    if status in {Status.NEW, Status.OPEN}:
        return answer_due(channel, priority, since)
    return None
