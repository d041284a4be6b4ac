"""Finding cases by words and conditions: both engines give the same answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from db.engine import Database
from db.kinds import Channel, Language, Role, Status
from db.models import Agent, Case, CaseTag, Customer, SearchDocument, Tag, Topic
from db.queries.search import UnknownNameError, add_terms, find, index_case
from db.rows_search import SearchPage
from db.segment import document_terms
from desk.rules.search_operators import SearchSyntaxError
from desk.rules.search_query import parse

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
ATTACKS = Path(__file__).parents[3] / "shared" / "corpora" / "attacks" / "attacks.jsonl"


class Desk:
    """Cases to be found, numbered from 1, and a search among them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as unit:
            people = {"name": "x", "role": Role.AGENT, "languages": [], "created_at": NOW}
            unit.session.add(Customer(id=1, name="Budi", language=None, created_at=NOW))
            unit.session.add_all([Agent(id=1, login="rina", **people), Agent(id=2, login="Joko", **people)])
            unit.session.add_all([Tag(id=1, name="VIP", folded="vip"), Tag(id=2, name="Fraud", folded="fraud")])
            unit.session.add(Topic(key="refund", position=1, titles={}))

    def holds(self, *texts: str, senders: tuple[str, ...] = (), tag: int | None = None, **facts: Any) -> int:
        with self.database.write() as unit:
            case = Case(**(_FACTS | facts))
            unit.session.add(case)
            unit.session.flush()
            if tag:
                unit.session.add(CaseTag(case_id=case.id, tag_id=tag))
            index_case(unit.session, case.id, document_terms(*texts, senders=senders))
            return case.id

    def found(self, text: str, **page: Any) -> list[int]:
        with self.database.read() as connection:
            query = parse(text, zone=UTC, now=NOW)
            return [row.id for row in find(connection, query, me_id=1, now=NOW, **page).rows]


_FACTS = {
    "channel": Channel.EMAIL,
    "status": Status.OPEN,
    "priority": 3,
    "topic_key": None,
    "language": Language.INDONESIAN,
    "subject": "s",
    "customer_id": 1,
    "created_at": NOW,
    "updated_at": NOW,
    "due_at": NOW + timedelta(hours=1),
}


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


FOUND_BY = [
    "退款", "款", "申请退", '"请退款"', "退款 refund", "refund", "REFUND", "refu", '"退款 refund"', "pengembalian",
    '"pengembalian dana"', "PENGEMBALIAN-DANA", "dana peng", "cafe", "Café", "1042", "budi@example.com",
    "example.com", '"budi@example.com"', "+62 812-3456-7890", "0812 3456 7890", '"0812-3456-7890"', "081234567890",
    "6281234", "1250000", "1.250.000", "50%", "C++", ".NET", "a/b", "password", "ภาษา", "محمد", "ﬁnal",
    '"unclosed phrase', "pass\u200bword", "-missing refund", "-nothing", "don't", "“pengembalian dana”",
]  # fmt: skip
NOT_FOUND_BY = [
    "退申", '"refu"', '"dana pengembalian"', '"refund pengembalian"', "efund", "refund -dana", '-"pengembalian dana"',
    "refund nowhere", "812-3456-99", "请款", "admin", "refund -refund", '"申 请"', "refund 0812 3456 7891",
]  # fmt: skip


def test_words_phrases_addresses_and_numbers_are_found(desk: Desk) -> None:
    desk.holds("something else")
    sought = desk.holds(
        "申请退款 Refund #1042",
        "Pengembalian dana café, budi@example.com, +62 812-3456-7890, Rp1.250.000 аdmin",
        "C++ .NET 50% a/b pass\u200bword ภาษาไทย مُحَمَّد final unclosed phrase don't",
    )
    assert [query for query in FOUND_BY if sought not in desk.found(query)] == []
    assert [query for query in NOT_FOUND_BY if sought in desk.found(query)] == []


def test_words_of_only_invisible_letters_find_nothing(desk: Desk) -> None:
    desk.holds("refund")
    assert desk.found("\u3164") == []


CONDITIONS = {
    "channel:phone": [2],
    "channel:phone,email": [4, 3, 2, 1],
    "-channel:phone": [4, 3, 1],
    "status:waiting_customer": [3],
    "status:open,new": [4, 2, 1],
    "assignee:me": [1],
    "assignee:joko,none": [4, 3, 2],
    "assignee:none": [4, 3],
    "-assignee:me": [4, 3, 2],
    "is:mine": [1],
    "is:unassigned": [4, 3],
    "is:overdue": [2],
    "is:snoozed": [4],
    "is:snoozed,overdue": [4, 2],
    "tag:Vip": [3, 1],
    "tag:vip,fraud": [3, 2, 1],
    "-tag:vip": [4, 2],
    "tag:vip -tag:fraud status:open": [1],
    "topic:Refund": [2],
    "-topic:refund": [4, 3, 1],
    "priority:1,2": [4],
    "lang:zh": [1],
    "before:2026-11-20": [1],
    "since:2026-11-20": [4, 3, 2],
    "-since:2026-11-20": [1],
    "after:7d before:today": [2],
    "": [4, 3, 2, 1],
}


