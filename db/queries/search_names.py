"""The names that a search can be completed with."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from db.models.agent import Agent
from db.models.case import Case, CaseTag, Tag, Topic
from db.rows_search import Vocabulary

MOST_TAGS = 200
MOST_QUEUES = 100

RECENT = 20_000
"""The newest uses of tags that are counted; counting all of them would grow with the desk's age."""


def vocabulary(connection: Connection) -> Vocabulary:
    """Logins of active agents, topics in their order, queues, and tags, those most used lately first (200 at most)."""
    newest = select(CaseTag.tag_id).order_by(CaseTag.case_id.desc()).limit(RECENT).subquery()
    used = select(newest.c.tag_id, func.count().label("uses")).group_by(newest.c.tag_id).subquery()
    tags = (
        select(Tag.name)
        .outerjoin(used, used.c.tag_id == Tag.id)
        .order_by(func.coalesce(used.c.uses, 0).desc(), Tag.folded)
        .limit(MOST_TAGS)
    )
    agents = select(Agent.login).where(Agent.active).order_by(Agent.login)
    topics = select(Topic.key).order_by(Topic.position, Topic.key)
    return Vocabulary(
        agents=tuple(connection.scalars(agents)),
        tags=tuple(connection.scalars(tags)),
        topics=tuple(connection.scalars(topics)),
        queues=queues(connection),
    )


def queues(connection: Connection) -> tuple[str, ...]:
    """The names of the queues that cases were put into (100 at most), each found by one step into their index."""
    found: list[str] = []
    while len(found) < MOST_QUEUES:
        following = select(func.min(Case.queue)).where(Case.queue > found[-1] if found else Case.queue.is_not(None))
        name = connection.scalar(following)
        if name is None:
            break
        found.append(name)
    return tuple(found)
