"""A queue with hours of its own: its cases' clocks, what is promised on them, and what a change moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from db.kinds import Channel, ClockKind, Language
from db.models import Case
from desk.rules.staffed import Staffed
from desk.services import agents, alarms, cases, claims, hour_edits, hours, sla
from desk.services.hour_files import read_hours
from desk.services.policy_files import read_policies
from desk.services.seed_files import SeedError
from tests.services.acting import arrived, mail, many, newest
from tests.services.filing import receive_live
from tests.services.routing import put_queues, put_rules

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

MONDAY_FIVE = datetime(2026, 11, 23, 10, tzinfo=UTC)
"""In Jakarta; mail closes at six and chat at midnight."""
BY_MAIL = datetime(2026, 11, 24, 8, tzinfo=UTC)
BY_CHAT = MONDAY_FIVE + timedelta(hours=7 + 1 + 6)
"""Eight hours of service later: seven until midnight, and one from six in the morning on."""

STATEMENTS = """
[[rule]]
name = "statements"
[rule.when]
words = ["statement"]
[rule.do]
queue = "slow"
"""
NIGHTS = """
title = { id = "Malam", en = "Nights", zh = "夜" }
zone = "Asia/Jakarta"
queues = ["slow"]
[weekly]
mon = ["22:00-24:00"]
tue = ["00:00-24:00"]
"""
BY_NIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC) + timedelta(hours=8)


@pytest.fixture
def boss(desk: Desk, clock: SettableClock) -> AgentRow:
    clock.moment = MONDAY_FIVE
    return agents.sign_in(desk, "boss")


@pytest.fixture
def slow(desk: Desk, boss: AgentRow, tmp_path: Path) -> int:
    """A request for a statement in the queue `slow`, which has no hours of its own."""
    put_rules(desk, boss, tmp_path, STATEMENTS)
    put_queues(desk, boss, tmp_path, common="", slow="")
    return asked(desk, boss)


def asked(desk: Desk, me: AgentRow, text: str = "Please send me my statement of account.") -> int:
    return arrived(desk, me, mail(f"{len(text)}@example.org", subject="Hello", text=text)).case.id


def due(desk: Desk, me: AgentRow, case_id: int) -> datetime | None:
    return cases.open_case(desk, me, case_id).case.due_at


def agrees(desk: Desk, me: AgentRow) -> bool:
    return list(sla.verify(desk, me)) == []


def computed(desk: Desk) -> None:
    while sla.recompute_some(desk) is not None:
        pass


def test_a_case_is_due_in_the_hours_of_its_queue(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_rules(desk, boss, tmp_path, STATEMENTS)
    put_queues(desk, boss, tmp_path, common="", slow='calendar = "chat"')

    slow, other = asked(desk, boss), asked(desk, boss, "My payment failed.")

    assert (due(desk, boss, slow), due(desk, boss, other)) == (BY_CHAT, BY_MAIL)
    shown = sla.clocks(desk, boss, slow)
    assert shown.plan is not None
    assert shown.plan.key == "chat"
    assert BY_CHAT in {each.due_at for each in shown.clocks}
    known = hours.plans(desk, boss)
    row = cases.open_case(desk, boss, slow).case
    found = known.of_case(row.channel, row.language, row.queue)
    assert found is not None
    assert found.key == "chat"
    assert agrees(desk, boss)


def test_what_is_promised_is_in_the_hours_of_the_queue(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_rules(desk, boss, tmp_path, STATEMENTS)
    put_queues(desk, boss, tmp_path, common="", slow='calendar = "chat"')

    receive_live(desk, mail(text="Please send me my statement of account for the last year."))

    promise = newest(desk, boss).promise
    assert promise is not None
    assert promise.until == BY_CHAT


def test_a_changed_calendar_of_a_queue_is_computed_anew_in_the_background(
    desk: Desk, boss: AgentRow, slow: int, tmp_path: Path
) -> None:
    computed(desk)
    assert due(desk, boss, slow) == BY_MAIL

    put_queues(desk, boss, tmp_path, common="", slow='calendar = "chat"')
    assert due(desk, boss, slow) == BY_MAIL
    computed(desk)
    assert due(desk, boss, slow) == BY_CHAT
    assert agrees(desk, boss)

    put_queues(desk, boss, tmp_path, common="", slow="")
    computed(desk)
    assert due(desk, boss, slow) == BY_MAIL


def test_other_changes_of_queues_compute_nothing_anew(desk: Desk, boss: AgentRow, slow: int, tmp_path: Path) -> None:
    computed(desk)
    put_queues(desk, boss, tmp_path, common="", slow="reserved = 10")

    assert sla.recompute_some(desk) is None


def test_a_file_of_hours_may_name_the_queue_also_for_a_language_alone(
    desk: Desk, boss: AgentRow, slow: int, tmp_path: Path
) -> None:
    folder = tmp_path / "hours"
    folder.mkdir()
    (folder / "nights.toml").write_text('languages = ["zh"]\n' + NIGHTS, encoding="utf-8")
    hours.apply(desk, boss, read_hours(folder))
    computed(desk)
    assert due(desk, boss, slow) == BY_MAIL
    assert due(desk, boss, asked(desk, boss, "statement: 请把我的账户对账单发给我，谢谢您的帮助。")) == BY_NIGHT

    (folder / "nights.toml").write_text(NIGHTS, encoding="utf-8")
    hours.apply(desk, boss, read_hours(folder))
    computed(desk)
    assert due(desk, boss, slow) == BY_NIGHT

    put_queues(desk, boss, tmp_path, common="", slow='calendar = "chat"')
    computed(desk)
    assert due(desk, boss, slow) == BY_CHAT
    assert agrees(desk, boss)


def test_the_common_queue_has_hours_of_its_own_too(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_rules(desk, boss, tmp_path, STATEMENTS.replace("statement", "nothing"))
    put_queues(desk, boss, tmp_path, common='calendar = "chat"', slow="")

    assert due(desk, boss, asked(desk, boss)) == BY_CHAT


def test_moving_a_case_to_another_queue_computes_its_clocks_at_once(
    desk: Desk, boss: AgentRow, clock: SettableClock, tmp_path: Path
) -> None:
    put_queues(desk, boss, tmp_path, common="", slow="", late='calendar = "chat"')
    put_rules(desk, boss, tmp_path, STATEMENTS)
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "mail.toml").write_text(
        'title = "Mail"\n[targets]\nfirst_response = ["8h"]\nnext_response = ["8h"]\nresolution = ["20h"]\n'
        '[breach]\nqueue = "late"\n',
        encoding="utf-8",
    )
    sla.apply(desk, boss, read_policies(folder))
    case_id = asked(desk, boss)
    before = {each.kind: each.due_at for each in sla.clocks(desk, boss, case_id).clocks}
    clock.moment = BY_MAIL

    assert alarms.sound(desk) == 1

    after = {each.kind: each.due_at for each in sla.clocks(desk, boss, case_id).clocks}
    assert cases.open_case(desk, boss, case_id).queue == "late"
    assert after[ClockKind.RESOLUTION] != before[ClockKind.RESOLUTION]
    assert agrees(desk, boss)


def test_a_preview_counts_the_cases_that_go_by_the_calendar(
    desk: Desk, boss: AgentRow, slow: int, tmp_path: Path
) -> None:
    assert slow
    asked(desk, boss, "My payment failed.")

    def moving(channel: Channel) -> int:
        return len(hour_edits.preview_closing(desk, boss, channel, BY_MAIL + timedelta(days=2)).moved)

    assert (moving(Channel.EMAIL), moving(Channel.CHAT)) == (2, 0)
    put_queues(desk, boss, tmp_path, common="", slow='calendar = "chat"')
    computed(desk)
    assert (moving(Channel.EMAIL), moving(Channel.CHAT)) == (1, 1)


def test_taking_the_next_case_asks_no_more_statements_because_a_queue_has_hours(
    desk: Desk, boss: AgentRow, tmp_path: Path
) -> None:
    put_rules(desk, boss, tmp_path, STATEMENTS)
    many(desk, 2)

    def asks() -> int:
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        event.listen(desk.database.engine, "before_cursor_execute", note)
        try:
            assert claims.next_case(desk, boss) is not None
        finally:
            event.remove(desk.database.engine, "before_cursor_execute", note)
        return len(statements)

    without = asks()
    with desk.database.write() as unit:
        for case in unit.session.scalars(select(Case)):
            case.assignee_id = None
    put_queues(desk, boss, tmp_path, common='calendar = "chat"', slow='calendar = "chat"')
    assert asks() == without


def test_two_files_cannot_have_one_queue_but_for_languages_alone(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(NIGHTS, encoding="utf-8")
    (tmp_path / "b.toml").write_text('languages = ["zh"]\n' + NIGHTS, encoding="utf-8")
    assert set(read_hours(tmp_path)) == {"a", "b"}

    (tmp_path / "c.toml").write_text(NIGHTS, encoding="utf-8")
    with pytest.raises(SeedError, match=r"queue slow has its hours in a\.toml already"):
        read_hours(tmp_path)


def test_what_a_queue_has_for_a_language_counts_before_what_it_has() -> None:
    known = Staffed(
        {Channel.EMAIL: "mail"},
        {(Channel.EMAIL, Language.CHINESE): "mail in Chinese"},
        {("slow", None): "slow", ("slow", Language.CHINESE): "slow in Chinese"},
    )

    def of(language: Language, queue: str | None) -> str | None:
        return known.each(str.upper).of_case(Channel.EMAIL, language, queue)

    assert [of(Language.CHINESE, each) for each in ("slow", "other", None)] == [
        "SLOW IN CHINESE", "MAIL IN CHINESE", "MAIL IN CHINESE",
    ]  # fmt: skip
    assert [of(Language.OTHER, each) for each in ("slow", None)] == ["SLOW", "MAIL"]
