"""The names that a search can be completed with."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from db.models.agent import Agent
from db.models.case import CaseTag, Tag, Topic
from db.rows_search import Vocabulary

MOST_TAGS = 200

RECENT = 20_000
"""The newest uses of tags that are counted; counting all of them would grow with the desk's age."""


def vocabulary(connection: Connection) -> Vocabulary:
    """Logins of active agents, topics in their order, and tags, those most used lately first (200 at most)."""
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
    )
