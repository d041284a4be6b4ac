"""Handing out the cases of queues in push mode: to who is available and has been idle longest."""

from __future__ import annotations

from db.kinds import EventKind, WorkMode
from db.models import Agent
from db.queries import routing as queries
from desk.services.claiming import Claiming
from desk.services.desk import Desk

MOST_HANDED_OUT = 100
"""Cases in one go; the worker comes back at once."""


def hand_out(desk: Desk) -> int:
    """Hand out what waits in queues in push mode; how many cases found somebody.

    Only who said that they are available is handed anything. Each case is claimed for them by the statement of
    `claims.next_case`, in a transaction of its own: a worker that dies leaves nothing half done.
    """
    with desk.database.read() as connection:
        pushes = [row.key for row in queries.queues(connection) if row.mode is WorkMode.PUSH]
        if not any(queries.waiting(connection, key, 1) for key in pushes):
            return 0
    handed = 0
    while handed < MOST_HANDED_OUT and _one(desk):
        handed += 1
    return handed


def _one(desk: Desk) -> bool:
    """Hand one case to the first in line who can do any."""
    with desk.database.read() as connection:
        line = queries.idle_agents(connection)
    for agent_id in line:
        with desk.database.write() as unit:
            claimed = Claiming(unit, agent_id).pushed()
            if claimed is None:
                continue
            login = unit.session.get_one(Agent, agent_id).login
            unit.record(
                EventKind.CASE_CLAIMED,
                case_id=claimed.case.id,
                before={"assignee": None},
                after={"assignee": login},
                why="handed out",
            )
            return True
    return False
