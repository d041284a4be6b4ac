"""The order of work of a search on SQLite, which does not know how common a word is.

Hits come out of FTS5 newest first, one by one, and are held against the conditions in batches until the page is full.
When a condition leaves few cases, their stored terms are read instead: terms are words joined by single spaces, so
that a phrase occurs exactly where its text does. (FTS5 could be asked case by case, but each question costs it
milliseconds.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, column, func, literal_column, or_, select, table, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from db.matching import Clause, fts5
from db.models.case import Case
from db.models.search import SearchDocument
from db.queries.search_conditions import Known, selective
from db.rows_search import Field, SearchQuery

MOST_HITS = 50_000
"""Candidates that one call holds against the conditions before it gives what it has."""

FEW = 2_000
"""Cases so few that their terms are read."""

BATCHES = (250, 1_000, 4_000)
"""Candidates held against the conditions at once: few at first, for most pages fill from the first batch."""

LATER = 2**62
"""After every case; a bound of NULL would make FTS5 read all hits."""

INDEX = table("search_index", column("rowid"))


class SqliteSearch:
    """One search; `ids` answers it."""

    def __init__(
        self,
        connection: Connection,
        clauses: Sequence[Clause],
        conditions: Sequence[ColumnElement[bool]],
        *,
        most: int,
    ) -> None:
        self._connection = connection
        self._clauses = clauses
        self._conditions = conditions
        self._most = most

    def ids(
        self, query: SearchQuery, known: Known, *, me_id: int, now: datetime, after: int | None
    ) -> tuple[list[int], int | None]:
        """Up to `most` ids, newest first; and, when it stopped before the end, the id it had come to."""
        if query.reference is not None:
            return self._meeting([*self._conditions, self._occurring()]), None
        for narrow in selective(query, known, me_id=me_id, now=now):
            few = self._read(narrow.limit(FEW + 1))  # of any age, so that every page goes the same way
            if len(few) <= FEW:
                return self._meeting([*self._conditions, self._occurring(), _listed(few)]), None
        if any(not clause.excluded for clause in self._clauses):
            bounds = _between(query, INDEX.c.rowid, after)
            hits = select(INDEX.c.rowid).where(_matches(fts5(self._clauses)), *bounds)
            return self._held_against(hits.order_by(INDEX.c.rowid.desc()), self._conditions)
        bounds = _between(query, Case.id, None)
        if not self._clauses:
            return self._meeting([*self._conditions, *bounds]), None
        cases = select(Case.id).where(*self._conditions, *bounds).order_by(Case.id.desc())
        return self._held_against(cases, [self._occurring()])

    def _held_against(
        self, candidates: Select[Any], conditions: Sequence[ColumnElement[bool]]
    ) -> tuple[list[int], int | None]:
        found: list[int] = []
        seen = 0
        with self._connection.execute(candidates).scalars() as stream:
            for number in range(MOST_HITS):
                batch = list(stream.fetchmany(BATCHES[min(number, len(BATCHES) - 1)]))
                if not batch:
                    break
                seen += len(batch)
                found += self._meeting([*conditions, _listed(batch)]) if conditions else batch
                if len(found) >= self._most:
                    break
                if seen >= MOST_HITS:
                    return found, batch[-1]
        return found[: self._most], None

    def _meeting(self, conditions: Sequence[ColumnElement[bool]]) -> list[int]:
        return self._read(select(Case.id).where(*conditions).order_by(Case.id.desc()).limit(self._most))

    def _read(self, ids: Select[Any]) -> list[int]:
        return list(self._connection.scalars(ids))

    def _occurring(self) -> ColumnElement[bool]:
        """That a case's terms hold what every clause asks for."""
        if not self._clauses:
            return true()
        terms = " " + func.coalesce(SearchDocument.terms, "") + " "
        document = select(SearchDocument.case_id).where(SearchDocument.case_id == Case.id)
        for clause in self._clauses:
            texts = (" " + " ".join(part.words) + ("" if part.open else " ") for part in clause.phrases)
            occurs = or_(*(func.instr(terms, text) > 0 for text in texts))
            document = document.where(~occurs if clause.excluded else occurs)
        return document.exists()


def _between(
    query: SearchQuery, case_id: ColumnElement[Any] | InstrumentedAttribute[int], after: int | None
) -> list[ColumnElement[bool]]:
    """The ids between which every case must be: without it, a search in an old month would read all newer ones."""
    bounds: list[ColumnElement[bool]] = [] if after is None else [case_id < after]
    for condition in query.conditions:
        if condition.moment is None or condition.excluded:
            continue
        if condition.field is Field.BEFORE:
            newest = select(func.coalesce(func.max(Case.id), 0)).where(Case.created_at < condition.moment)
            bounds.append(case_id <= newest.scalar_subquery())
        else:
            oldest = select(func.coalesce(func.min(Case.id), LATER)).where(Case.created_at >= condition.moment)
            bounds.append(case_id >= oldest.scalar_subquery())
    return bounds


def _matches(words: str) -> ColumnElement[bool]:
    index: ColumnElement[Any] = literal_column("search_index")
    return index.bool_op("MATCH")(words)


def _listed(ids: Sequence[int]) -> ColumnElement[bool]:
    """That a case is one of these; one parameter, so that the statement is compiled once for every length."""
    return Case.id.in_(select(func.json_each(json.dumps(ids)).table_valued("value").c.value))