@pytest.mark.parametrize("words", ["", " halo", ' "halo dunia"', " -refund", " from:budi", " hal -refund"])
def test_conditions_hold_with_and_without_words(desk: Desk, words: str) -> None:
    senders = ("Budi Santoso", "budi@example.com", "081234567890")
    text = "halo dunia"
    week = timedelta(days=7)
    desk.holds(text, senders=senders, assignee_id=1, tag=1, language=Language.CHINESE, created_at=NOW - 2 * week)
    desk.holds(
        text,
        senders=senders,
        channel=Channel.PHONE,
        assignee_id=2,
        tag=2,
        topic_key="refund",
        due_at=NOW - week,
        created_at=NOW - timedelta(days=2),
    )
    desk.holds(text, senders=senders, status=Status.WAITING_CUSTOMER, tag=1, due_at=None)
    desk.holds(text, senders=senders, priority=1, snoozed_until=NOW + week)
    assert {query: desk.found(query + words) for query in CONDITIONS} == CONDITIONS


def test_a_number_alone_is_a_case_and_among_words_a_word(desk: Desk) -> None:
    first = desk.holds("saldo #2")
    second = desk.holds("halo", channel=Channel.PHONE)
    assert desk.found("#2") == desk.found("#2 channel:phone") == [second]
    assert desk.found("#2 channel:email") == desk.found("#99") == desk.found(f"#{10**15}") == []
    assert desk.found("#2 from:budi") == []
    assert desk.found("#2 saldo") == desk.found("saldo #2") == [first]
    assert desk.found("#02") == []


def test_from_looks_at_senders_only(desk: Desk) -> None:
    sent = desk.holds("halo", senders=("Budi Santoso", "budi@example.com", "from@x.id", "081234567890"))
    for who in ("budi", "from", "santoso", "budi@example.com", "0812-3456-7890", '"Budi Santoso"'):
        desk.holds(f"{who} +62 812 3456 7890")
        assert desk.found(f"from:{who}") == [sent]
        assert sent not in desk.found(f"-from:{who}")


def test_a_name_that_does_not_exist_is_an_error_and_not_an_empty_page(desk: Desk) -> None:
    for query in ("assignee:nobody", "tag:gold", "topic:x", "tag:\u200b"):
        with pytest.raises(UnknownNameError):
            desk.found(query)


def test_pages_follow_each_other_without_gaps(desk: Desk) -> None:
    ids = [desk.holds("halo", tag=1) for _ in range(7)]
    for text in ("", "halo", "halo channel:email", "halo tag:vip", "channel:email", "-missing"):
        query = parse(text, zone=UTC, now=NOW)
        seen: list[int] = []
        page = SearchPage((), has_more=True, last_id=None)
        with desk.database.read() as connection:
            while page.has_more and len(seen) <= len(ids):
                page = find(connection, query, me_id=1, now=NOW, after=page.last_id, limit=3)
                seen += [row.id for row in page.rows]
        assert seen == ids[::-1], text


def test_a_search_among_very_many_hits_goes_on_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.queries.search_sqlite.MOST_HITS", 4)
    monkeypatch.setattr("db.queries.search_sqlite.BATCHES", (2,))
    wanted = desk.holds("halo", channel=Channel.PHONE)
    for _ in range(5):
        desk.holds("halo")
    query = parse("halo channel:phone", zone=UTC, now=NOW)
    with desk.database.read() as connection:
        page = find(connection, query, me_id=1, now=NOW)
        if desk.database.is_sqlite:
            assert (page.rows, page.has_more) == ((), True)
            page = find(connection, query, me_id=1, now=NOW, after=page.last_id)
    assert [row.id for row in page.rows] == [wanted]


def test_a_later_message_adds_its_words_and_no_phrase_with_the_earlier(desk: Desk) -> None:
    case_id = desk.holds("saldo hilang")
    with desk.database.write() as unit:
        add_terms(unit.session, case_id, "sudah kembali", senders=["Ayu"])
    assert desk.found("hilang kembali from:ayu") == [case_id]
    assert desk.found('"hilang sudah"') == []


