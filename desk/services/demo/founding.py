"""The demo world before its first case: topics and answers, agents, tags."""

from __future__ import annotations

from sqlalchemy import text

from db.base import Base
from db.engine import Database
from db.kinds import EventKind
from db.models import Agent, DeskInfo, Tag, map_all
from desk.services.demo.bank import Bank
from desk.services.seeding import load


def found(database: Database, bank: Bank) -> None:
    """Make an empty, migrated database (or a demo world on PostgreSQL, which is emptied) a demo's desk.

    Agents and tags get the ids 1, 2, 3 … in the order in which the bank names them.
    """
    with database.write() as unit:
        if not database.is_sqlite:
            map_all()
            tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
            unit.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        unit.session.add(DeskInfo(key="world", value="demo"))
        load(unit, bank.seeds)
        for number, agent in enumerate(bank.agents, start=1):
            languages = [language.value for language in agent.languages]
            row = Agent(
                id=number, login=agent.login, name=agent.name, role=agent.role, languages=languages, active=True
            )
            row.created_at = unit.now
            unit.session.add(row)
            unit.record(EventKind.AGENT_ADDED, after={"login": agent.login, "role": agent.role.value})
        for tag, number in tag_ids(bank).items():
            unit.session.add(Tag(id=number, name=tag, folded=tag))


def tag_ids(bank: Bank) -> dict[str, int]:
    """Every tag of the demo world with its id."""
    names = dict.fromkeys(tag for problem in bank.world.problem for tag in problem.tags)
    return {name: number for number, name in enumerate(names, start=1)}
