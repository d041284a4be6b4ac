"""The demo world is believable, sound, the same every time, and never stands where somebody's data is."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from db.base import Base
from db.folding import fold_email, fold_handle, fold_phone
from db.kinds import (
    NEEDS_SOMEBODY,
    Channel,
    ClockState,
    ContactKind,
    Language,
    MessageKind,
    OutboxState,
    PromiseState,
    Role,
    Status,
)
from db.models import (
    Agent,
    Attachment,
    Case,
    CaseClock,
    CasePromise,
    ContactPoint,
    Customer,
    Event,
    HourlyFigure,
    LaneCount,
    Message,
    OutboxItem,
    SearchDocument,
    map_all,
)
from db.rows import AgentRow
from db.segment import document_terms
from db.uow import FIRST_HASH, chained_hash
from desk.rules.measures import Measure
from desk.rules.ranges import Range
from desk.services import figures, recounting
from desk.services.clock_keeping import measured
from desk.services.demo import DemoRefusedError, build_demo, open_demo
from desk.services.demo.bank import read_bank
from desk.services.demo.pieces import Template, piece
from desk.services.desk import Desk
from desk.services.sla_terms import terms_of
from desk.settings import Settings
from tests.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from db.engine import Database

CASES = 150


def desk_on(database: Database) -> Desk:
    return Desk(database, Settings(), database.clock)


@pytest.fixture
def world(database: Database) -> Database:
    """A small demo world until `START`."""
    build_demo(desk_on(database), cases=CASES)
    return database


def _plain(value: object) -> object:
    """A value alike on both engines: PostgreSQL puts the keys of JSON in an order of its own."""
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


def digest(database: Database) -> str:
    """A digest over every row of every table."""
    found = hashlib.sha256()
    map_all()
    with database.read() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            found.update(repr((table.name, [[_plain(value) for value in row] for row in rows])).encode())
    return found.hexdigest()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_world_on_every_engine(world: Database) -> None:
    assert digest(world) == DIGESTS.setdefault("first", digest(world))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "clock", lambda: START + timedelta(hours=1))
        again = build_demo(Desk(world, Settings(), world.clock), cases=CASES, until=START - timedelta(days=1))
    assert again.was_built
    build_demo(desk_on(world), cases=CASES, until=START)
    assert digest(world) == DIGESTS["first"]


DIGESTS: dict[str, str] = {}
"""The first engine's digest, for the second to be compared with."""


@pytest.mark.slow
def test_another_seed_gives_another_world(world: Database) -> None:
    before = digest(world)

    build_demo(desk_on(world), cases=CASES, seed=2)

    assert digest(world) != before


@pytest.mark.slow
def test_the_events_form_one_chain_in_order_of_time(world: Database) -> None:
    with world.read() as connection:
        events = connection.execute(select(Event).order_by(Event.id)).all()

    latest = FIRST_HASH
    for event in events:
        latest = chained_hash(latest, event.at, event.kind, event.agent_id, event.case_id, event.data)
        assert event.hash == latest
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events[-1].at <= START


@pytest.mark.slow
def test_the_queue_is_lively_and_its_counts_are_right(world: Database) -> None:
    with world.read() as connection:
        sums = dict(
            connection.execute(select(LaneCount.channel, func.sum(LaneCount.cases)).group_by(LaneCount.channel)).all()
        )
        queued = connection.execute(select(Case.channel, Case.due_at).where(Case.status.in_(NEEDS_SOMEBODY))).all()

    assert sums == Counter(case.channel for case in queued)
    assert len(queued) == CASES // 5
    late = sum(case.due_at < START for case in queued)
    assert 1 <= late <= len(queued) // 3
    assert sum(case.due_at < START + timedelta(hours=8) for case in queued) > len(queued) // 2


@pytest.mark.slow
def test_every_channel_language_and_kind_of_message_occurs(world: Database) -> None:
    with world.read() as connection:

        def words(column: object) -> set[object]:
            return set(connection.scalars(select(column).distinct()))  # type: ignore[call-overload]

        assert words(Case.channel) == set(Channel)
        assert words(Case.language) == {Language.INDONESIAN, Language.ENGLISH, Language.CHINESE}
        assert words(Message.kind) == set(MessageKind)
        assert {Status.NEW, Status.OPEN, Status.WAITING_CUSTOMER, Status.SOLVED, Status.CLOSED} <= words(Case.status)
        assert words(OutboxItem.state) <= {OutboxState.SENT, OutboxState.FAILED}
        assert connection.scalar(select(func.count()).select_from(Attachment))


