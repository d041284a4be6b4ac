"""Figures: sums over hours, the present of each channel, and the cases behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    distinct,
    func,
    or_,
    select,
    tuple_,
    union_all,
)

from db.kinds import AgentState, Channel
from db.models import AgentWork, Case, CaseFigure, Event, HourlyFigure
from db.models.case import in_queue
from db.queries.queue import as_case_row, case_rows
from db.rows import CaseRow

NEWEST_EVENTS = 2_000
"""Events that are looked at to tell who is at work: more than a large team makes in a quarter of an hour."""

HOURS_OF_A_WEEK = 168

Period = tuple[int, int, int]
"""A span, and its first and (exclusive) last hour."""

Moments = Select[Any, Any]
"""Numbers of cases, each with the moment by which they are ordered."""


class Place(NamedTuple):
    """Where a case stands among those behind a number."""

    moment: datetime
    id: int


def sums(
    connection: Connection, measures: Sequence[str], periods: Iterable[Period]
) -> Iterator[tuple[Channel, str, int, int]]:
    """Channel, measure, bucket and amount over all the periods, which must not overlap."""
    every = list(periods)
    if not every:
        return
    values: dict[str, Any] = {"measures": list(measures)}
    for place, (span, first, last) in enumerate(every):
        values |= {f"span{place}": span, f"first{place}": first, f"last{place}": last}
    for channel, measure, bucket, amount in connection.execute(_sums_query(len(every)), values):
        if amount:
            yield channel, measure, bucket, int(amount)


@cache
def _sums_query(periods: int) -> Select[Channel, str, int, int]:
    """The statement for so many periods, put together once: that takes longer than running it."""
    parts = union_all(*(_amounts(place) for place in range(periods))).subquery().c
    columns = parts.channel, parts.measure, parts.bucket
    return select(*columns, func.sum(parts.amount)).group_by(*columns)


def by_week_hour(connection: Connection, measure: str, first: int, last: int, shift: int) -> Iterator[tuple[int, int]]:
    """Hour of the week and amount of a counted measure from an hour to another (exclusive).

    The week begins with 1970-01-01T00:00Z, a Thursday, put off by `shift` hours.
    """
    place = (HourlyFigure.hour + shift) % HOURS_OF_A_WEEK
    query = select(place, func.sum(HourlyFigure.amount)).where(
        HourlyFigure.span == 1,
        HourlyFigure.measure == measure,
        HourlyFigure.hour >= first,
        HourlyFigure.hour < last,
    )
    for hour, amount in connection.execute(query.group_by(place)):
        yield hour, int(amount)


def oldest(connection: Connection, channel: Channel) -> datetime | None:
    """When the oldest case of a lane was opened."""
    query = select(Case.created_at).where(in_queue(), Case.channel == channel).order_by(Case.created_at).limit(1)
    return connection.scalar(query)


def due_between(connection: Connection, channel: Channel, start: datetime, end: datetime) -> int:
    """How many cases of a lane are due from one moment to another (exclusive)."""
    return connection.scalar(select(func.count()).select_from(Case).where(*_due(channel, start, end))) or 0


def is_late(connection: Connection, channel: Channel, now: datetime) -> bool:
    """Whether somebody on that channel waits longer than was promised."""
    query = select(Case.id).where(in_queue(), Case.channel == channel, Case.due_at < now).limit(1)
    return connection.scalar(query) is not None


_TAKES_CASES = AgentWork.state.in_([AgentState.AVAILABLE, AgentState.BUSY])


def agents_on(connection: Connection, since: datetime) -> dict[Channel, int]:
    """How many agents did something to a case of each channel since a moment, and take cases still."""
    # The newest by id, because events have no index by time.
    newest = select(Event.agent_id, Event.case_id, Event.at).order_by(Event.id.desc()).limit(NEWEST_EVENTS).subquery()
    query = (
        select(Case.channel, func.count(distinct(newest.c.agent_id)))
        .join(newest, newest.c.case_id == Case.id)
        .outerjoin(AgentWork, AgentWork.agent_id == newest.c.agent_id)
        .where(newest.c.at >= since, newest.c.agent_id.is_not(None), or_(AgentWork.state.is_(None), _TAKES_CASES))
        .group_by(Case.channel)
    )
    return {channel: number for channel, number in connection.execute(query)}  # noqa: C416  (dict() takes no rows)


def opened_between(channel: Channel, start: datetime, end: datetime) -> Moments:
    """The cases opened on a channel from one moment to another (exclusive), with when they were."""
    moment = Case.created_at.label("moment")
    return select(Case.id, moment).where(Case.channel == channel, Case.created_at >= start, Case.created_at < end)


def remembered_between(column: str, channel: Channel, start: datetime, end: datetime) -> Moments:
    """The cases of which a moment that counting remembers lies in a stretch of time (its end exclusive), with it."""
    moment = getattr(CaseFigure, column)
    return select(CaseFigure.case_id.label("id"), moment.label("moment")).where(
        CaseFigure.channel == channel, moment >= start, moment < end
    )


def due_cases(channel: Channel, start: datetime, end: datetime) -> Moments:
    """The cases that `due_between` counts, with when they are due."""
    return select(Case.id, Case.due_at.label("moment")).where(*_due(channel, start, end))


def cases_of(connection: Connection, which: Moments, *, after: Place | None, limit: int) -> list[tuple[Place, CaseRow]]:
    """Those cases, the latest moment first, from behind the place `after`; at most `limit`, each with its place."""
    number, moment = which.selected_columns
    if after is not None:
        which = which.where(tuple_(moment, number) < after)
    ordered = which.order_by(moment.desc(), number.desc()).limit(limit)
    places = {case_id: Place(at, case_id) for case_id, at in connection.execute(ordered)}
    rows = connection.execute(case_rows().where(Case.id.in_(places)))
    found = [(places[row.id], as_case_row(row)) for row in rows]
    return sorted(found, key=itemgetter(0), reverse=True)


def _due(channel: Channel, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return in_queue(), Case.channel == channel, Case.due_at >= start, Case.due_at < end


def _amounts(place: int) -> Select[Channel, str, int, int]:
    return select(HourlyFigure.channel, HourlyFigure.measure, HourlyFigure.bucket, HourlyFigure.amount).where(
        HourlyFigure.span == bindparam(f"span{place}", type_=Integer),
        HourlyFigure.measure.in_(bindparam("measures", expanding=True)),
        HourlyFigure.hour >= bindparam(f"first{place}", type_=Integer),
        HourlyFigure.hour < bindparam(f"last{place}", type_=Integer),
    )
