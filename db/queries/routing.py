"""Reads for routing: queues, what agents may be handed, files, proposals, and how many cases wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, Text, bindparam, cast, func, or_, select

from db.kinds import AgentState, Channel, WorkMode
from db.models.agent import Agent
from db.models.case import Case, in_queue
from db.models.routing import AgentWork, CaseProposal, RoutingFile, WorkQueue
from db.queries.direct import DirectQuery
from db.rows_routing import AgentWorkRow, ClaimerRow, ProposalRow, QueueRow, TurnRow

# Each claim asks some of these: putting them together takes longer than asking.
_QUEUES: Select[*tuple[Any, ...]] = select(
    WorkQueue.key, WorkQueue.titles, WorkQueue.mode, WorkQueue.calendar, WorkQueue.reserved_percent
).order_by(WorkQueue.position, WorkQueue.key)
_AGENTS: Select[*tuple[Any, ...]] = select(
    Agent.id,
    Agent.login,
    Agent.name,
    Agent.languages,
    AgentWork.skills,
    AgentWork.queues,
    AgentWork.limits,
    AgentWork.state,
    AgentWork.state_since,
    AgentWork.idle_since,
    AgentWork.turns,
).outerjoin(AgentWork, AgentWork.agent_id == Agent.id)


def _work(
    agent_id: int,
    login: str,
    name: str,
    languages: list[str],
    skills: list[str] | None,
    queues_: list[str] | None,
    limits: dict[str, int] | None,
    state: AgentState | None,
    state_since: datetime | None,
    idle_since: datetime | None,
    turns: dict[str, int] | None,
) -> AgentWorkRow:
    return AgentWorkRow(
        agent_id,
        login,
        name,
        tuple(languages),
        tuple(skills or ()),
        tuple(queues_ or ()),
        {Channel(channel): most for channel, most in (limits or {}).items()},
        state or AgentState.AVAILABLE,
        state_since,
        idle_since,
        turns or {},
    )


_EACH_QUEUE = DirectQuery(_QUEUES, QueueRow)
_AGENT = DirectQuery(_AGENTS.where(Agent.id == bindparam("agent", type_=Integer)), _work)
_TAKES_TURNS = or_(WorkQueue.mode == WorkMode.PUSH, WorkQueue.reserved_percent > 0)
_CLAIMERS: Select[*tuple[Any, ...]] = (
    select(
        # As text: what somebody may be handed is seldom another than at their last claim, and then it is known.
        *(
            cast(column, Text)
            for column in (Agent.languages, AgentWork.skills, AgentWork.queues, AgentWork.limits, AgentWork.turns)
        ),
        AgentWork.state,
        WorkQueue.key,
        WorkQueue.mode,
        WorkQueue.reserved_percent,
    )
    .select_from(Agent)
    .outerjoin(AgentWork, AgentWork.agent_id == Agent.id)
    .outerjoin(WorkQueue, _TAKES_TURNS)
    .where(Agent.id == bindparam("agent", type_=Integer))
    .order_by(WorkQueue.position, WorkQueue.key)
)
_CLAIMER = DirectQuery(_CLAIMERS, lambda *row: row)
# What an outer join may not find cannot be locked.
_LOCKED_CLAIMER = DirectQuery(
    _CLAIMERS.where(AgentWork.agent_id.is_not(None)).with_for_update(of=AgentWork), lambda *row: row
)


@lru_cache(maxsize=256)
def _claimer(*rows: tuple[Any, ...]) -> ClaimerRow:
    *texts, state = rows[0][:-3]
    languages, skills, queues_, limits, turns = (
        (json.loads(text) if text is not None else None) or () for text in texts
    )
    return ClaimerRow(
        tuple(languages),
        tuple(skills),
        tuple(queues_),
        tuple((Channel(channel), most) for channel, most in dict(limits).items()),
        state or AgentState.AVAILABLE,
        tuple(dict(turns).items()),
        tuple(TurnRow(*row[-3:]) for row in rows if row[-3] is not None),
    )


def queues(connection: Connection) -> tuple[QueueRow, ...]:
    """Every queue, in the order of its file."""
    return tuple(_EACH_QUEUE.run(connection, {}))


def claimer(connection: Connection, agent_id: int) -> ClaimerRow:
    """What one agent may be handed. One statement: every claim asks for all of it.

    Two programs that claim for one agent at once do so one after the other: on SQLite as all writers do, elsewhere by
    locking the agent's row.
    """
    values = {"agent": agent_id}
    rows = [] if connection.dialect.name == "sqlite" else _LOCKED_CLAIMER.run(connection, values)
    return _claimer(*(rows or _CLAIMER.run(connection, values)))


def agent_work(connection: Connection, agent_id: int) -> AgentWorkRow:
    """What one agent may be handed."""
    return _AGENT.run(connection, {"agent": agent_id})[0]


def all_agent_work(connection: Connection) -> tuple[AgentWorkRow, ...]:
    """What every active agent may be handed, by name."""
    query = _AGENTS.where(Agent.active).order_by(Agent.name, Agent.id)
    return tuple(_work(*row) for row in connection.execute(query))


def idle_agents(connection: Connection) -> tuple[int, ...]:
    """The agents who said that they are available, the longest idle first."""
    query = (
        select(AgentWork.agent_id)
        .join(Agent, Agent.id == AgentWork.agent_id)
        .where(AgentWork.state == AgentState.AVAILABLE, Agent.active)
        .order_by(AgentWork.idle_since, AgentWork.agent_id)
    )
    return tuple(connection.scalars(query))


def open_with(connection: Connection, agent_id: int) -> dict[Channel, int]:
    """How many cases stand open with an agent, by channel."""
    query = (
        select(Case.channel, func.count().label("open"))
        .where(in_queue(), Case.assignee_id == agent_id)
        .group_by(Case.channel)
    )
    return {row.channel: row.open for row in connection.execute(query)}


def waiting(connection: Connection, queue: str | None, most: int) -> int:
    """How many cases need somebody in a queue (None: in the common one); counting stops at `most`."""
    place = Case.queue.is_(None) if queue is None else Case.queue == queue
    some = select(Case.id).where(in_queue(), place).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def file_data(connection: Connection, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The routing files in force, as plain data by their key."""
    query = select(RoutingFile.key, RoutingFile.data).where(RoutingFile.key.in_(keys))
    return {row.key: row.data for row in connection.execute(query)}


def proposal(connection: Connection, case_id: int) -> ProposalRow | None:
    """What was proposed for a case."""
    return next(iter(_proposal().run(connection, {"case": case_id})), None)


@cache
def _proposal() -> DirectQuery[ProposalRow]:
    query: Select[*tuple[Any, ...]] = select(
        CaseProposal.topic_key,
        CaseProposal.priority,
        CaseProposal.reasons,
        CaseProposal.settled_topic,
        CaseProposal.topic_settled_at,
        CaseProposal.priority_settled_at,
    ).where(CaseProposal.case_id == bindparam("case", type_=Integer))
    return DirectQuery(
        query, lambda topic, priority, reasons, *settled: ProposalRow(topic, priority, tuple(reasons), *settled)
    )
