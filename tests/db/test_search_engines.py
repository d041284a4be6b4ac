"""SQLite and PostgreSQL side by side: the same cases for the same search, whatever was written and typed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from db.engine import Database
from db.models import SearchDocument
from db.queries.search import UnknownNameError, index_case
from db.segment import document_terms
from desk.rules.search_operators import SearchSyntaxError
from tests.db.test_search import Desk

WORDS = ["saldo", "saldoku", "退款", "申请退款", "款", "0812", "081234567890", "+62 812-3456-7890", "1.250.000", "café"]
TEXTS = st.lists(st.sampled_from(WORDS) | st.text("saldo 退款申1\u200b'\"\\:*", max_size=6), max_size=5).map(" ".join)
SIGNS = st.sampled_from(["", "-", '"', "from:", '-"', "channel:email ", "-from:", "tag:vip ", "status:open "])
QUERIES = st.lists(st.tuples(SIGNS, TEXTS).map("".join), max_size=3).map(" ".join)
CASES = 4


@pytest.mark.postgres
@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), max_size=CASES), queries=st.lists(QUERIES, min_size=1, max_size=6))
def test_both_engines_find_the_same_cases(
    both: tuple[Desk, Desk], texts: list[tuple[str, str]], queries: list[str]
) -> None:
    for desk in both:
        with desk.database.write() as unit:
            unit.session.execute(delete(SearchDocument))
            for case_id, (text, sender) in enumerate(texts, 1):
                index_case(unit.session, case_id, document_terms(text, senders=[sender]))
    for query in queries:
        sqlite, postgres = (answer(desk, query) for desk in both)
        assert sqlite == postgres, query


def answer(desk: Desk, query: str) -> list[int] | str:
    try:
        return desk.found(query)
    except (SearchSyntaxError, UnknownNameError) as error:
        return str(error)


@pytest.fixture
def both(sqlite_database: Database, postgres_database: Database) -> tuple[Desk, Desk]:
    desks = Desk(sqlite_database), Desk(postgres_database)
    for desk in desks:
        for tag in range(CASES):
            desk.holds("", tag=tag % 2 or None)
    return desks
