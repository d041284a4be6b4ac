"""Putting a case's words where search finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models.search import SearchDocument
from db.segment import document_terms, extended_terms

MOST_AT_ONCE = 400


def index_case(session: Session | Connection, case_id: int, terms: str) -> None:
    """Make `terms` (from `db.segment.document_terms`) all that search knows of a case."""
    insert = _insert(session, case_id, terms)
    session.execute(insert.on_conflict_do_update(index_elements=["case_id"], set_={"terms": insert.excluded.terms}))


def add_terms(session: Session | Connection, case_id: int, *parts: str, senders: Iterable[str] = ()) -> None:
    """Add the texts of a new message, and the name and addresses of its writer, to what search knows of a case.

    Two writers at once wait for each other, and both texts are found. `db.segment` bounds what is kept.
    """
    names = tuple(senders)
    known = select(SearchDocument.terms).where(SearchDocument.case_id == case_id).with_for_update()
    terms = session.execute(known).scalar()
    if terms is None:
        first = _insert(session, case_id, document_terms(*parts, senders=names))
        if session.execute(first.on_conflict_do_nothing().returning(SearchDocument.case_id)).first():
            return
        terms = session.execute(known).scalar() or ""
    more = extended_terms(terms, *parts, senders=names)
    session.execute(update(SearchDocument).where(SearchDocument.case_id == case_id).values(terms=more))


def _insert(session: Session | Connection, case_id: int, terms: str) -> sqlite.Insert | postgresql.Insert:
    dialect = session.get_bind().dialect if isinstance(session, Session) else session.dialect
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    return insert(SearchDocument).values(case_id=case_id, terms=terms)


@dataclass(frozen=True, slots=True)
class NewWords:
    """What search has to learn about a case: texts, and names and addresses of who wrote them."""

    texts: list[str]
    senders: list[str]


def add_words(connection: Connection, words: Mapping[int, NewWords]) -> None:
    """As `add_terms`, for many cases (by id) in a handful of statements; new cases are found by their number, too."""
    terms: dict[int, str] = {}
    ids = sorted(words)
    for start in range(0, len(ids), MOST_AT_ONCE):
        some = ids[start : start + MOST_AT_ONCE]
        query = select(SearchDocument.case_id, SearchDocument.terms).where(SearchDocument.case_id.in_(some))
        rows = connection.execute(query.order_by(SearchDocument.case_id).with_for_update())
        terms |= {row.case_id: row.terms for row in rows}
    grown = [
        {"of": case_id, "now": extended_terms(known, *words[case_id].texts, senders=words[case_id].senders)}
        for case_id, known in terms.items()
    ]
    if grown:
        change = update(SearchDocument).where(SearchDocument.case_id == bindparam("of")).values(terms=bindparam("now"))
        connection.execute(change, grown)
    first = [
        {
            "case_id": case_id,
            "terms": document_terms(f"#{case_id}", *words[case_id].texts, senders=words[case_id].senders),
        }
        for case_id in ids
        if case_id not in terms
    ]
    if first:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(SearchDocument)
        both = SearchDocument.terms + " " + insert.excluded.terms  # somebody else may have been first
        connection.execute(insert.on_conflict_do_update(index_elements=["case_id"], set_={"terms": both}), first)
