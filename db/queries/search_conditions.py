"""The conditions of a search as SQL, with the names in them looked up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, false, func, not_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from db.folding import UnusableContactError, fold_tag
from db.models.agent import Agent
from db.models.case import Case, CaseTag, Tag, Topic, in_queue
from db.rows_search import ME, NOBODY, Condition, Field, SearchQuery, Standing

UNINDEXED = {Standing.UNASSIGNED.value}
"""What `is:` asks of cases that no index lists."""


class UnknownNameError(LookupError):
    """A query names an agent, tag, topic or queue that does not exist."""

    def __init__(self, condition: Condition, value: str) -> None:
        self.condition = condition
        self.value = value
        super().__init__(f"there is no {condition.field} {value!r}")


@dataclass(frozen=True, slots=True)
class Known:
    """The agents, tags and topics that a query names; keys are folded, values what the tables hold."""

    agents: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection, query: SearchQuery, queues: Collection[str] = ()) -> Known:
        """Look up what `query` names; `queues` are those that exist though no case is in them.

        Raises `UnknownNameError`.
        """
        named = {condition.field for condition in query.conditions}
        known = cls()
        if Field.ASSIGNEE in named:
            agents = connection.execute(select(Agent.login, Agent.id))
            known.agents.update({login.casefold(): agent_id for login, agent_id in agents})
        if Field.TOPIC in named:
            known.topics.update({key.casefold(): key for key in connection.scalars(select(Topic.key))})
        for condition in query.conditions:
            for value in condition.values:
                if condition.field is Field.TAG:
                    known.tags[value] = _tag_id(connection, condition, value)
                elif condition.field is Field.QUEUE:
                    _require_queue(connection, condition, value, queues)
                elif not known.has(condition.field, value):
                    raise UnknownNameError(condition, value)
        return known

    def has(self, asked: Field, value: str) -> bool:
        """Whether a value may be asked of a field; fields without names take any."""
        if asked is Field.ASSIGNEE:
            return value.casefold() in {ME, NOBODY, *self.agents}
        return asked is not Field.TOPIC or value.casefold() in self.topics

    def assignees(self, condition: Condition, me_id: int) -> list[int]:
        """The ids of the agents that a condition names."""
        names = {value.casefold() for value in condition.values} - {NOBODY}
        return [me_id if name == ME else self.agents[name] for name in sorted(names)]


def where(query: SearchQuery, known: Known, *, me_id: int, now: datetime) -> list[ColumnElement[bool]]:
    """What a case has to be; senders are left to the text index. Spam is found only by who asks for it."""
    conditions = [] if query.reference is not None or _asks_for_spam(query) else [Case.spam_at.is_(None)]
    return conditions + [
        # NULL is neither in nor out of a list; whoever excludes a topic wants the cases without one too.
        not_(func.coalesce(told, false())) if condition.excluded else told
        for condition in query.conditions
        if (told := _told(condition, known, me_id, now)) is not None
    ]


def selective(query: SearchQuery, known: Known, *, me_id: int, now: datetime) -> list[Select[Any]]:
    """Selects of case ids, each over one index, of which every case sought is in all; possibly few."""
    found: list[Select[Any]] = []
    for condition in query.conditions:
        if condition.excluded:
            continue
        names = {value.casefold() for value in condition.values}
        if condition.field is Field.TAG:
            found.append(select(CaseTag.case_id).where(CaseTag.tag_id.in_(_tags(condition, known))))
        elif condition.field is Field.ASSIGNEE and NOBODY not in names:
            found.append(select(Case.id).where(Case.assignee_id.in_(known.assignees(condition, me_id))))
        elif condition.field is Field.IS and not names & UNINDEXED and len(names) == 1:
            found.append(select(Case.id).where(_standing(Standing(*names), me_id, now)))
        elif condition.field is Field.TOPIC:
            found.append(select(Case.id).where(Case.topic_key.in_([known.topics[name] for name in names])))
        elif condition.field is Field.QUEUE and NOBODY not in names:
            found.append(select(Case.id).where(Case.queue.in_(sorted({*condition.values, *names}))))
        elif condition.field is Field.STATUS:
            found.append(select(Case.id).where(Case.status.in_(names)))
    return found


def _told(  # noqa: PLR0911  (one line a field)
    condition: Condition, known: Known, me_id: int, now: datetime
) -> ColumnElement[bool] | None:
    values = condition.values
    match condition.field:
        case Field.CHANNEL:
            return Case.channel.in_(values)
        case Field.STATUS:
            return Case.status.in_(values)
        case Field.LANGUAGE:
            return Case.language.in_(values)
        case Field.PRIORITY:
            return Case.priority.in_([int(value) for value in values])
        case Field.TOPIC:
            return Case.topic_key.in_([known.topics[value.casefold()] for value in values])
        case Field.TAG:
            carries = select(CaseTag.case_id).where(CaseTag.case_id == Case.id)
            return carries.where(CaseTag.tag_id.in_(_tags(condition, known))).exists()
        case Field.ASSIGNEE:
            nobody = [Case.assignee_id.is_(None)] if NOBODY in map(str.casefold, values) else []
            return or_(Case.assignee_id.in_(known.assignees(condition, me_id)), *nobody)
        case Field.QUEUE:
            common = [Case.queue.is_(None)] if NOBODY in map(str.casefold, values) else []
            return or_(Case.queue.in_(sorted({*values, *map(str.casefold, values)})), *common)
        case Field.BEFORE:
            return Case.created_at < condition.moment
        case Field.SINCE:
            return Case.created_at >= condition.moment
        case Field.IS:
            return or_(*(_standing(Standing(value), me_id, now) for value in values))
        case Field.FROM:
            return None


def _standing(standing: Standing, me_id: int, now: datetime) -> ColumnElement[bool]:
    match standing:
        case Standing.SNOOZED:
            return Case.snoozed_until > now
        case Standing.OVERDUE:
            return and_(in_queue(), Case.due_at < now)
        case Standing.MINE:
            return Case.assignee_id == me_id
        case Standing.UNASSIGNED:
            return Case.assignee_id.is_(None)
        case Standing.SPAM:
            return Case.spam_at.is_not(None)


def _asks_for_spam(query: SearchQuery) -> bool:
    return any(condition.field is Field.IS and Standing.SPAM in condition.values for condition in query.conditions)


def _tags(condition: Condition, known: Known) -> list[int]:
    return [known.tags[value] for value in condition.values]


def _require_queue(connection: Connection, condition: Condition, value: str, queues: Collection[str]) -> None:
    names = {value, value.casefold()}
    if names & {NOBODY, *queues}:
        return
    if connection.scalar(select(Case.id).where(Case.queue.in_(sorted(names))).limit(1)) is None:
        raise UnknownNameError(condition, value)


def _tag_id(connection: Connection, condition: Condition, value: str) -> int:
    try:
        folded = fold_tag(value)
    except UnusableContactError as error:
        raise UnknownNameError(condition, value) from error
    tag_id = connection.scalar(select(Tag.id).where(Tag.folded == folded))
    if tag_id is None:
        raise UnknownNameError(condition, value)
    return tag_id