@pytest.mark.slow
def test_no_slot_stays_open_and_no_first_letter_comes_twice(world: Database) -> None:
    with world.read() as connection:
        texts = connection.execute(select(Message.kind, Message.case_id, Message.new_text).order_by(Message.id)).all()

    assert not [message.new_text for message in texts if "{" in message.new_text or "}" in message.new_text]
    first: dict[int, str] = {}
    for message in texts:
        first.setdefault(message.case_id, message.new_text)
    assert len(set(first.values())) > 0.97 * len(first)


@pytest.mark.slow
def test_contacts_are_folded_as_the_desk_folds_them_and_nobodys(world: Database) -> None:
    fold = {ContactKind.EMAIL: fold_email, ContactKind.PHONE: fold_phone, ContactKind.HANDLE: fold_handle}
    with world.read() as connection:
        contacts = connection.execute(select(ContactPoint)).all()

    for contact in contacts:
        assert contact.folded == fold[contact.kind](contact.value)
    domains = {contact.value.partition("@")[2] for contact in contacts if contact.kind is ContactKind.EMAIL}
    assert domains <= {"example.com", "example.org", "example.net"}
    assert all(contact.folded.startswith("62840") for contact in contacts if contact.kind is ContactKind.PHONE)


@pytest.mark.slow
def test_search_knows_each_case_as_intake_would_have_told_it(world: Database) -> None:
    with world.read() as connection:
        cases = connection.execute(
            select(Case.id, Case.subject, SearchDocument.terms).join(SearchDocument, SearchDocument.case_id == Case.id)
        ).all()
        for case in cases:
            messages = connection.execute(select(Message).where(Message.case_id == case.id).order_by(Message.id)).all()
            files = connection.scalars(
                select(Attachment.filename).where(Attachment.message_id == messages[0].id).order_by(Attachment.position)
            )
            start = document_terms(f"#{case.id}", case.subject, messages[0].text, *files)
            told = document_terms(messages[0].text, senders=[messages[0].sender_name, messages[0].sender_address])
            senders = told.removeprefix(document_terms(messages[0].text)).strip()
            rest = [document_terms(message.text) for message in messages[1:]]
            assert case.terms == " ".join(part for part in (start, senders, *rest) if part)


@pytest.mark.slow
def test_new_rows_are_numbered_on_after_the_worlds(world: Database) -> None:
    with world.write() as unit:
        customer = Customer(name="New", language=None, created_at=unit.now)
        unit.session.add(customer)
        unit.session.flush()
        last = unit.session.scalar(select(func.max(Customer.id)))
        assert customer.id == last


@pytest.mark.slow
def test_a_world_that_stands_is_left_alone_until_it_is_stale(world: Database) -> None:
    assert not build_demo(desk_on(world), cases=CASES).was_built
    assert build_demo(desk_on(world), cases=CASES, seed=2).was_built
    later = Desk(world, Settings(), lambda: START + timedelta(hours=9))

    report = build_demo(later, cases=CASES, seed=2)

    assert report.was_built
    assert report.until == START + timedelta(hours=9)


def test_a_world_to_open_is_replaced_only_when_that_is_asked_or_it_is_stale(sqlite_database: Database) -> None:
    desk = desk_on(sqlite_database)
    assert open_demo(desk, cases=20).was_built
    assert open_demo(desk).cases == 20, "no number asked for: the world that stands there"
    assert not open_demo(desk, cases=20, seed=1).was_built
    for other in ({"cases": 30}, {"seed": 2}):
        with pytest.raises(DemoRefusedError, match=r"20 cases \(seed 1\) stands there already.*--fresh"):
            open_demo(desk, **other)

    later = Desk(sqlite_database, Settings(), lambda: START + timedelta(hours=9))
    renewed = open_demo(later)
    assert (renewed.was_built, renewed.cases) == (True, 20)
    anew = open_demo(later, cases=30, fresh=True)
    assert (anew.was_built, anew.cases) == (True, 30)


