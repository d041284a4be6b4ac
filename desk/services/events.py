"""Learning what has changed, by anybody, since one last looked."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import Event
from db.rows import AgentRow, Changes
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk

MOST = 1000


def latest(desk: Desk, me: AgentRow) -> int:
    """The cursor of now: 0 on a desk where nothing has happened."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return connection.scalar(select(func.max(Event.id))) or 0


def since(desk: Desk, me: AgentRow, cursor: int) -> Changes:
    """The cases touched after `cursor`, from at most 1,000 events; ask again with the cursor that comes back.

    Nothing is skipped: events get their ids in the order in which they can be seen.
    """
    require(me, Permission.WORK_CASES)
    query = select(Event.id, Event.case_id, Event.kind).where(Event.id > cursor).order_by(Event.id).limit(MOST)
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
    touched = frozenset(case_id for _, case_id, _ in rows if case_id is not None)
    about_incidents = any(kind.startswith("incident.") for _, _, kind in rows)
    return Changes(cursor=rows[-1].id if rows else cursor, case_ids=touched, incidents=about_incidents)
