"""Reading incidents: those in force, those of a case, how far a telling has come, and what rises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from db.kinds import IncidentState, LinkKind, NoticeState
from db.models.case import CaseLink
from db.models.incident import (
    CaseCode,
    Incident,
    IncidentCase,
    IncidentNotice,
    IncidentProposal,
    IncidentUpdate,
)
from db.models.routing import CaseProposal
from db.queries.direct import DirectQuery
from db.rows_incidents import IncidentProposalRow, IncidentRow, TellingRow

COLUMNS = (
    "id", "key", "kind", "state", "title", "internal", "channels", "topics", "words", "codes", "links_by_rule",
    "is_public", "starts_at", "expected_at", "ended_at", "version",
)  # fmt: skip
LISTS = ("channels", "topics", "words", "codes")
MOST_MERGES = 10
ON = (IncidentState.OPEN, IncidentState.RECOVERING, IncidentState.OVERDUE)


def incidents(
    connection: Connection, *which: ColumnElement[bool], limit: int = 100, counted: bool = False
) -> tuple[IncidentRow, ...]:
    """The incidents that fulfil the conditions, newest first; `counted` also counts their cases."""
    rows = connection.execute(_all_incidents().where(*which).limit(limit)).all()
    linked = _linked(connection, [row.id for row in rows]) if counted else {}
    return tuple(
        IncidentRow(
            **_columns(row),
            texts=row.texts or {},
            update_id=row.update or 0,
            linked=linked.get(row.id, 0),
        )
        for row in rows
    )


@cache
def _all_incidents() -> Select[*tuple[Any, ...]]:
    other = aliased(IncidentUpdate)
    newest = select(func.max(other.id)).where(other.incident_id == Incident.id).scalar_subquery()
    return (
        select(*(getattr(Incident, name) for name in COLUMNS), IncidentUpdate.texts, IncidentUpdate.id.label("update"))
        .outerjoin(IncidentUpdate, IncidentUpdate.id == newest)
        .order_by(Incident.id.desc())
    )


def incident(connection: Connection, incident_id: int, *, counted: bool = True) -> IncidentRow | None:
    """One of them, or None."""
    return next(iter(incidents(connection, Incident.id == incident_id, counted=counted)), None)


def in_states(states: Iterable[IncidentState]) -> ColumnElement[bool]:
    """The condition that an incident stands like that."""
    return Incident.state.in_(tuple(states))


def keys_in_force(connection: Connection) -> frozenset[str]:
    """The keys of the incidents that are on just now, for routing rules."""
    return frozenset(connection.scalars(select(Incident.key).where(in_states(ON))))


def concerns(connection: Connection, case_ids: Collection[int]) -> bool:
    """Whether an incident is on, or has one of these cases: mostly none is, and this is asked quickly."""
    return bool(_any_on().run(connection, {})) or any(_of_case().run(connection, {"case": each}) for each in case_ids)


@cache
def _any_on() -> DirectQuery[int]:
    return DirectQuery(select(Incident.id).where(in_states(ON)).limit(1), int)


@cache
def _of_case() -> DirectQuery[int]:
    here = IncidentCase.case_id == bindparam("case", type_=Integer)
    return DirectQuery(select(IncidentCase.incident_id).where(here, ~IncidentCase.is_off).limit(1), int)


def of_case_or_in(case_ids: Collection[int], states: Iterable[IncidentState]) -> ColumnElement[bool]:
    """The condition that an incident stands like that, or has one of these cases."""
    of_case = select(IncidentCase.incident_id).where(IncidentCase.case_id.in_(case_ids), ~IncidentCase.is_off)
    return or_(in_states(states), Incident.id.in_(of_case))


def links(connection: Connection, case_ids: Collection[int]) -> dict[int, tuple[bool, str]]:
    """By incident: whether one of these cases is linked with it (else taken off), and why."""
    query = select(IncidentCase.incident_id, IncidentCase.is_off, IncidentCase.why)
    found: dict[int, tuple[bool, str]] = {}
    for incident_id, is_off, why in connection.execute(query.where(IncidentCase.case_id.in_(case_ids))):
        if incident_id not in found or not is_off:
            found[incident_id] = (not is_off, why)
    return found


def merged_into(connection: Connection, *case_ids: int) -> set[int]:
    """The cases and those that were merged into them."""
    found, asked = set(case_ids), set(case_ids)
    for _ in range(MOST_MERGES):
        query = select(CaseLink.case_id).where(CaseLink.other_id.in_(asked), CaseLink.kind == LinkKind.MERGED_INTO)
        asked = set(connection.scalars(query)) - found
        if not asked:
            break
        found |= asked
    return found


def final_case(connection: Connection, case_id: int) -> int:
    """Where the messages of a case are now: the case itself, or the one that it was merged into."""
    for _ in range(MOST_MERGES):
        query = select(CaseLink.other_id).where(CaseLink.case_id == case_id, CaseLink.kind == LinkKind.MERGED_INTO)
        into = connection.scalar(query.limit(1))
        if into is None:
            break
        case_id = into
    return case_id


def linked_cases(connection: Connection, incident_id: int, limit: int = 1000) -> Sequence[tuple[int, str]]:
    """The cases of an incident, newest first, and why each is one."""
    query = select(IncidentCase.case_id, IncidentCase.why).where(
        IncidentCase.incident_id == incident_id, ~IncidentCase.is_off
    )
    return [
        (row.case_id, row.why) for row in connection.execute(query.order_by(IncidentCase.case_id.desc()).limit(limit))
    ]


def tellings(connection: Connection, incident_id: int, limit: int = 50) -> tuple[TellingRow, ...]:
    """The public texts of an incident, newest first, and how far the telling of each has come."""
    query = select(
        IncidentUpdate.id, IncidentUpdate.at, IncidentUpdate.state, IncidentUpdate.texts, IncidentUpdate.then,
        IncidentUpdate.telling_since,
    ).where(IncidentUpdate.incident_id == incident_id)  # fmt: skip
    rows = connection.execute(query.order_by(IncidentUpdate.id.desc()).limit(limit)).all()
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    counted = (
        select(IncidentNotice.update_id, IncidentNotice.state, func.count())
        .where(IncidentNotice.update_id.in_([row.id for row in rows]))
        .group_by(IncidentNotice.update_id, IncidentNotice.state)
    )
    for update_id, state, number in connection.execute(counted):
        counts[update_id][NoticeState(state).value] = number
    return tuple(
        TellingRow(
            row.id, row.at, row.state, row.texts, row.then, row.telling_since is not None, **counts.get(row.id, {})
        )
        for row in rows
    )


def open_proposals(connection: Connection) -> tuple[IncidentProposalRow, ...]:
    """The rises that nobody has judged, newest first."""
    columns = (
        IncidentProposal.id, IncidentProposal.topic_key, IncidentProposal.code, IncidentProposal.since,
        IncidentProposal.raised_at, IncidentProposal.cases, IncidentProposal.expected,
    )  # fmt: skip
    query = select(*columns).where(IncidentProposal.settled_at.is_(None)).order_by(IncidentProposal.id.desc())
    return tuple(IncidentProposalRow(*row) for row in connection.execute(query.limit(20)))


def raised_since(connection: Connection, since: datetime) -> set[tuple[str | None, str | None]]:
    """The topics and codes that were raised after a moment, judged after it, or are not judged yet."""
    query = select(IncidentProposal.topic_key, IncidentProposal.code).where(
        or_(
            IncidentProposal.settled_at.is_(None),
            IncidentProposal.settled_at >= since,
            IncidentProposal.raised_at >= since,
        )
    )
    return {(row.topic_key, row.code) for row in connection.execute(query)}


def topics_between(connection: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """How many new cases of each proposed topic came from `start` on and before `end`."""
    query = (
        select(CaseProposal.topic_key, func.count())
        .where(CaseProposal.created_at >= start, CaseProposal.created_at < end, CaseProposal.topic_key.is_not(None))
        .group_by(CaseProposal.topic_key)
    )
    return {str(topic): number for topic, number in connection.execute(query)}


def codes_between(connection: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """How many new cases named each error code from `start` on and before `end`."""
    query = select(CaseCode.code, func.count()).where(CaseCode.at >= start, CaseCode.at < end).group_by(CaseCode.code)
    return {str(code): number for code, number in connection.execute(query)}


def _linked(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    query: Any = (
        select(IncidentCase.incident_id, func.count())
        .where(IncidentCase.incident_id.in_(ids), ~IncidentCase.is_off)
        .group_by(IncidentCase.incident_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _columns(row: Any) -> dict[str, Any]:
    return {name: tuple(getattr(row, name)) if name in LISTS else getattr(row, name) for name in COLUMNS}
