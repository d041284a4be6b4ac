"""`desk case --json` tells of all that stands around a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from click.testing import Result
from sqlalchemy import select

from db.engine import Database
from db.models import Agent, Case, ContactPoint, Message, Participant
from desk.services import agents, cases, merging, replies, sides
from desk.services.desk import Desk
from desk.settings import Settings
from tests.cli.conftest import chat, document, letter, lines

Run = Callable[..., Result]


def test_a_case_tells_of_links_people_sides_its_queue_and_answers_that_wait(run: Run, database_url: str) -> None:
    assert run("intake", "mail", "-", url=database_url, typed=letter()).exit_code == 0
    assert run("intake", "message", "-", url=database_url, typed=lines(chat(1))).exit_code == 0
    assert run("case", "1", url=database_url).exit_code == 0  # whoever looks first is at the desk from then on
    database = Database(database_url)
    desk = Desk(database, Settings(), database.clock)
    with database.read() as connection:
        login = connection.scalar(select(Agent.login))
    assert login is not None
    me = agents.sign_in(desk, login)
    at = datetime.now(UTC) + timedelta(days=1)
    merging.link(desk, me, 1, 2)
    sides.start(desk, me, 1, to="help@bank.example", name="Bank", subject="A transfer", text="Where is it?")
    seen = cases.open_case(desk, me, 1).last_message_id
    replies.reply(desk, me, 1, "Tomorrow.", seen=seen, at=at)
    with database.write() as unit:
        case = unit.session.get_one(Case, 1)
        case.mailbox, case.queue, case.spam_at = "help", "refunds", at
        person = {"address": "tono@example.org", "name": "Tono", "folded": "tono@example.org", "added_at": at}
        unit.session.add(Participant(case_id=1, **person))
    database.close()

    told = document(run("case", "1", "--json", url=database_url))

    (link,), (person,), (side,) = told["links"], told["participants"], told["sides"]
    assert (link["kind"], link["case"]["id"], link["is_from_here"]) == ("related", 2, True)
    assert (person["address"], person["agent"], person["joined_at"]) == ("tono@example.org", None, None)
    assert (side["address"], side["subject"]) == ("help@bank.example", "A transfer")
    assert (told["mailbox"], told["queue"]) == ("help", "refunds")
    waits = told["messages"][-1]["delivery"]
    assert told["spam_at"] == waits["scheduled_for"] == waits["not_before"]
    assert (waits["held_why"], [message["side"] for message in told["messages"]]) == (None, [None, side["id"], None])


def test_the_text_of_a_case_tells_the_same(run: Run, database_url: str) -> None:
    assert run("intake", "mail", "-", url=database_url, typed=letter()).exit_code == 0
    assert run("intake", "message", "-", url=database_url, typed=lines(chat(1))).exit_code == 0
    assert run("case", "1", url=database_url).exit_code == 0
    database = Database(database_url)
    desk = Desk(database, Settings(), database.clock)
    with database.read() as connection:
        login = connection.scalar(select(Agent.login))
    assert login is not None
    me = agents.sign_in(desk, login)
    merging.link(desk, me, 1, 2)
    sides.start(desk, me, 1, to="help@bank.example", name="Bank", subject="A transfer", text="Where is it?")
    seen = cases.open_case(desk, me, 1).last_message_id
    at = datetime.now(UTC) + timedelta(days=1)
    replies.reply(desk, me, 1, "Tomorrow.", seen=seen, cc=["Tono <tono@example.org>"], at=at)
    with database.write() as unit:
        case = unit.session.get_one(Case, 1)
        case.mailbox, case.queue, case.spam_at = "help", "refunds", at
        first = unit.session.scalars(select(Message).order_by(Message.id)).first()
        assert first is not None
        first.details = first.details | {"auth": {"dmarc": "fail", "spf": "pass"}, "unverified": True}
        contact = unit.session.scalars(select(ContactPoint).where(ContactPoint.value == "budi@example.com")).one()
        contact.undeliverable_at, contact.undeliverable_why, contact.blocked_at = at, "550 no such user", at
    database.close()

    told = run("case", "1", url=database_url).stdout

    for said in (
        "SPAM since", "mailbox: help · queue: refunds", "belongs with #2",
        "in copy: Tono <tono@example.org> · put in copy by",
        "side conversation 1: Bank <help@bank.example> · A transfer",
        "· side conversation 1, not the customer", "to: help@bank.example", "cc: Tono <tono@example.org>",
        "[checked by our mail server: dmarc fail, spf pass]", "[UNVERIFIED SENDER", "[queued · meant for",
        "budi@example.com is blocked since", "comes back since", "550 no such user",
    ):  # fmt: skip
        assert said in told


def test_a_case_by_itself_tells_that_there_is_nothing(run: Run, database_url: str) -> None:
    run("intake", "mail", "-", url=database_url, typed=letter())

    told = document(run("case", "1", "--json", url=database_url))
    assert [told[name] for name in ("links", "participants", "sides")] == [[], [], []]
    assert [told[name] for name in ("mailbox", "spam_at")] == [None, None]
