"""The queue: cases that need somebody, most urgent first, a page at a time."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, Select, bindparam, func, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from db.kinds import Channel, Lane
from db.models.agent import Agent
from db.models.case import Case, LaneCount, in_queue
from db.models.customer import Customer
from db.queries.direct import DirectQuery
from db.rows import CaseRow, LaneCounts, QueueKey, QueuePage

CASE_COLUMNS = (
    Case.id,
    Case.channel,
    Case.status,
    Case.priority,
    Case.customer_id,
    Customer.name.label("customer_name"),
    Case.subject,
    Case.topic_key,
    Case.language,
    Case.created_at,
    Case.updated_at,
    Case.due_at,
    Case.snoozed_until,
    Case.assignee_id,
    Agent.name.label("assignee_name"),
    Case.version,
    Case.queue,
)
"""What `CaseRow` holds, in its order."""


def case_rows() -> Select[*tuple[Any, ...]]:
    """A select of `CASE_COLUMNS`, to be narrowed and ordered."""
    return (
        select(*CASE_COLUMNS)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Agent, Agent.id == Case.assignee_id)
    )


def returned_case_row() -> tuple[Any, ...]:
    """`CASE_COLUMNS` as a statement that changes a case can return them: it joins nothing."""
    names = {
        "customer_name": select(Customer.name).where(Customer.id == Case.customer_id),
        "assignee_name": select(Agent.name).where(Agent.id == Case.assignee_id),
    }
    columns = {column.key: column for column in CASE_COLUMNS}
    return tuple((columns | {key: name.correlate(Case).scalar_subquery() for key, name in names.items()}).values())


def as_case_row(row: Row[*tuple[Any, ...]]) -> CaseRow:
    """The frozen row of one result of `case_rows`."""
    return CaseRow(*row)


def in_lane(lane: Lane, agent_id: int | BindParameter[int]) -> list[ColumnElement[bool]]:
    """The conditions of a lane: that a case needs somebody, and where it belongs."""
    if lane is Lane.ALL:
        return [in_queue()]
    if lane is Lane.MINE:
        return [in_queue(), Case.assignee_id == agent_id]
    return [in_queue(), Case.channel == Channel(lane.value)]


def queue_page(
    connection: Connection,
    lane: Lane,
    agent_id: int,
    *,
    after: QueueKey | None = None,
    before: QueueKey | None = None,
    last: bool = False,
    limit: int = 50,
) -> QueuePage:
    """Up to `limit` rows in queue order: from the top, after or before a key, or the last ones of the lane.

    `has_more` looks in the direction of travel: further down, or further up with `before` and `last`.
    """
    backwards = last or before is not None
    key = after or before
    values: dict[str, Any] = {"me": agent_id, "most": limit + 1}
    if key is not None:
        values |= {"due_at": key.due_at, "priority": key.priority, "id": key.id}
    found = _page_query(lane, backwards=backwards, from_key=key is not None).run(connection, values)
    rows = found[:limit]
    if backwards:
        rows.reverse()
    return QueuePage(rows=tuple(rows), has_more=len(found) > limit)


@cache
def _page_query(lane: Lane, *, backwards: bool, from_key: bool) -> DirectQuery[CaseRow]:
    """The statement of a page, put together once: that takes longer than running it."""
    position = (Case.due_at, Case.priority, Case.id)
    query = case_rows().where(*in_lane(lane, bindparam("me", type_=Integer)))
    if from_key:
        key = tuple_(bindparam("due_at", type_=Case.due_at.type), bindparam("priority"), bindparam("id"))
        query = query.where(tuple_(*position) < key if backwards else tuple_(*position) > key)
    order = [column.desc() for column in position] if backwards else list(position)
    return DirectQuery(query.order_by(*order).limit(bindparam("most", type_=Integer)), CaseRow)


def count_before(connection: Connection, lane: Lane, agent_id: int, key: QueueKey, *, most: int = 999) -> int:
    """How many cases stand before `key` in a lane; counting stops at `most`."""
    position = tuple_(Case.due_at, Case.priority, Case.id)
    before = (
        select(Case.id)
        .where(*in_lane(lane, agent_id), position < (key.due_at, key.priority, key.id))
        .limit(most)
        .subquery()
    )
    return connection.scalar(select(func.count()).select_from(before)) or 0


def lane_counts(connection: Connection, agent_id: int) -> LaneCounts:
    """How many cases need somebody: per channel from the maintained counts, mine by index."""
    sums = select(LaneCount.channel, func.sum(LaneCount.cases)).group_by(LaneCount.channel)
    by_channel = dict.fromkeys(Channel, 0)
    for channel, cases in connection.execute(sums):
        by_channel[channel] = cases
    mine = select(func.count()).select_from(Case).where(*in_lane(Lane.MINE, agent_id))
    return LaneCounts(by_channel=by_channel, mine=connection.scalar(mine) or 0)
