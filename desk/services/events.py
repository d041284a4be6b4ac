"""Learning what has changed, by anybody, since one last looked."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from db.kinds import EventKind
from db.models import Agent, Case, Event
from db.rows import AgentRow, Changes, GivenCase, LateClock
from desk.rules.permissions import Permission, may, require
from desk.services.desk import Desk

MOST = 1000

GIVING = (EventKind.CASE_CLAIMED, EventKind.CASE_TRANSFERRED)
"""The events by which a case may become that of somebody who did nothing for it."""


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
    query = (
        select(Event.id, Event.case_id, Event.kind, Event.agent_id)
        .where(Event.id > cursor)
        .order_by(Event.id)
        .limit(MOST)
    )
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
        broken = [row.id for row in rows if row.kind == EventKind.CLOCK_BREACHED]
        late = _late(connection, me, broken) if broken else ()
        others = [row.id for row in rows if row.kind in GIVING and row.agent_id != me.id]
        given = _given(connection, me, others) if others else ()
    touched = frozenset(row.case_id for row in rows if row.case_id is not None)
    about_incidents = any(row.kind.startswith("incident.") for row in rows)
    return Changes(rows[-1].id if rows else cursor, touched, late, given, about_incidents)


def _late(connection: Connection, me: AgentRow, ids: list[int]) -> tuple[LateClock, ...]:
    """The broken clocks among these events that are told: of my own cases, and of all to who sees the figures."""
    query = (
        select(Event.case_id, Event.data, Case.assignee_id)
        .join(Case, Case.id == Event.case_id)
        .where(Event.id.in_(ids))
        .order_by(Event.id)
    )
    if not may(me, Permission.SEE_FIGURES):
        query = query.where(Case.assignee_id == me.id)
    return tuple(
        LateClock(case_id, str(data.get("clock", "")), assignee_id)
        for case_id, data, assignee_id in connection.execute(query)
        if case_id is not None and data.get("notify")
    )


def _given(connection: Connection, me: AgentRow, ids: list[int]) -> tuple[GivenCase, ...]:
    """The cases that these events of others made mine, and that still are."""
    query = (
        select(Event.case_id, Event.data, Agent.name)
        .join(Case, Case.id == Event.case_id)
        .outerjoin(Agent, Agent.id == Event.agent_id)
        .where(Event.id.in_(ids), Case.assignee_id == me.id)
        .order_by(Event.id)
    )
    return tuple(
        GivenCase(case_id, name or "")
        for case_id, data, name in connection.execute(query)
        if case_id is not None and (data.get("after") or {}).get("assignee") == me.login
    )
