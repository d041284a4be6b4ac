"""Who acts at the desk."""

from __future__ import annotations

from sqlalchemy import Row, select, text

from db.kinds import EventKind, Role
from db.models import Agent
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line, is_blank
from desk.services.desk import Desk

MOST_LOGIN = 64
MOST_NAME = 120


class UnknownAgentError(Exception):
    """Nobody with that login works here, or no longer."""


class LoginTakenError(Exception):
    """Somebody else at the desk has that login, or had it."""


def sign_in(desk: Desk, login: str, name: str = "") -> AgentRow:
    """The agent with that login; on a desk that has nobody yet, they become its administrator, under that name.

    Who somebody is, is taken on trust here: a password or a key is checked by what calls this.
    Raises `UnknownAgentError`.
    """
    login = clean_line(login, MOST_LOGIN)
    found = select(*COLUMNS).where(Agent.login == login, Agent.active)
    anybody = select(Agent.id).limit(1)
    with desk.database.read() as connection:
        row = connection.execute(found).one_or_none()
        is_first = connection.scalar(anybody) is None
    if row is None and is_first and not is_blank(login):
        with desk.database.write() as unit:
            _one_at_a_time(unit)
            row = unit.session.execute(found).one_or_none()  # two may come first at the same moment
            if row is None and unit.session.scalar(anybody) is None:
                return _add(unit, login, login if is_blank(name) else name, Role.ADMINISTRATOR, (), by=None)
    if row is None:
        raise UnknownAgentError(
            f"Nobody here has the login {login!r}. Use --as LOGIN or DESK_AGENT, or ask an administrator to add you."
        )
    return as_row(row)


def known(desk: Desk, login: str) -> AgentRow | None:
    """The active agent with that login, if there is one; nobody becomes an agent by asking."""
    found = select(*COLUMNS).where(Agent.login == clean_line(login, MOST_LOGIN), Agent.active)
    with desk.database.read() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else as_row(row)


def add(desk: Desk, me: AgentRow, *, login: str, name: str, role: Role, languages: tuple[str, ...] = ()) -> AgentRow:
    """Somebody new at the desk. Raises `NotAllowedError`, `LoginTakenError`, and `ValueError` for a blank login."""
    require(me, Permission.MANAGE_AGENTS)
    login = clean_line(login, MOST_LOGIN)
    if is_blank(login):
        raise ValueError("A login needs something to read.")
    with desk.database.write() as unit:
        _one_at_a_time(unit)
        if unit.session.scalar(select(Agent.id).where(Agent.login == login)) is not None:
            raise LoginTakenError(f"Somebody has the login {login!r} already; choose another.")
        return _add(unit, login, name, role, languages, by=me)


def rename(desk: Desk, me: AgentRow, login: str, name: str) -> AgentRow:
    """Give an active agent another name, which customers and colleagues see from then on; what was sent keeps the old.

    One's own is one's own to change. Raises `NotAllowedError`, `UnknownAgentError`, and `ValueError` for a blank name.
    """
    require(me, Permission.WORK_CASES if login == me.login else Permission.MANAGE_AGENTS)
    name = clean_line(name, MOST_NAME).strip()
    if is_blank(name):
        raise ValueError("A name needs something to read.")
    with desk.database.write() as unit:
        found = select(Agent).where(Agent.login == login, Agent.active).with_for_update()
        agent = unit.session.scalar(found)
        if agent is None:
            raise UnknownAgentError(f"Nobody here has the login {login!r}. `desk agents list` shows who works here.")
        before, agent.name = agent.name, name
        if before != name:
            unit.record(
                EventKind.AGENT_RENAMED, agent_id=me.id, agent=agent.id, before={"name": before}, after={"name": name}
            )
        return AgentRow(agent.id, agent.login, name, agent.role, tuple(agent.languages))


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


def _one_at_a_time(unit: UnitOfWork) -> None:
    # A SQLite writer is alone anyway.
    if unit.connection.dialect.name == "postgresql":
        unit.session.execute(text("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE"))


def _add(
    unit: UnitOfWork, login: str, name: str, role: Role, languages: tuple[str, ...], *, by: AgentRow | None
) -> AgentRow:
    agent = Agent(
        login=login,
        name=clean_line(name, MOST_NAME),
        role=role,
        languages=list(languages),
        active=True,
        created_at=unit.now,
    )
    unit.session.add(agent)
    unit.session.flush()
    unit.record(EventKind.AGENT_ADDED, agent_id=by.id if by else None, after={"login": agent.login, "role": role.value})
    return AgentRow(agent.id, agent.login, agent.name, agent.role, languages)