def test_two_programs_do_not_make_a_world_in_one_place(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database, Settings(), lambda: START)
    assert sqlite_database.path is not None
    folder = os.open(sqlite_database.path.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(DemoRefusedError, match="is making the demo world just now"):
        open_demo(desk, cases=30)
    os.close(folder)
    assert open_demo(desk, cases=30).was_built


def test_a_world_that_another_program_has_open_is_not_replaced(sqlite_database: Database) -> None:
    desk = desk_on(sqlite_database)
    open_demo(desk, cases=20)
    assert sqlite_database.path is not None
    rows = Counter[str]()
    with another_program_at(sqlite_database.path):
        assert not open_demo(desk).was_built
        with pytest.raises(DemoRefusedError, match="Another program has the demo world open"):
            open_demo(desk, cases=30, fresh=True)
        later = Desk(sqlite_database, Settings(), lambda: START + timedelta(hours=9))
        assert open_demo(later).is_kept_open
        with pytest.raises(DemoRefusedError, match="Another program has the demo world open"):
            open_demo(later, cases=30)
        rows.update(each.name for each in sqlite_database.path.parent.iterdir())
    assert not [name for name in rows if "making" in name]
    assert open_demo(later).was_built


def test_a_world_that_is_opened_while_another_one_is_made_stays(sqlite_database: Database) -> None:
    desk = desk_on(sqlite_database)
    open_demo(desk, cases=20)
    assert sqlite_database.path is not None
    with ExitStack() as other:
        path = sqlite_database.path

        def arrive(done: int, total: int) -> None:
            if done == total:
                other.enter_context(another_program_at(path))

        with pytest.raises(DemoRefusedError, match="Another program has the demo world open"):
            open_demo(desk, cases=30, fresh=True, progress=arrive)
    assert open_demo(desk).cases == 20


@contextmanager
def another_program_at(path: Path) -> Iterator[None]:
    """Another process with an idle connection to a file."""
    opening = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM event').fetchone()"
    words = f"{opening}; print(flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", words, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.communicate()


def test_a_database_with_somebodys_customers_is_refused(database: Database) -> None:
    with database.write() as unit:
        unit.session.add(Customer(name="Budi", language=None, created_at=unit.now))

    with pytest.raises(DemoRefusedError, match="1 customers of a desk that is in use"):
        build_demo(desk_on(database), cases=10)

    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.slow
def test_sqlite_finds_the_file_whole_and_its_rules_kept(sqlite_database: Database) -> None:
    build_demo(desk_on(sqlite_database), cases=CASES)

    with sqlite_database.read() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        objects = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger')")))
    assert {"search_index_insert", "ix_support_case_queue", "ix_event_case"} <= objects
    with sqlite_database.write() as unit:
        unit.session.execute(text("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"))


def test_progress_goes_from_nothing_to_all(sqlite_database: Database) -> None:
    seen: list[tuple[int, int]] = []

    build_demo(desk_on(sqlite_database), cases=20, progress=lambda done, total: seen.append((done, total)))

    assert seen[0] == (0, 20)
    assert seen[-1] == (20, 20)


def test_every_phrase_can_be_filled_in_every_language() -> None:
    bank = read_bank()
    known = {
        "name", "phone", "agent", "merchant", "amount", "device", "error", "bank", "txn", "date", "time", "days",
        "minutes", "transaction.date", "case.reference", "case.subject", "customer.name", "agent.name", "channel",
        "refund.merchant", "refund.amount",
    }  # fmt: skip
    for speech in bank.speech.values():
        groups = [*speech.subjects.values(), *speech.openings.values(), *speech.hello.values(), *speech.bye.values()]
        for template in [*(t for group in groups for t in group), *speech.answers.values(), *speech.thanks]:
            assert set(template.slots) <= known


def test_a_filled_template_has_the_words_of_its_text() -> None:
    values = {"merchant": piece("小杨生煎"), "amount": piece("Rp150.000")}

    filled = Template("在 {merchant} 付了 {amount}，100% 失败").filled(values)

    assert filled == piece("在 小杨生煎 付了 Rp150.000，100% 失败")


def test_a_slot_that_touches_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="touches"):
        Template("退款{amount} 天")


