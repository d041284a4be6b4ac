"""Finding cases by words and conditions, newest first, with the same answers on both engines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, cast, column, false, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.elements import ColumnElement

from db.matching import Clause, clauses, tsquery
from db.models.case import Case
from db.queries.queue import as_case_row, case_rows
from db.queries.search_conditions import Known, UnknownNameError, where
from db.queries.search_index import add_terms, index_case
from db.queries.search_sqlite import SqliteSearch
from db.rows_search import SearchPage, SearchQuery

__all__ = ["UnknownNameError", "add_terms", "find", "index_case"]

LARGEST_ID = 2**31 - 1
"""What the column can hold; PostgreSQL refuses to compare it with more."""

INDEX = table("search_index", column("case_id"), column("vector"))


def find(
    connection: Connection,
    query: SearchQuery,
    *,
    me_id: int,
    now: datetime,
    after: int | None = None,
    limit: int = 50,
    queues: Collection[str] = (),
) -> SearchPage:
    """Up to `limit` cases that the query asks for, newest first, older than the case `after`.

    `queues` exist also where no case is in them. Raises `UnknownNameError` for an agent, tag, topic or queue that does
    not exist.
    """
    known = Known.read(connection, query, queues)
    asked = clauses(query)
    if query.words and not asked and not query.conditions:
        return SearchPage((), has_more=False, last_id=None)
    conditions = where(query, known, me_id=me_id, now=now)
    if query.reference is not None:
        conditions.append(Case.id == query.reference if query.reference <= LARGEST_ID else false())
    if after is not None:
        conditions.append(Case.id < after)
    stopped: int | None = None
    if connection.dialect.name == "sqlite":
        search = SqliteSearch(connection, asked, conditions, most=limit + 1)
        ids, stopped = search.ids(query, known, me_id=me_id, now=now, after=after)
    else:
        ids = _found_by_postgres(connection, asked, conditions, limit + 1)
    shown = ids[:limit]
    rows = connection.execute(case_rows().where(Case.id.in_(shown)).order_by(Case.id.desc()))
    return SearchPage(
        tuple(as_case_row(row) for row in rows),
        has_more=len(ids) > limit or stopped is not None,
        last_id=shown[-1] if stopped is None and shown else stopped,
    )


def _found_by_postgres(
    connection: Connection,
    asked: Sequence[Clause],
    conditions: Sequence[ColumnElement[bool]],
    most: int,
) -> list[int]:
    """One statement; PostgreSQL knows how common a word is, and plans by it."""
    cases = select(Case.id).where(*conditions).order_by(Case.id.desc()).limit(most)
    if asked:
        words = cast(tsquery(asked), TSQUERY)
        cases = cases.join(INDEX, INDEX.c.case_id == Case.id).where(INDEX.c.vector.bool_op("@@")(words))
    return list(connection.scalars(cases))
