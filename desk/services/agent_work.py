"""What agents may be handed, whether they take cases just now, and giving theirs back when they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds import AgentState, Channel, EventKind, Language, Status
from db.models import Agent, AgentWork, Case
from db.models.case import in_queue
from db.queries import routing as queries
from db.queries.direct import DirectQuery, given
from db.rows import AgentRow
from db.rows_routing import AgentWorkRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.agents import UnknownAgentError
from desk.services.changing import Done, for_each
from desk.services.desk import Desk
from desk.services.errors import CaseError

MOST_HANDED_BACK = 500


def mine(desk: Desk, me: AgentRow) -> AgentWorkRow:
    """What I may be handed, and how I stand."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.agent_work(connection, me.id)


def everybody(desk: Desk, me: AgentRow) -> tuple[AgentWorkRow, ...]:
    """What every active agent may be handed, by name."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.all_agent_work(connection)


def set_state(desk: Desk, me: AgentRow, state: AgentState, login: str | None = None) -> AgentWorkRow:
    """How I stand from now on, or how a colleague does: the clock starts anew when that is another state.

    Raises `UnknownAgentError`, and `NotAllowedError` for a colleague's.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        agent_id = _agent_id(unit, login) if login else me.id
        if agent_id != me.id:
            require(me, Permission.MANAGE_ROUTING)
        work = row_to_change(unit, agent_id)
        before = work.state_since, work.state
        if work.state is not state:
            unit.record(
                EventKind.AGENT_STATE,
                agent_id=me.id,
                agent=agent_id,
                before={"state": before[1].value, "since": before[0].isoformat()},
                after={"state": state.value},
            )
            work.state = state
            work.state_since = unit.now
            if state is AgentState.AVAILABLE:
                work.idle_since = unit.now
        unit.session.flush()
        return queries.agent_work(unit.connection, agent_id)


def set_up(
    desk: Desk,
    me: AgentRow,
    login: str,
    *,
    languages: Sequence[Language] | None = None,
    skills: Sequence[str] | None = None,
    queues: Sequence[str] | None = None,
    limits: Mapping[Channel, int] | None = None,
) -> AgentWorkRow:
    """What an agent may be handed from now on; what is None stays.

    Raises `NotAllowedError`, `UnknownAgentError`, and `CaseError` for a queue or a limit that is none.
    """
    require(me, Permission.MANAGE_ROUTING)
    with desk.database.write() as unit:
        known = {row.key for row in queries.queues(unit.connection)}
        if queues is not None and (strange := sorted(set(queues) - known)):
            raise CaseError(f"There is no queue {strange[0]!r}; there are {', '.join(sorted(known)) or 'none yet'}.")
        if limits is not None and any(most < 1 for most in limits.values()):
            raise CaseError("A limit is a number of cases from 1 on; leave the channel out for no limit.")
        agent_id = _agent_id(unit, login)
        changed: dict[str, Any] = {
            name: list(value) for name, value in (("skills", skills), ("queues", queues)) if value is not None
        }
        if limits is not None:
            changed["limits"] = {channel.value: most for channel, most in limits.items()}
        change(unit, agent_id, me.id, changed, None if languages is None else [each.value for each in languages])
        unit.session.flush()
        return queries.agent_work(unit.connection, agent_id)


def change(
    unit: UnitOfWork, agent_id: int, by: int | None, values: Mapping[str, Any], languages: list[str] | None
) -> bool:
    """Set columns of an agent's work and their languages inside a unit of work; says whether anything was different."""
    work, agent = row_to_change(unit, agent_id), unit.session.get_one(Agent, agent_id)
    before = {name: getattr(work, name) for name in values}
    after = dict(values)
    if languages is not None:
        before["languages"], after["languages"] = list(agent.languages), languages
    if before == after:
        return False
    for name, value in values.items():
        setattr(work, name, value)
    if languages is not None:
        agent.languages = languages
    unit.record(EventKind.AGENT_CHANGED, agent_id=by, agent=agent_id, before=before, after=after)
    return True


def hand_back(desk: Desk, me: AgentRow) -> Done:
    """Give what stands open with me back to the queue; `changes.undo` takes again what is still free then."""
    require(me, Permission.WORK_CASES)
    query = select(Case.id).where(in_queue(), Case.assignee_id == me.id).order_by(Case.id).limit(MOST_HANDED_BACK)
    with desk.database.read() as connection:
        ids = list(connection.scalars(query))

    def give(unit: UnitOfWork, case: Case) -> bool:
        if case.assignee_id != me.id:
            return False
        case.assignee_id = None
        unit.record(
            EventKind.CASE_RELEASED, case_id=case.id, agent_id=me.id, before={"assignee": me.login}, why="went away"
        )
        return True

    return for_each(desk, me, ids, give, way_back=_take_again)


def _take_again(desk: Desk, me: AgentRow, case_ids: Sequence[int]) -> Done:
    def take(unit: UnitOfWork, case: Case) -> bool:
        if case.assignee_id == me.id:
            return False
        if case.assignee_id is not None:
            raise CaseError("is somebody else's now.")
        case.assignee_id = me.id
        if case.status is Status.NEW:
            case.status = Status.OPEN
        unit.record(
            EventKind.CASE_CLAIMED,
            case_id=case.id,
            agent_id=me.id,
            before={"assignee": None},
            after={"assignee": me.login},
        )
        return True

    return for_each(desk, me, case_ids, take)


def row_to_change(unit: UnitOfWork, agent_id: int) -> AgentWork:
    """An agent's work, locked until the unit of work ends; who has none gets one in which nothing is limited."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    query = select(AgentWork).where(AgentWork.agent_id == agent_id).with_for_update()
    found = unit.session.scalar(query)
    if found is None:
        unit.session.execute(insert(AgentWork).values(_fresh(unit, agent_id)).on_conflict_do_nothing())
        found = unit.session.scalars(query).one()
    return found


def note_handed(unit: UnitOfWork, agent_id: int, turns: Mapping[str, int]) -> None:
    """An agent was just handed a case: they are the last in line now. `turns` as in `AgentWork`."""
    connection = unit.connection
    _handing(connection.dialect.name).write(connection, [_fresh(unit, agent_id) | {"turns": dict(turns)}])


@lru_cache(maxsize=2)
def _handing(dialect: str) -> DirectQuery[Any]:
    """Put together once: that takes longer than running it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    added = insert(AgentWork).values(given(AgentWork))
    now = {"idle_since": added.excluded.idle_since, "turns": added.excluded.turns}
    return DirectQuery(added.on_conflict_do_update(index_elements=["agent_id"], set_=now), tuple)


def _fresh(unit: UnitOfWork, agent_id: int) -> dict[str, Any]:
    """The work of an agent of whom nothing is limited."""
    return {
        "agent_id": agent_id,
        "skills": [],
        "queues": [],
        "limits": {},
        "state": AgentState.AVAILABLE,
        "state_since": unit.now,
        "idle_since": unit.now,
        "turns": {},
    }


def _agent_id(unit: UnitOfWork, login: str) -> int:
    found = unit.session.scalar(select(Agent.id).where(Agent.login == login, Agent.active))
    if found is None:
        raise UnknownAgentError(f"Nobody active has the login {login!r}; desk agents list shows who works here.")
    return found
