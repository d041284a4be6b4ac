"""Looking at the queue."""

from __future__ import annotations

from db.kinds import Lane
from db.queries import queue as queries
from db.rows import AgentRow, LaneCounts, QueueKey, QueuePage
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk


def page(
    desk: Desk,
    me: AgentRow,
    lane: Lane = Lane.ALL,
    *,
    after: QueueKey | None = None,
    before: QueueKey | None = None,
    last: bool = False,
    limit: int = 50,
) -> QueuePage:
    """Up to 100 rows of a lane, most urgent first: from the top, after or before a key, or the last ones."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.queue_page(connection, lane, me.id, after=after, before=before, last=last, limit=min(limit, 100))


def counts(desk: Desk, me: AgentRow) -> LaneCounts:
    """How many cases need somebody in each lane."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.lane_counts(connection, me.id)


def count_before(desk: Desk, me: AgentRow, lane: Lane, key: QueueKey) -> int:
    """How many cases stand before `key` in a lane, 999 at most: what is new above the first row on screen."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.count_before(connection, lane, me.id, key)