def test_a_case_without_words_yet_gets_those_of_its_first_message(desk: Desk) -> None:
    case_id = desk.holds("x")
    with desk.database.write() as unit:
        unit.session.delete(unit.session.get(SearchDocument, case_id))
    assert desk.found("x") == []
    with desk.database.write() as unit:
        add_terms(unit.connection, case_id, "halo")
    assert desk.found("halo") == [case_id]


def test_words_replaced_are_no_longer_found(desk: Desk) -> None:
    case_id = desk.holds("saldo")
    with desk.database.write() as unit:
        index_case(unit.session, case_id, document_terms("refund"))
    assert desk.found("saldo") == []
    assert desk.found("refund") == [case_id]


def test_a_very_long_case_keeps_the_same_words_and_phrases_on_both_engines(desk: Desk) -> None:
    case_id = desk.holds(" ".join(f"w{number}" for number in range(17_000)) + " ya" * 600 + " tidak")
    for query in ("w3", '"w3 w4"', '"w15998 w15999"', "w16500", "ya", "tidak"):
        assert desk.found(query) == [case_id], query
    for query in ('"w15999 w16000"', '"w16500 w16501"', '"ya tidak"'):
        assert desk.found(query) == [], query


HOSTILE = [
    '" OR 1=1', "NEAR(", "NEAR(a b, 2)", "'tok':*&", "*", "-", ":", '"', '""', "a AND", "OR", "NOT a", "a:b:c", "^a",
    "{terms}: a", "terms:a", "x' OR '1'='1", "1'; DROP TABLE support_case--", "\\", "\\'", "a\x00b", "\ud800", "%", "_",
    "(((((", "a <-> b", "!a", "a | b", "--", "-- a", "-\"", "from:", "from:\"", "tag:'", "tag:,", "since:a", "#", "#0",
    "#999999999999999999", "#9999999999999999999", "before:9999-12-31", "before:0001-01-01", "since:9999w",
    "priority:٣", "priority:1e3", "channel:\"", "x" * 1_000, "x" * 10_000, "退" * 900, "退 " * 500, "a " * 49, "\u202e",
]  # fmt: skip


def _attacks() -> list[str]:
    if not ATTACKS.exists():
        return []
    lines = [json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines()]
    return [line["text"] for line in lines if "text" in line]


@pytest.mark.slow
def test_no_query_breaks_the_search(desk: Desk) -> None:
    everything = [*HOSTILE, *_attacks()]
    hints: list[str] = []
    for text in everything:
        desk.holds(text, senders=(text,))
    for text in everything:
        for query in (text, f'"{text}"', f"-{text} a", f"from:{text}"):
            try:
                desk.found(query)
            except UnknownNameError:
                continue
            except SearchSyntaxError as error:
                hints.append(str(error))
    assert [hint for hint in hints if not hint.isprintable()] == []


def test_honest_words_with_signs_find_the_text_that_holds_them(desk: Desk) -> None:
    text = "C++ .NET #1234 user@example.com 50% a/b"
    case_id = desk.holds(text)
    assert desk.found(text) == [case_id]
    assert desk.found(f'"{text}"') == [case_id]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("status:on_hold", "ix_support_case_status"),
        ("assignee:me", "ix_support_case_assignee"),
        ("topic:refund", "ix_support_case_topic"),
        ("tag:vip", "ix_case_tag_tag_id"),
        ("is:spam", "ix_support_case_spam"),
    ],
)
def test_a_narrow_condition_reads_its_index(sqlite_database: Database, query: str, index: str) -> None:
    desk = Desk(sqlite_database)
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append(str(plan.fetchall()))

    event.listen(sqlite_database.engine, "before_cursor_execute", explain)
    desk.found(query)
    assert any(index in plan for plan in plans)


def test_a_queue_is_asked_for_by_its_name(desk: Desk) -> None:
    refunds, common = desk.holds("saldo", queue="refunds"), desk.holds("saldo")

    assert desk.found("queue:refunds") == desk.found("saldo queue:Refunds") == [refunds]
    assert desk.found("queue:none") == desk.found("-queue:refunds") == [common]
    assert desk.found("queue:refunds,none") == [common, refunds]
    with pytest.raises(UnknownNameError):
        desk.found("queue:unheard")


def test_spam_is_found_only_by_who_asks_for_it(desk: Desk) -> None:
    spam, honest = desk.holds("saldo", spam_at=NOW), desk.holds("saldo")

    assert desk.found("saldo") == desk.found("") == desk.found("-is:spam") == [honest]
    assert desk.found("is:spam") == desk.found("saldo is:spam") == desk.found(f"#{spam}") == [spam]
