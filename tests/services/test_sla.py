"""Clocks and policies at a desk: kept with every change, warned of and broken once, and equal to their events."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from db.kinds import Channel, ClockKind, ClockState, Status
from db.models import Case, CaseClock, Customer, Message
from desk.rules.lifecycle import StatusChangeError
from desk.rules.permissions import NotAllowedError
from desk.services import (
    agents,
    alarms,
    cases,
    changes,
    claims,
    events,
    hours,
    merging,
    replies,
    sla,
    spam,
    splitting,
)  # fmt: skip
from desk.services.errors import CaseError, SplitError, TooLateError
from desk.services.policy_files import PolicyFile, read_policies
from desk.services.seed_files import SeedError
from desk.worker import Worker
from tests.services.acting import arrived, in_queue, kinds, mail, many, newest, receive, receive_line
from tests.services.routing import put_rules

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.rules.sla import Clock
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

FIRST, NEXT, WHOLE = ClockKind
MONDAY_NINE = datetime(2026, 11, 23, 2, tzinfo=UTC)
FILE = """
title = "Mail"
rank = 10
channels = ["email"]
[targets]
first_response = ["1h", "2h", "4h", "8h"]
next_response = ["1h"]
resolution = ["20h"]
[breach]
raise_priority = true
queue = "slow"
"""


@pytest.fixture
def seeded(desk: Desk, clock: SettableClock) -> Desk:
    """A desk with the shipped hours and policies, on Monday at nine in Jakarta: mail is open from eight to six."""
    clock.moment = MONDAY_NINE
    return desk


@pytest.fixture
def files(tmp_path: Path) -> dict[str, PolicyFile]:
    (tmp_path / "mail.toml").write_text(FILE, encoding="utf-8")
    return read_policies(tmp_path)


def clocks(desk: Desk, me: AgentRow, case_id: int = 1) -> dict[ClockKind, Clock]:
    return {each.kind: each for each in sla.clocks(desk, me, case_id).clocks}


def due(desk: Desk, me: AgentRow, case_id: int = 1) -> datetime | None:
    return cases.open_case(desk, me, case_id).case.due_at


def agrees(desk: Desk, me: AgentRow) -> bool:
    return list(sla.verify(desk, me)) == []


def said(desk: Desk, me: AgentRow, kind: str, case_id: int = 1) -> list[dict[str, object]]:
    return [dict(each.data) for each in reversed(cases.history(desk, me, case_id)) if each.kind == kind]


def test_a_case_is_due_in_the_service_time_of_its_channel(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    arrived(seeded, ana)
    assert due(seeded, ana) == MONDAY_NINE + timedelta(hours=8)

    clock.advance(hours=12)
    arrived(seeded, ana, mail("night@example.org"))
    assert due(seeded, ana, 2) == datetime(2026, 11, 24, 9, tzinfo=UTC)  # four in the afternoon, there


def test_a_cases_clocks_are_told_in_the_order_in_which_they_are_owed(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    page = arrived(seeded, ana)
    for number in range(2):
        clock.advance(hours=1)
        replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)
        clock.advance(hours=1)
        receive(seeded, mail(f"again{number}@example.org", in_reply_to="<first@example.org>"))
        page = cases.open_case(seeded, ana, 1)

    told = sla.clocks(seeded, ana, 1).clocks
    assert [each.kind for each in told] == [FIRST, NEXT, NEXT, WHOLE]
    assert told[1].started_at < told[2].started_at


def test_the_answer_says_how_long_it_took_in_service_time(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    page = arrived(seeded, ana)
    clock.advance(hours=24)

    replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)

    met = said(seeded, ana, "clock.met")
    assert [(each["clock"], each["seconds"], each["late"]) for each in met] == [("first_response", 10 * 3600, True)]
    assert [each["clock"] for each in said(seeded, ana, "clock.breached")] == ["first_response"]
    assert clocks(seeded, ana)[WHOLE].state is ClockState.PAUSED
    assert agrees(seeded, ana)


def test_an_answer_taken_back_lets_the_clock_go_on_as_if_it_had_never_been(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    page = arrived(seeded, ana)
    before = due(seeded, ana)
    clock.advance(minutes=30)
    sent = replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)
    clock.advance(seconds=5)

    replies.take_back(seeded, ana, sent.message_id)

    assert due(seeded, ana) == before
    assert kinds(seeded, ana, 1).count("clock.reopened") == 1
    assert agrees(seeded, ana)


@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_undoing_what_ended_a_case_says_that_its_clock_goes_on(seeded: Desk, ana: AgentRow, status: Status) -> None:
    arrived(seeded, ana)
    before = due(seeded, ana)
    changes.undo(seeded, ana, changes.set_status(seeded, ana, [1], status))

    assert due(seeded, ana) == before
    told = [kind for kind in kinds(seeded, ana, 1) if kind.startswith("clock.")]
    assert told == ["clock.met", "clock.reopened"]
    assert agrees(seeded, ana)


def test_the_row_that_a_change_hands_back_is_due_when_the_stored_one_is(seeded: Desk, ana: AgentRow) -> None:
    page = arrived(seeded, ana)
    sent = replies.reply(seeded, ana, 1, "I look into it.", seen=page.last_message_id, then=Status.OPEN)

    assert sent.case.due_at == due(seeded, ana) == clocks(seeded, ana)[WHOLE].due_at


def test_a_customers_tier_decides_the_policy(seeded: Desk, ana: AgentRow) -> None:
    arrived(seeded, ana)
    with seeded.database.write() as unit:
        unit.session.execute(update(Customer).values(tier="gold"))
    sla.recompute(seeded, _boss(seeded))

    assert sla.clocks(seeded, ana, 1).policy.key == "gold"
    assert due(seeded, ana) == MONDAY_NINE + timedelta(hours=2)


def test_a_warning_and_a_breach_are_noted_once_whoever_looks(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    arrived(seeded, ana)
    for minutes in (4 * 60, 2 * 60 + 24, 96, 1):  # half of eight hours, four fifths, all, and a little
        clock.advance(minutes=minutes)
        for _ in range(2):
            Worker(seeded).step()

    warned = said(seeded, ana, "clock.warned")
    assert [(each["clock"], each["share"]) for each in warned] == [("first_response", 50), ("first_response", 80)]
    broken = said(seeded, ana, "clock.breached")
    assert [(each["clock"], each["policy"]) for each in broken] == [("first_response", "standard")]
    assert due(seeded, ana) == MONDAY_NINE + timedelta(hours=8)
    assert agrees(seeded, ana)


def test_a_worker_that_was_away_tells_of_the_breach_and_not_of_old_warnings(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    arrived(seeded, ana)
    clock.advance(hours=30)

    alarms.sound(seeded)

    assert [each["clock"] for each in said(seeded, ana, "clock.breached")] == ["first_response"]
    assert said(seeded, ana, "clock.warned") == []


def test_who_has_the_case_and_who_watches_the_channels_are_told_of_a_breach(
    seeded: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    arrived(seeded, ana)
    before = events.latest(seeded, ana)
    clock.advance(hours=30)
    alarms.sound(seeded)

    assert events.since(seeded, ana, before).late == ()
    assert [(each.case_id, each.clock) for each in events.since(seeded, boss, before).late] == [(1, FIRST)]
    claims.take(seeded, ana, 1)
    assert [each.assignee_id for each in events.since(seeded, ana, before).late] == [ana.id]


def test_a_policy_may_keep_a_breach_quiet(
    seeded: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock, tmp_path: Path
) -> None:
    (tmp_path / "quiet.toml").write_text(FILE + "notify = false\n", encoding="utf-8")
    sla.apply(seeded, boss, read_policies(tmp_path))
    arrived(seeded, ana)
    before = events.latest(seeded, boss)
    clock.advance(hours=30)
    alarms.sound(seeded)

    seen = events.since(seeded, boss, before)
    assert seen.case_ids == {1}
    assert seen.late == ()


def test_a_breach_raises_the_priority_and_moves_the_case_once(
    seeded: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock, files: dict[str, PolicyFile]
) -> None:
    sla.apply(seeded, boss, files)
    arrived(seeded, ana)
    clock.advance(hours=5)
    alarms.sound(seeded)
    alarms.sound(seeded)

    page = cases.open_case(seeded, ana, 1)
    assert (page.case.priority, page.queue) == (2, "slow")
    assert page.case.due_at == MONDAY_NINE + timedelta(hours=4)  # what has broken keeps its moment
    assert kinds(seeded, ana, 1).count("clock.breached") == 1
    assert agrees(seeded, ana)


def test_another_policy_reaches_every_open_case_by_the_worker(
    seeded: Desk, boss: AgentRow, ana: AgentRow, files: dict[str, PolicyFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sla, "IN_A_BATCH", 2)
    many(seeded, 5)
    assert [each.key for each in sla.changes(seeded, ana, files) if each.before is None] == ["mail"]
    sla.apply(seeded, boss, files)
    assert not agrees(seeded, ana)

    steps = 0
    while sla.recompute_some(seeded) is not None:
        steps += 1
    come = sla.progress(seeded)

    assert steps == 3
    assert come is not None
    assert (come.done, come.changed, come.finished_at) == (5, 5, MONDAY_NINE)
    assert {due(seeded, ana, each) for each in range(1, 6)} == {MONDAY_NINE + timedelta(hours=4)}
    assert agrees(seeded, ana)
    assert sla.changes(seeded, ana, files) == ()


def test_closing_a_channel_moves_what_is_due_on_it_and_opening_it_moves_it_back(
    seeded: Desk, boss: AgentRow, ana: AgentRow
) -> None:
    arrived(seeded, ana)
    hours.close(seeded, boss, Channel.EMAIL, MONDAY_NINE + timedelta(hours=3), "no power")
    Worker(seeded).step()
    assert due(seeded, ana) == datetime(2026, 11, 24, 3, tzinfo=UTC)

    hours.reopen(seeded, boss, Channel.EMAIL)
    Worker(seeded).step()
    assert due(seeded, ana) == MONDAY_NINE + timedelta(hours=8)


def test_what_was_tampered_with_is_found_and_put_right(seeded: Desk, boss: AgentRow, ana: AgentRow) -> None:
    many(seeded, 3)
    with seeded.database.write() as unit:
        unit.session.execute(update(Case).where(Case.id == 1).values(due_at=MONDAY_NINE))
        unit.session.execute(delete(CaseClock).where(CaseClock.case_id == 2))
        unit.session.execute(update(CaseClock).where(CaseClock.case_id == 3).values(remaining=1))

    found = {(each.case_id, each.clock, each.what) for each in sla.verify(seeded, ana)}
    assert found == {
        (1, "queue", "due_at"), (2, "first_response", "clock"), (2, "resolution", "clock"),
        (3, "first_response", "remaining"), (3, "resolution", "remaining"),
    }  # fmt: skip
    sla.recompute(seeded, boss)
    assert agrees(seeded, ana)


def test_cases_of_before_there_were_clocks_get_them(seeded: Desk, boss: AgentRow, ana: AgentRow) -> None:
    page = arrived(seeded, ana)
    replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)
    events = len(kinds(seeded, ana, 1))
    with seeded.database.write() as unit:
        unit.session.execute(delete(CaseClock))

    sla.recompute(seeded, boss)

    assert agrees(seeded, ana)
    assert len(kinds(seeded, ana, 1)) == events


def test_a_closed_case_keeps_its_clocks_in_its_events_alone(seeded: Desk, ana: AgentRow) -> None:
    arrived(seeded, ana)
    changes.set_status(seeded, ana, [1], Status.CLOSED)

    with seeded.database.read() as connection:
        assert connection.execute(select(CaseClock)).all() == []
    assert clocks(seeded, ana)[WHOLE].state is ClockState.MET


def test_the_queue_has_the_most_urgent_first_whatever_their_channel(seeded: Desk, ana: AgentRow) -> None:
    arrived(seeded, ana)
    line = b'{"channel":"chat","external_id":"c1","from":{"handle":"dewi"},"text":"Halo","at":"2026-11-23T02:00:00Z"}'
    receive_line(seeded, Channel.CHAT, line)

    assert in_queue(seeded, ana) == [2, 1]


def test_only_supervisors_change_policies(seeded: Desk, ana: AgentRow, files: dict[str, PolicyFile]) -> None:
    for use_case in (lambda: sla.apply(seeded, ana, files), lambda: sla.recompute(seeded, ana)):
        with pytest.raises(NotAllowedError):
            use_case()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('pauses = ["open"]', "open cannot pause"),
        ("warn = [120]", "<= 99"),
        ('tier = "gold"', "unknown field"),
    ],
)
def test_a_wrong_file_is_refused_with_what_to_do(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "mail.toml").write_text(line + "\n" + FILE, encoding="utf-8")
    with pytest.raises(SeedError, match=says):
        read_policies(tmp_path)


def test_a_resolution_is_not_shorter_than_a_first_response(tmp_path: Path) -> None:
    (tmp_path / "mail.toml").write_text(FILE.replace('["20h"]', '["2h"]'), encoding="utf-8")
    with pytest.raises(SeedError, match="priority 3"):
        read_policies(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('[breach]\nqueue = "late"', "mail.toml, breach.queue: there is no queue 'late'; .*common.*desk route apply"),
        ('topics = ["nope*"]', "mail.toml, topics: there is no topic 'nope\\*'; .*refund"),
        ('topics = ["refund", "nope"]', "mail.toml, topics: there is no topic 'nope'; .*refund"),
    ],
)
def test_what_a_policy_names_has_to_be_there(
    seeded: Desk, boss: AgentRow, tmp_path: Path, line: str, says: str
) -> None:
    targets = FILE.partition("[targets]")[2].partition("[breach]")[0]
    text = f'title = "Mail"\n{{}}[targets]{targets}{{}}'
    text = text.format("", line) if line.startswith("[") else text.format(f"{line}\n", "")
    (tmp_path / "mail.toml").write_text(text, encoding="utf-8")
    files = read_policies(tmp_path)
    before = sla.policies(seeded, boss)

    for act in (sla.changes, sla.apply):
        with pytest.raises(SeedError, match=says):
            act(seeded, boss, files)
    assert sla.policies(seeded, boss) == before


@pytest.mark.parametrize(
    ("one", "other", "is_ambiguous"),
    [
        ('channels = ["email"]', 'channels = ["email", "chat"]', True),
        ('channels = ["email"]', 'channels = ["chat"]', False),
        ('channels = ["email"]', 'channels = ["email"]\nrank = 11', False),
        ('tiers = ["gold"]', 'topics = ["refund"]', True),
        ('tiers = ["gold"]', 'tiers = ["silver"]', False),
        ('topics = ["re*"]', 'topics = ["*nd"]', True),
        ('topics = ["refund*"]', 'topics = ["payment*"]', False),
        ("priorities = [1, 2]", "priorities = [2]", True),
        ("priorities = [1]", "priorities = [2]", False),
        ("", "", True),
    ],
)
def test_two_policies_of_one_rank_for_one_case_are_refused(
    seeded: Desk, boss: AgentRow, tmp_path: Path, one: str, other: str, is_ambiguous: bool
) -> None:
    for key, line in (("one", one), ("other", other)):
        rank = "" if "rank" in line else "rank = 10\n"
        targets = FILE.partition("[targets]")[2].partition("[breach]")[0]
        (tmp_path / f"{key}.toml").write_text(f'title = "{key}"\n{rank}{line}\n[targets]{targets}', encoding="utf-8")
    files = read_policies(tmp_path)

    if is_ambiguous:
        for act in (sla.changes, sla.apply):
            with pytest.raises(
                SeedError, match=r"other.toml, rank: one.toml has rank 10 too and both fit .*another rank"
            ):
                act(seeded, boss, files)
    else:
        assert sla.apply(seeded, boss, files)


def test_a_breach_puts_a_case_into_the_common_queue_by_its_name(
    seeded: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock, tmp_path: Path
) -> None:
    put_rules(seeded, boss, tmp_path, '[[rule]]\nname = "all"\n[rule.do]\nqueue = "money"\n')
    receive(seeded, mail())
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mail.toml").write_text(FILE.replace('"slow"', '"common"'), encoding="utf-8")
    sla.apply(seeded, boss, read_policies(tmp_path / "policies"))
    assert cases.open_case(seeded, ana, 1).queue == "money"
    clock.advance(hours=30)
    alarms.sound(seeded)

    assert cases.open_case(seeded, ana, 1).queue is None, "as all cases of the common queue"


def test_the_policy_of_the_docs_can_be_put_in_force_on_a_new_desk(seeded: Desk, boss: AgentRow, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "promises.md").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(page.partition("```toml")[2].partition("```")[0], encoding="utf-8")

    assert "mine" in {each.key for each in sla.apply(seeded, boss, read_policies(tmp_path))}


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["new", "customer", "reply", "solve", "later", "status", "snooze", "priority", "undo", "take back",
             "merge", "unmerge", "split", "spam", "advance", "advance", "worker", "close", "claim"]
        ),
        st.integers(0, 40),
    ),
    min_size=4,
    max_size=25,
)  # fmt: skip


@pytest.mark.seeded
@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_clocks_agree_with_their_events_whatever_happens(
    desk: Desk, boss: AgentRow, operations: list[tuple[str, int]], clock: SettableClock
) -> None:
    world = _World(desk, boss, clock)
    for number, (operation, choice) in enumerate(operations):
        clock.advance(seconds=1)
        world.do(operation, choice, number)
    while sla.recompute_some(desk) is not None:
        pass
    assert agrees(desk, boss)
    with desk.database.read() as connection:
        queued = connection.execute(select(Case.id, Case.due_at).where(Case.status.in_(["new", "open"]))).all()
    for case_id, moment in queued:
        running = [each.due_at for each in clocks(desk, boss, case_id).values() if each.state is ClockState.RUNNING]
        assert moment == min(each for each in running if each)


class _World:
    """Does to a desk what its people do, on cases chosen at random; what is refused is refused."""

    def __init__(self, desk: Desk, me: AgentRow, clock: SettableClock) -> None:
        self.desk, self.me, self.clock = desk, me, clock
        self.done: changes.Done | None = None
        self.merged: merging.Merged | None = None
        self.sent: int | None = None

    def do(self, operation: str, choice: int, number: int) -> None:
        with self.desk.database.read() as connection:
            ids = list(connection.scalars(select(Case.id).order_by(Case.id)))
        if operation == "new" or not ids:
            receive(self.desk, mail(f"n{len(ids)}-{number}@example.org", sender=f"c{choice % 2}@example.org"))
            return
        case_id = ids[choice % len(ids)]
        with suppress(CaseError, StatusChangeError, SplitError, TooLateError):
            self._do(operation, choice, number, case_id, ids)

    def _do(  # noqa: PLR0912  (a table of what people do)
        self, operation: str, choice: int, number: int, case_id: int, ids: list[int]
    ) -> None:
        desk, me = self.desk, self.me
        page = cases.open_case(desk, me, case_id)
        match operation:
            case "customer":
                self._write_again(page, number)
            case "reply" | "solve" | "later":
                then = Status.SOLVED if operation == "solve" else None
                at = self.clock() + timedelta(hours=choice + 1) if operation == "later" else None
                sent = replies.reply(desk, me, case_id, "Hello", seen=page.last_message_id, then=then, at=at)
                self.sent = sent.message_id
            case "status":
                self.done = changes.set_status(desk, me, [case_id], list(Status)[choice % len(Status)])
            case "snooze":
                self.done = changes.snooze(desk, me, [case_id], self.clock() + timedelta(hours=choice + 1))
            case "priority":
                self.done = changes.set_priority(desk, me, [case_id], choice % 4 + 1)
            case "undo" if self.done is not None:
                changes.undo(desk, me, self.done)
            case "take back" if self.sent is not None:
                replies.take_back(desk, me, self.sent)
            case "merge":
                self.merged = merging.merge(desk, me, case_id, ids[(choice + 1) % len(ids)])
            case "unmerge" if self.merged is not None:
                merging.unmerge(desk, me, self.merged)
            case "split":
                splitting.split(desk, me, case_id, [each.id for each in page.messages[choice % 3 :][:1]])
            case "spam":
                self.done = (spam.mark if page.spam_at is None else spam.unmark)(desk, me, [case_id])
            case "advance":
                self.clock.advance(hours=choice)
            case "worker":
                Worker(desk).step()
            case "close":
                hours.close(desk, me, Channel.EMAIL, self.clock() + timedelta(hours=choice + 1), "drill")
            case "claim":
                claims.take(desk, me, case_id)

    def _write_again(self, page: CaseDetail, number: int) -> None:
        query = select(Message.external_id).where(Message.case_id == page.case.id, Message.external_id.is_not(None))
        with self.desk.database.read() as connection:
            quoted = connection.scalar(query.limit(1))
        sender = page.customer.contacts[0].value
        receive(self.desk, mail(f"r{number}@example.org", sender=sender, in_reply_to=f"<{quoted}>"))


def _boss(desk: Desk) -> AgentRow:
    return agents.sign_in(desk, "boss")


def test_a_split_case_owes_an_answer_since_its_first_message(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    arrived(seeded, ana)
    clock.advance(hours=1)
    receive(seeded, mail("second@example.org", in_reply_to="<first@example.org>"))
    assert newest(seeded, ana).case.id == 1
    clock.advance(hours=1)
    page = cases.open_case(seeded, ana, 1)

    new = splitting.split(seeded, ana, 1, [page.messages[-1].id])

    assert clocks(seeded, ana, new.id)[FIRST].started_at == MONDAY_NINE + timedelta(hours=1)
    assert new.due_at == MONDAY_NINE + timedelta(hours=9)
    assert agrees(seeded, ana)
