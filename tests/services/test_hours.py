"""Service hours in force: from files, with holidays, closed on the spot, and only by who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from db.kinds import Channel, Language, Role
from desk.rules.permissions import NotAllowedError
from desk.services import agents, hour_edits, hours, seeding
from desk.services.hour_files import read_hours
from desk.services.hours import HoursError, Unnamed
from desk.services.seed_files import SeedError
from tests.services.acting import counted
from tests.services.routing import put_queues, put_rules

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

FILE = """
title = { id = "Telepon", en = "Phone", zh = "电话" }
zone = "Asia/Jakarta"
channels = ["phone"]
[weekly]
mon = ["08:00-21:00"]
tue = ["22:00-06:00"]
[holidays]
country = "ID"
categories = ["public"]
hours = ["10:00-12:00"]
[holidays.changed]
"2026-12-25" = []
[[days]]
date = "12-31"
name = "New Year's Eve"
hours = ["08:00-18:00"]
"""


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "phone.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def boss(desk: Desk) -> AgentRow:
    return agents.sign_in(desk, "boss")


def test_every_channel_has_hours_from_the_start(desk: Desk, boss: AgentRow) -> None:
    assert set(hours.plans(desk, boss)) == set(Channel)
    assert hours.changes(desk, boss, read_hours()) == ()


def test_files_are_shown_first_and_applied_once(desk: Desk, boss: AgentRow, folder: Path) -> None:
    files = read_hours(folder)

    shown = hours.changes(desk, boss, files)
    assert [each.key for each in shown] == ["phone"]
    assert not hours.check(desk, boss, Channel.PHONE, wib("2026-11-25T03:00"))[1].is_open
    events = counted(desk)
    assert hours.apply(desk, boss, files) == shown
    assert hours.apply(desk, boss, files) == ()

    assert counted(desk) == events + 1
    assert hours.check(desk, boss, Channel.PHONE, wib("2026-11-25T03:00"))[1].is_open, "tuesday's night"
    assert hours.changes(desk, boss, files) == (), "what people set stays"


@pytest.mark.parametrize(
    ("at", "is_open", "why"),
    [
        ("2026-11-23T08:00", True, "weekly hours"),
        ("2026-11-23T21:00", False, "outside the weekly hours"),
        ("2026-08-17T11:00", True, "Independence Day: hours of its own"),
        ("2026-08-17T13:00", False, "Independence Day: hours of its own"),
        ("2026-12-25T11:00", False, "Christmas Day: closed"),
        ("2027-12-31T17:00", True, "New Year's Eve: hours of its own"),
    ],
)
def test_a_day_says_why_it_is_as_it_is(
    desk: Desk, boss: AgentRow, folder: Path, at: str, is_open: bool, why: str
) -> None:
    hours.apply(desk, boss, read_hours(folder))

    _, standing = hours.check(desk, boss, Channel.PHONE, wib(at))

    assert (standing.is_open, standing.why) == (is_open, why)


def test_a_channel_closed_on_the_spot_says_why_and_until_when(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    clock.moment = wib("2026-11-23T10:00").astimezone(UTC)
    before = hours.check(desk, boss, Channel.PHONE)[1]
    assert before.is_open

    standing = hours.close(desk, boss, Channel.PHONE, wib("2026-11-23T14:00"), "lines are down")

    assert (standing.is_open, standing.why) == (False, "closed for now: lines are down")
    assert (standing.since, standing.until) == (clock.moment, wib("2026-11-23T14:00"))
    assert hours.check(desk, boss, Channel.CHAT)[1].is_open
    clock.moment += timedelta(hours=1)
    reopened = hours.reopen(desk, boss, Channel.PHONE)
    assert (reopened.is_open, reopened.since) == (True, clock.moment)
    with pytest.raises(HoursError, match="Nothing closes"):
        hours.reopen(desk, boss, Channel.PHONE)


@pytest.mark.parametrize("until", ["2026-11-23T12:00", "2026-11-23T18:00"])
def test_closing_again_says_another_end_and_reason(
    desk: Desk, boss: AgentRow, clock: SettableClock, until: str
) -> None:
    begun = clock.moment = wib("2026-11-23T10:00").astimezone(UTC)
    hours.close(desk, boss, Channel.PHONE, wib("2026-11-23T14:00"), "lines are down")
    clock.moment += timedelta(minutes=30)
    foreseen = hour_edits.preview_closing(desk, boss, Channel.PHONE, wib(until))

    standing = hours.close(desk, boss, Channel.PHONE, wib(until), "a drill")

    assert (standing.why, standing.since, standing.until) == ("closed for now: a drill", begun, wib(until))
    assert foreseen == hour_edits.preview_closing(desk, boss, Channel.PHONE, wib(until))
    at_eleven = hours.check(desk, boss, Channel.PHONE, wib("2026-11-23T10:15"))[1]
    assert at_eleven.why == "closed for now: lines are down", "what was, was"


def test_an_open_channel_says_when_it_opens_again_after_it_closes(desk: Desk, boss: AgentRow) -> None:
    friday = hours.check(desk, boss, Channel.PHONE, wib("2026-11-27T10:00"))[1]
    assert (friday.until, friday.next_open) == (wib("2026-11-27T21:00"), wib("2026-11-28T09:00"))
    night = hours.check(desk, boss, Channel.PHONE, wib("2026-11-27T22:00"))[1]
    assert (night.until, night.next_open) == (wib("2026-11-28T09:00"), wib("2026-11-28T09:00"))


def test_a_closure_needs_a_reason_and_a_moment_to_come(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    with pytest.raises(HoursError, match="why"):
        hours.close(desk, boss, Channel.PHONE, clock.moment + timedelta(hours=1), " ")
    with pytest.raises(HoursError, match="passed"):
        hours.close(desk, boss, Channel.PHONE, clock.moment, "lines are down")


@pytest.mark.parametrize("away", [timedelta(days=367), timedelta(days=365 * 7000)])
def test_nothing_is_closed_on_the_spot_for_longer_than_a_year(
    desk: Desk, boss: AgentRow, clock: SettableClock, away: timedelta
) -> None:
    for closing in (
        lambda until: hours.close(desk, boss, Channel.PHONE, until, "we move"),
        lambda until: hour_edits.preview_closing(desk, boss, Channel.PHONE, until),
    ):
        with pytest.raises(HoursError, match=r"more than a year away.*change the hours themselves"):
            closing(clock.moment + away)
    assert hours.plans(desk, boss)[Channel.PHONE].closures == ()
    until = clock.moment.replace(year=clock.moment.year + 1)
    assert hours.close(desk, boss, Channel.PHONE, until, "we move").why == "closed for now: we move"


def test_calendars_that_no_file_names_are_told_and_pruned(
    desk: Desk, boss: AgentRow, clock: SettableClock, tmp_path: Path
) -> None:
    files = read_hours()
    head = FILE.replace('channels = ["phone"]', 'channels = ["chat"]\nlanguages = ["zh"]')
    (tmp_path / "nights.toml").write_text(head, encoding="utf-8")
    hours.apply(desk, boss, files | read_hours(tmp_path))
    hours.close(desk, boss, Channel.CHAT, clock.moment + timedelta(hours=1), "a drill")  # the staffed one, too
    hours.reopen(desk, boss, Channel.CHAT)

    assert hours.unnamed(desk, boss, files) == (Unnamed("nights", ""),)
    assert hours.apply(desk, boss, files) == (), "left alone unless asked"
    shown = hours.changes(desk, boss, files, prune=True)
    assert [(each.key, each.after) for each in shown] == [("nights", None)]
    events = counted(desk)
    assert hours.apply(desk, boss, files, prune=True) == shown
    assert counted(desk) == events + 1
    assert hours.unnamed(desk, boss, files) == ()
    assert hours.plans(desk, boss).staffed == {}
    assert hours.apply(desk, boss, files, prune=True) == ()


def test_a_calendar_that_a_channel_needs_is_not_pruned(desk: Desk, boss: AgentRow) -> None:
    files = read_hours()
    rest = {key: file for key, file in files.items() if key != "chat"}

    assert hours.unnamed(desk, boss, rest) == (Unnamed("chat", "the channel chat"),)
    for act in (hours.changes, hours.apply):
        with pytest.raises(HoursError, match="chat cannot go: the channel chat goes by it"):
            act(desk, boss, rest, prune=True)
    assert hours.changes(desk, boss, files) == ()

    renamed = {**rest, "live": files["chat"]}
    assert hours.unnamed(desk, boss, renamed) == (Unnamed("chat", ""),)
    hours.apply(desk, boss, renamed, prune=True)
    assert hours.plans(desk, boss)[Channel.CHAT].key == "live"


def test_a_calendar_that_a_queue_chose_is_not_pruned(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    nights = {"nights": msgspec.structs.replace(read_hours()["phone"], channels=())}
    hours.apply(desk, boss, nights)
    put_queues(desk, boss, tmp_path, slow='calendar = "nights"')

    with pytest.raises(HoursError, match="nights cannot go: the queue slow goes by it"):
        hours.apply(desk, boss, read_hours(), prune=True)


def test_a_calendar_that_is_closed_on_the_spot_is_not_pruned(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    files = read_hours()
    renamed = {"live" if key == "chat" else key: file for key, file in files.items()}
    hours.close(desk, boss, Channel.CHAT, clock() + timedelta(hours=2), "power cut")
    for act in (hours.changes, hours.apply):
        with pytest.raises(HoursError, match="chat is closed on the spot"):
            act(desk, boss, renamed, prune=True)
    assert "power cut" in hours.check(desk, boss, Channel.CHAT)[1].why

    clock.advance(hours=3)
    hours.apply(desk, boss, renamed, prune=True)
    assert hours.plans(desk, boss)[Channel.CHAT].key == "live"


def test_a_calendar_that_a_rule_asks_is_not_pruned(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_queues(desk, boss, tmp_path, common="", slow="")
    hours.apply(desk, boss, {"nights": msgspec.structs.replace(read_hours()["phone"], channels=(), queues=("slow",))})
    rule = '[[rule]]\nname = "at-night"\n[rule.when]\nhours = "closed"\nhours_of = "slow"\n[rule.do]\npriority = 1\n'
    put_rules(desk, boss, tmp_path, rule)

    with pytest.raises(HoursError, match="nights cannot go: the rule 'at-night' goes by it"):
        hours.apply(desk, boss, read_hours(), prune=True)


def test_seeds_do_not_bring_back_the_calendar_of_a_channel_that_has_another(desk: Desk, boss: AgentRow) -> None:
    files = read_hours()
    renamed = {"live" if key == "chat" else key: file for key, file in files.items()}
    hours.apply(desk, boss, renamed, prune=True)

    seeding.seed(desk)

    assert hours.unnamed(desk, boss, renamed) == ()


def test_only_a_supervisor_changes_hours(desk: Desk, boss: AgentRow, folder: Path) -> None:
    senior = agents.add(desk, boss, login="sari", name="Sari", role=Role.SENIOR)

    for change in (
        lambda: hours.apply(desk, senior, read_hours(folder)),
        lambda: hours.close(desk, senior, Channel.PHONE, wib("2027-01-01T00:00"), "no"),
        lambda: hours.reopen(desk, senior, Channel.PHONE),
    ):
        with pytest.raises(NotAllowedError):
            change()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('mon = ["8-21"]', "'8' is no time of day"),
        ('monday = ["08:00-21:00"]', "weekly.monday is no day"),
        ('mon = ["08:00-09:00-10:00"]', "is no interval"),
        ('mon = "08:00-21:00"', "array"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(folder: Path, line: str, said: str) -> None:
    path = folder / "phone.toml"
    path.write_text(FILE.replace('mon = ["08:00-21:00"]', line), encoding="utf-8")

    with pytest.raises(SeedError, match=said) as error:
        read_hours(folder)
    assert "phone.toml" in str(error.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('country = "ID"', 'country = "XX"', "holidays"),
        ('date = "12-31"', 'date = "13-31"', "no date"),
        ('zone = "Asia/Jakarta"', 'zone = "WIB"', "none of the tz database"),
    ],
)
def test_a_country_date_or_zone_that_is_none_is_named(folder: Path, before: str, after: str, said: str) -> None:
    (folder / "phone.toml").write_text(FILE.replace(before, after), encoding="utf-8")

    with pytest.raises(SeedError, match=said):
        read_hours(folder)


def test_a_channel_may_be_staffed_for_a_language_at_other_hours(
    desk: Desk, boss: AgentRow, folder: Path, clock: SettableClock
) -> None:
    (folder / "chinese.toml").write_text(
        'languages = ["zh"]\n' + FILE.replace('mon = ["08:00-21:00"]', 'mon = ["13:00-15:00"]'),
        encoding="utf-8",
    )
    hours.apply(desk, boss, read_hours(folder))
    morning = wib("2026-11-23T09:00")

    def is_open(language: Language) -> bool:
        return hours.check(desk, boss, Channel.PHONE, morning, language)[1].is_open

    assert [is_open(each) for each in (Language.INDONESIAN, Language.CHINESE, Language.OTHER)] == [True, False, True]
    clock.moment = wib("2026-11-23T13:30")
    closed = hours.close(desk, boss, Channel.PHONE, wib("2026-11-23T14:00"), "lines down")
    assert not closed.is_open
    assert not hours.check(desk, boss, Channel.PHONE, language=Language.CHINESE)[1].is_open
    hours.reopen(desk, boss, Channel.PHONE)
    assert hours.check(desk, boss, Channel.PHONE, language=Language.CHINESE)[1].is_open


def test_two_files_cannot_staff_one_language(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.toml").write_text('languages = ["zh"]\n' + FILE, encoding="utf-8")
    with pytest.raises(SeedError, match=r"channel phone in 'zh' has its hours in a\.toml already"):
        read_hours(folder)


def test_two_files_cannot_have_one_channel(folder: Path) -> None:
    (folder / "second.toml").write_text(FILE, encoding="utf-8")

    with pytest.raises(SeedError, match="already"):
        read_hours(folder)


@pytest.mark.parametrize("day", ["12-31", "2026-12-31"])
def test_a_day_stands_in_a_file_once(folder: Path, day: str) -> None:
    twice = "".join(f'[[days]]\ndate = "{day}"\nname = "{name}"\n' for name in ("one", "other"))
    (folder / "phone.toml").write_text(FILE.partition("[[days]]")[0] + twice, encoding="utf-8")
    with pytest.raises(SeedError, match=f"phone.toml, days: '{day}' stands there twice; keep one of them"):
        read_hours(folder)


@pytest.mark.parametrize("first", ["12-31", "2026-12-31"])
def test_a_day_of_one_year_beats_that_of_every_year_wherever_it_stands(
    desk: Desk, boss: AgentRow, folder: Path, first: str
) -> None:
    days = [("12-31", "yearly"), ("2026-12-31", "once")]
    text = "".join(
        f'[[days]]\ndate = "{date}"\nname = "{name}"\n'
        for date, name in sorted(days, key=lambda each: each[0] != first)
    )
    (folder / "phone.toml").write_text(FILE.partition("[[days]]")[0] + text, encoding="utf-8")
    hours.apply(desk, boss, read_hours(folder))

    found = [hours.check(desk, boss, Channel.PHONE, wib(f"{year}-12-31T10:00"))[1].why for year in (2026, 2027)]
    assert found == ["once: closed", "yearly: closed"]


def test_a_queue_that_a_file_names_has_to_be_there(desk: Desk, boss: AgentRow, folder: Path) -> None:
    named = FILE.replace('channels = ["phone"]', 'channels = ["phone"]\nqueues = ["money", "nope"]')
    (folder / "phone.toml").write_text(named, encoding="utf-8")

    for act in (hours.changes, hours.apply):
        with pytest.raises(SeedError, match=r"phone.toml, queues: there is no queue 'nope'; .*money.*desk route apply"):
            act(desk, boss, read_hours(folder))
    (folder / "phone.toml").write_text(named.replace(', "nope"', ""), encoding="utf-8")
    assert len(hours.apply(desk, boss, read_hours(folder))) == 1
