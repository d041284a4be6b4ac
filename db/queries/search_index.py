"""Putting a case's words where search finds them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models.search import SearchDocument
from db.segment import document_terms, extended_terms


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
    return insert(SearchDocument.__table__).values(case_id=case_id, terms=terms)  # type: ignore[arg-type]
