"""Searching as an agent does: by typed text, with hints where it cannot be read."""

from __future__ import annotations

import pytest

from db.engine import Database
from db.kinds import Role, Status
from db.rows import AgentRow
from desk.rules.search_operators import SearchSyntaxError
from desk.services import search
from desk.services.desk import Desk
from desk.settings import Mail, Mailbox, Settings
from tests.clock import SettableClock
from tests.db.test_search import Desk as Cases

RINA = AgentRow(1, "rina", "Rina", Role.AGENT)


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    return Desk(database, Settings(), clock)


def test_pages_are_found_by_typed_text(desk: Desk) -> None:
    ids = [Cases(desk.database).holds("申请退款")]
    page = search.find(desk, RINA, "退款 status:open")
    assert [row.id for row in page.rows] == ids
    assert not page.has_more


def test_open_finds_what_needs_somebody_and_new_the_new_ones_alone(desk: Desk) -> None:
    cases = Cases(desk.database)
    new, opened, solved = (cases.holds("saldo", status=status) for status in (Status.NEW, Status.OPEN, Status.SOLVED))
    for text, expected in (
        ("status:open", {new, opened}),
        ("status:new", {new}),
        ("status:open -status:new", {opened}),
        ("-status:open", {solved}),
        ("status:solved,open", {new, opened, solved}),
    ):
        assert {row.id for row in search.find(desk, RINA, text).rows} == expected, text


def test_an_unknown_name_is_answered_with_the_nearest_one(desk: Desk) -> None:
    Cases(desk.database).holds("a", queue="refunds")
    for text, hint in (
        ("a assignee:jokko", "assignee:Joko"),
        ("a tag:fruad", "tag:Fraud"),
        ("a topic:x", "spelling"),
        ("a queue:refnuds", "queue:refunds"),
    ):
        with pytest.raises(SearchSyntaxError, match=hint) as raised:
            search.find(desk, RINA, text)
        assert raised.value.position == 2


def test_the_vocabulary_holds_who_and_what_there_is_most_used_tags_first(desk: Desk) -> None:
    cases = Cases(desk.database)
    cases.holds("a", tag=2)
    for queue in ("refunds", "refunds", "accounts"):
        cases.holds("a", queue=queue)
    words = search.vocabulary(desk, RINA)
    assert words.agents == ("Joko", "rina")
    assert words.tags == ("Fraud", "VIP")
    assert words.topics == ("refund",)
    assert words.queues == ("accounts", "refunds")


def test_a_queue_of_a_mailbox_may_be_asked_for_while_it_is_empty(database: Database, clock: SettableClock) -> None:
    box = Mailbox(host="imap.example.org", user="support", queue="refunds")
    desk = Desk(database, Settings(mail=Mail(mailboxes={"main": box})), clock)
    Cases(database)

    assert search.find(desk, RINA, "queue:refunds").rows == ()
    assert search.vocabulary(desk, RINA).queues == ("refunds",)
