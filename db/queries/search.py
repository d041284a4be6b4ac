"""Finding cases by words and conditions, newest first, with the same answers on both engines.

PostgreSQL plans one statement well: it knows how common a word is. SQLite does not, so the order of work is decided
here: hits come out of FTS5 newest first, one by one, and are held against the conditions in small batches until the
page is full. When a condition leaves few cases, these are looked up in the text index instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, cast, column, false, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.elements import ColumnElement

from db.matching import Clause, clauses, fts5, tsquery
from db.models.case import Case
from db.queries.queue import as_case_row, case_rows
from db.queries.search_conditions import Known, UnknownNameError, selective, where
from db.queries.search_index import add_terms, index_case
from db.rows_search import Field, SearchPage, SearchQuery

__all__ = ["MOST_HITS", "UnknownNameError", "add_terms", "find", "index_case"]

MOST_HITS = 50_000
"""Hits of the text index that one call on SQLite holds against conditions before it gives what it has."""

FEW = 500
"""So few cases are looked up in the text index one by one."""

BATCH = 250

LARGEST_ID = 2**31 - 1
"""What the column can hold; PostgreSQL refuses to compare it with more."""

INDEX = table("search_index", column("rowid"), column("case_id"), column("vector"))
"""FTS5 with `rowid` on SQLite; `case_id` and `vector` on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query made ready: what the text index has to answer, and what a case has to be."""

    clauses: tuple[Clause, ...]
    conditions: tuple[ColumnElement[bool], ...]
    limit: int

    @property
    def is_worded(self) -> bool:
        """Whether there is something that has to occur; FTS5 cannot answer for what must not."""
        return any(not clause.excluded for clause in self.clauses)

    def cases(self) -> Select[int]:
        """The ids of cases that meet the conditions, newest first, one more than a page."""
        return select(Case.id).where(*self.conditions).order_by(Case.id.desc()).limit(self.limit + 1)


def find(
    connection: Connection,
    query: SearchQuery,
    *,
    me_id: int,
    now: datetime,
    after: int | None = None,
    limit: int = 50,
) -> SearchPage:
    """Up to `limit` cases that the query asks for, newest first, older than the case `after`.

    Raises `UnknownNameError` for an agent, tag or topic that does not exist.
    """
    known = Known.read(connection, query)
    asked = _Asked(clauses(query), _conditions(query, known, me_id, now, after), limit)
    if query.words and not asked.clauses and not query.conditions:
        return SearchPage((), has_more=False, last_id=None)
    if connection.dialect.name != "sqlite":
        return _page(connection, _found_by_postgres(connection, asked), limit)
    if not asked.is_worded or query.reference is not None:
        return _page(connection, _found_by_conditions(connection, asked), limit)
    for select_few in selective(query, known, me_id=me_id):
        few = list(connection.scalars(select_few.limit(FEW + 1)))
        if len(few) <= FEW:
            return _page(connection, _found_by_conditions(connection, asked, few), limit)
    return _found_by_words(connection, query, asked, after)


def _conditions(
    query: SearchQuery, known: Known, me_id: int, now: datetime, after: int | None
) -> tuple[ColumnElement[bool], ...]:
    conditions = where(query, known, me_id=me_id, now=now)
    if query.reference is not None:
        conditions.append(Case.id == query.reference if query.reference <= LARGEST_ID else false())
    if after is not None:
        conditions.append(Case.id < after)
    return tuple(conditions)


def _found_by_postgres(connection: Connection, asked: _Asked) -> list[int]:
    cases = asked.cases()
    if asked.clauses:
        words = cast(tsquery(asked.clauses), TSQUERY)
        cases = cases.join(INDEX, INDEX.c.case_id == Case.id).where(INDEX.c.vector.bool_op("@@")(words))
    return list(connection.scalars(cases))


def _found_by_conditions(connection: Connection, asked: _Asked, among: Sequence[int] | None = None) -> list[int]:
    """Cases first, the text index case by case; `among` names the cases when they are known to be few."""
    cases = asked.cases()
    if among is not None:
        cases = cases.where(Case.id.in_(among))
    for clause in asked.clauses:
        words = fts5([Clause(clause.phrases)])
        occurs = select(INDEX.c.rowid).where(_matches(words), INDEX.c.rowid == Case.id).exists()
        cases = cases.where(~occurs if clause.excluded else occurs)
    return list(connection.scalars(cases))


def _found_by_words(connection: Connection, query: SearchQuery, asked: _Asked, after: int | None) -> SearchPage:
    """Hits of FTS5 newest first, held against the conditions a batch at a time."""
    hits = select(INDEX.c.rowid).where(_matches(fts5(asked.clauses)), *_between(query, after))
    hits = hits.order_by(INDEX.c.rowid.desc()).execution_options(yield_per=BATCH)
    found: list[int] = []
    seen = 0
    with connection.scalars(hits) as result:
        for batch in result.partitions():
            seen += len(batch)
            found += connection.scalars(asked.cases().where(Case.id.in_(batch))) if asked.conditions else batch
            if len(found) > asked.limit:
                return _page(connection, found, asked.limit)
            if seen >= MOST_HITS:
                rows = _page(connection, found, asked.limit).rows
                return SearchPage(rows, has_more=True, last_id=batch[-1])
    return _page(connection, found, asked.limit)


def _between(query: SearchQuery, after: int | None) -> list[ColumnElement[bool]]:
    """The ids between which every hit must be: without it, a search in an old month would read all newer hits."""
    bounds: list[ColumnElement[bool]] = [] if after is None else [INDEX.c.rowid < after]
    for condition in query.conditions:
        if condition.moment is None or condition.excluded:
            continue
        if condition.field is Field.BEFORE:
            newest = select(func.max(Case.id)).where(Case.created_at < condition.moment)
            bounds.append(INDEX.c.rowid <= newest.scalar_subquery())
        else:
            oldest = select(func.min(Case.id)).where(Case.created_at >= condition.moment)
            bounds.append(INDEX.c.rowid >= oldest.scalar_subquery())
    return bounds


def _matches(words: str) -> ColumnElement[bool]:
    table_itself: ColumnElement[Any] = literal_column("search_index")
    return table_itself.bool_op("MATCH")(words)


def _page(connection: Connection, ids: Sequence[int], limit: int) -> SearchPage:
    """The rows of the first `limit` of these ids, which are in order."""
    shown = ids[:limit]
    rows = connection.execute(case_rows().where(Case.id.in_(shown)).order_by(Case.id.desc()))
    return SearchPage(
        tuple(as_case_row(row) for row in rows),
        has_more=len(ids) > limit,
        last_id=shown[-1] if shown else None,
    )