@pytest.mark.slow
def test_what_it_promised_is_told_by_events_and_counted(world: Database) -> None:
    with world.read() as connection:
        promises = connection.execute(select(CasePromise)).all()
        events = connection.execute(
            select(Event.kind, Event.at, Event.case_id, Event.data).where(Event.kind.like("promise.%"))
        ).all()
        written = connection.scalar(select(func.count()).where(Case.channel != Channel.PHONE))
        answers: dict[int, datetime] = dict(
            connection.execute(
                select(Message.case_id, func.min(Message.at))
                .where(Message.kind == MessageKind.OUTBOUND)
                .group_by(Message.case_id)
            ).all()
        )
        by_measure = dict(
            connection.execute(
                select(HourlyFigure.measure, func.sum(HourlyFigure.amount))
                .where(HourlyFigure.span == 1)
                .group_by(HourlyFigure.measure)
            ).all()
        )

    def of(kind: str) -> set[tuple[int, int, datetime]]:
        return {(each.data["promise"], each.case_id, each.at) for each in events if each.kind == kind}

    states = Counter(each.state for each in promises)
    assert len(promises) == written
    assert set(states) == {PromiseState.OPEN, PromiseState.KEPT, PromiseState.BROKEN}
    assert of("promise.made") == {(each.id, each.case_id, each.made_at) for each in promises}
    for state in (PromiseState.KEPT, PromiseState.BROKEN):
        settled = [each for each in promises if each.state is state]
        assert of(f"promise.{state.value}") == {(each.id, each.case_id, each.until) for each in settled}
        assert by_measure[f"promises_{state.value}"] == states[state]
    assert by_measure[Measure.BROKEN] == states[PromiseState.BROKEN]
    for each in promises:
        is_kept = each.case_id in answers and answers[each.case_id] <= each.until
        assert each.state is PromiseState.OPEN or (each.state is PromiseState.KEPT) == is_kept
        assert (each.state is PromiseState.OPEN) == (each.until > START)


@pytest.mark.slow
def test_its_clocks_became_what_its_events_say(world: Database) -> None:
    noted = ("clock.met", "clock.breached")
    with world.read() as connection:
        events = connection.execute(select(Event.case_id, Event.kind, Event.at, Event.data)).all()
        cases = measured(connection, range(1, CASES + 1), terms_of(connection, START))
        alarms = connection.scalars(select(CaseClock.alarm_at).where(CaseClock.alarm_at.is_not(None))).all()

    said = Counter(
        (each.case_id, each.kind, each.data["clock"], each.data["started"], each.at)
        for each in events
        if each.kind in noted
    )
    became = Counter[tuple[object, ...]]()
    for each in cases:
        for clock in each.clocks:
            ends = (("clock.met", clock.ended_at if clock.state is ClockState.MET else None),
                    ("clock.breached", clock.breached_at))  # fmt: skip
            which = (clock.kind.value, clock.started_at.isoformat())
            became.update((each.case.id, kind, *which, at) for kind, at in ends if at is not None)
            assert clock.breached_at is not None or not clock.is_late
    assert said == became
    kinds = Counter(kind for _, kind, *_ in said.elements())
    assert kinds["clock.met"] > 3 * kinds["clock.breached"] > 0
    assert alarms
    assert min(alarms) > START, "a worker has nothing to say of the past"


@pytest.mark.slow
def test_its_figures_are_what_its_events_say(world: Database) -> None:
    desk = desk_on(world)
    with world.read() as connection:
        lead = connection.execute(select(Agent.id, Agent.login).where(Agent.role == Role.SUPERVISOR)).first()
    assert lead is not None
    me = AgentRow(lead.id, lead.login, lead.login, Role.SUPERVISOR)
    assert recounting.verify(desk, me).agrees
    over = figures.overview(desk, me, Range.YEAR).over
    assert sum(each.count(Measure.ARRIVALS) for each in over.values()) == CASES
    assert all(each.count(Measure.SOLVED) and each.median is not None for each in over.values())
