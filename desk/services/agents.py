"""Who acts at the desk."""

from __future__ import annotations

from sqlalchemy import Row, func, select

from db.kinds import EventKind, Role
from db.models import Agent
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.desk import Desk


class UnknownAgentError(Exception):
    """Nobody with that login works here, or no longer."""


def sign_in(desk: Desk, login: str) -> AgentRow:
    """The agent with that login; on a desk that has nobody yet, they become its administrator.

    Who somebody is, is taken on trust here: a password or a key is checked by what calls this.
    Raises `UnknownAgentError`.
    """
    found = select(Agent).where(Agent.login == login, Agent.active)
    with desk.database.read() as connection:
        row = connection.execute(found.with_only_columns(*COLUMNS)).one_or_none()
        anybody = connection.scalar(select(func.count()).select_from(Agent))
    if row is not None:
        return as_row(row)
    if anybody:
        raise UnknownAgentError(
            f"Nobody here has the login {login!r}. Use --as LOGIN or DESK_AGENT, or ask an administrator to add you."
        )
    with desk.database.write() as unit:
        return _add(unit, login, login, Role.ADMINISTRATOR, (), by=None)


def add(desk: Desk, me: AgentRow, *, login: str, name: str, role: Role, languages: tuple[str, ...] = ()) -> AgentRow:
    """Somebody new at the desk. Raises `NotAllowedError`."""
    require(me, Permission.MANAGE_AGENTS)
    with desk.database.write() as unit:
        return _add(unit, login, name, role, languages, by=me)


def colleagues(desk: Desk, me: AgentRow) -> tuple[AgentRow, ...]:
    """Everybody active, by name."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        rows = connection.execute(select(*COLUMNS).where(Agent.active).order_by(Agent.name, Agent.id))
        return tuple(as_row(row) for row in rows)


COLUMNS = (Agent.id, Agent.login, Agent.name, Agent.role, Agent.languages)


def as_row(row: Row[int, str, str, Role, list[str]]) -> AgentRow:
    """The frozen row of one result of `COLUMNS`."""
    agent_id, login, name, role, languages = row
    return AgentRow(agent_id, login, name, role, tuple(languages))


def _add(
    unit: UnitOfWork, login: str, name: str, role: Role, languages: tuple[str, ...], *, by: AgentRow | None
) -> AgentRow:
    agent = Agent(
        login=clean_line(login, 64),
        name=clean_line(name, 120),
        role=role,
        languages=list(languages),
        active=True,
        created_at=unit.now,
    )
    unit.session.add(agent)
    unit.session.flush()
    unit.record(EventKind.AGENT_ADDED, agent_id=by.id if by else None, after={"login": agent.login, "role": role.value})
    return AgentRow(agent.id, agent.login, agent.name, agent.role, languages)
