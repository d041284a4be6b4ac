"""Texts that an agent keeps for themselves: nobody else sees, uses or counts them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from db.models import Snippet
from db.rows import AgentRow
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line, clean_text, is_blank
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.templates.engine import TemplateError, compiled, literal

MOST = 500
"""Snippets of one agent: more are not found again."""

SHORTEST_NAME = 3
"""A customer's name of fewer characters is not looked for in a text: it stands in other words."""


def keep(desk: Desk, me: AgentRow, title: str, text: str) -> int:
    """Keep a template as mine; one of mine with that title becomes this one. Its id.

    Raises `CaseError` when there is nothing in it, it cannot be read as a template, or I have too many.
    """
    require(me, Permission.WORK_CASES)
    title, text = clean_line(title, 200), clean_text(text).strip("\n")
    if is_blank(title) or is_blank(text):
        raise CaseError("A snippet needs a title and a text.")
    try:
        compiled(text)
    except TemplateError as error:
        raise CaseError(f"The snippet cannot be kept: {error}.") from error
    with desk.database.write() as unit:
        mine = select(Snippet).where(Snippet.agent_id == me.id)
        found = unit.session.scalar(mine.where(Snippet.title == title).with_for_update())
        if found is None:
            if (unit.session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST:
                raise CaseError(f"You keep {MOST} snippets already; remove some first.")
            found = Snippet(agent_id=me.id, title=title, created_at=unit.now)
            unit.session.add(found)
        found.text, found.updated_at = text, unit.now
        unit.session.flush()
        return found.id


def remove(desk: Desk, me: AgentRow, snippet_id: int) -> tuple[str, str]:
    """Forget a snippet of mine; its title and text, with which `keep` brings it back. Raises `CaseError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        found = unit.session.get(Snippet, snippet_id)
        if found is None or found.agent_id != me.id:
            raise CaseError("That snippet is not yours, or it is gone already.")
        unit.session.delete(found)
        return found.title, found.text


def from_draft(text: str, values: Mapping[str, str]) -> str:
    """What was written to one customer as a template for others: their name and case become variables.

    `values` are those of `rules.answers.known_values`; all else is taken as it stands.
    """
    template = literal(text)
    for name in ("customer.name", "case.reference"):
        value = values.get(name, "")
        if len(value) >= SHORTEST_NAME:
            template = template.replace(literal(value), "{{ " + name + " }}")
    return template
