"""Editing a calendar: previewed, never written over unseen, undone, and always a file that can be reviewed."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from db.kinds import Channel, Language
from desk.rules.hours import CalendarError
from desk.rules.permissions import NotAllowedError
from desk.services import callbacks, cases, hour_edits, hours, sla
from desk.services.hour_edits import HoursChangedError
from desk.services.hour_files import HoursFile, read_hours
from desk.services.hours import HoursError
from tests.services.acting import counted, mail, receive_line
from tests.services.filing import receive_live

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00")


@pytest.fixture(autouse=True)
def at_night(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    """Monday, 22:00 in Jakarta: the phone opens at 08:00."""
    clock.moment = wib("2026-11-23T22:00")


def missed(desk: Desk) -> None:
    line = {
        "channel": "phone", "external_id": "pbx-1", "from": {"name": "Budi", "phone": "+628120"}, "text": "",
        "at": desk.clock().isoformat(), "call": {"missed": True},
    }  # fmt: skip
    receive_line(desk, Channel.PHONE, json.dumps(line).encode())


def test_a_preview_names_what_moves_and_changes_nothing(desk: Desk, boss: AgentRow) -> None:
    missed(desk)
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    file = hour_edits.with_hour(known.file, 1, 8, is_open=False)
    events = counted(desk)

    preview = hour_edits.preview(desk, boss, Channel.PHONE, file)

    assert preview.slots == ((1, wib("2026-11-24T08:00").astimezone(UTC)),)
    assert counted(desk) == events
    assert callbacks.waiting(desk, boss)[0].slot_start == wib("2026-11-24T08:00")
    assert hour_edits.preview_closing(desk, boss, Channel.PHONE, wib("2026-11-24T14:00")).slots == preview.slots


def test_a_preview_says_which_cases_are_late_at_once_and_which_promises_have_less_time(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    receive_live(desk, mail(text="Hello, my payment failed and the shop got nothing at all."))
    clock.moment = wib("2026-11-24T04:00")
    chat = {
        "channel": "chat", "external_id": "c1", "from": {"handle": "dewi"}, "text": "Halo", "at": clock().isoformat(),
    }  # fmt: skip
    receive_line(desk, Channel.CHAT, json.dumps(chat).encode())
    clock.advance(minutes=50)

    known = hour_edits.calendar(desk, boss, Channel.CHAT)
    file = hour_edits.with_hour(known.file, 1, 4, is_open=True)
    chats = hour_edits.preview(desk, boss, Channel.CHAT, file)
    assert (chats.moved, chats.late) == ((2,), (2,))
    assert chats.lines[0] == "1 case is late at once (#2)"
    hour_edits.change(desk, boss, known.key, known.version, file)
    while sla.recompute_some(desk):
        pass
    due = cases.open_case(desk, boss, 2).case.due_at
    assert due is not None
    assert due <= clock.moment

    mails = hour_edits.preview_closing(desk, boss, Channel.EMAIL, wib("2026-11-24T12:00"))
    assert (mails.promised, mails.late) == ((1,), ())
    assert "1 promise has less time (#1)" in mails.lines


def test_on_which_days_two_files_differ_is_said_in_words(desk: Desk, boss: AgentRow) -> None:
    file = hour_edits.calendar(desk, boss, Channel.PHONE).file
    assert hour_edits.days_changed(file, file) == ""
    painted = hour_edits.with_hour(hour_edits.with_hour(file, 4, 22, is_open=True), 0, 8, is_open=False)
    assert hour_edits.days_changed(file, painted) == "every Mon and Fri"
    assert hour_edits.days_changed(file, hour_edits.with_day(file, date(2026, 12, 24), "x", ())) == "24 Dec 2026"


def test_a_day_on_which_nothing_but_the_words_differ_is_not_named() -> None:
    phone = read_hours()["phone"]
    file = msgspec.structs.replace(phone, weekly={"tue": ("10:00-12:00", "08:00-11:00"), "sat": ("22:00-06:00",)})
    painted = hour_edits.with_hour(file, 5, 20, is_open=True)

    assert painted.weekly["tue"] == ("10:00-12:00", "08:00-11:00")
    assert hour_edits.days_changed(file, painted) == "every Saturday"
    in_order = hour_edits.with_weekday(file, 1, ("08:00-12:00",))
    assert hour_edits.days_changed(file, in_order) == ""
    to_midnight = hour_edits.with_weekday(file, 5, ("22:00-24:00",))
    assert hour_edits.days_changed(file, to_midnight) == "every Sunday", "what reached into it is gone"


def test_many_days_that_differ_are_said_in_a_few_words() -> None:
    phone = read_hours()["phone"]
    every = some = file = msgspec.structs.replace(phone, days=())
    for weekday in range(7):
        every = hour_edits.with_hour(every, weekday, 3, is_open=True)
    for number in range(1, 6):
        some = hour_edits.with_day(some, date(2026, 12, number), "x", ())
    assert hour_edits.days_changed(file, every) == "every day"
    assert hour_edits.days_changed(file, some) == "1 Dec 2026, 2 Dec 2026, 3 Dec 2026 and 2 more"


def test_a_change_moves_slots_and_is_undone_by_the_file_before(desk: Desk, boss: AgentRow) -> None:
    missed(desk)
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    file = hour_edits.with_hour(known.file, 1, 8, is_open=False)

    version = hour_edits.change(desk, boss, known.key, known.version, file)

    assert not hours.check(desk, boss, Channel.PHONE, wib("2026-11-24T08:30"))[1].is_open
    assert callbacks.waiting(desk, boss)[0].slot_start == wib("2026-11-24T09:00")
    hour_edits.change(desk, boss, known.key, version, known.file)
    assert hours.changes(desk, boss, read_hours()) == ()


def test_the_second_of_two_supervisors_is_told_and_writes_nothing_over(desk: Desk, boss: AgentRow) -> None:
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    hour_edits.change(desk, boss, known.key, known.version, hour_edits.with_hour(known.file, 0, 21, is_open=True))

    with pytest.raises(HoursChangedError, match="meanwhile"):
        hour_edits.change(desk, boss, known.key, known.version, hour_edits.with_hour(known.file, 0, 8, is_open=False))
    assert hours.check(desk, boss, Channel.PHONE, wib("2026-11-23T21:30"))[1].is_open


def test_applying_files_counts_as_a_change_to_whoever_edits(desk: Desk, boss: AgentRow) -> None:
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    file = hour_edits.with_hour(known.file, 0, 8, is_open=False)
    hours.apply(desk, boss, {known.key: file})

    with pytest.raises(HoursChangedError):
        hour_edits.change(desk, boss, known.key, known.version, known.file)


def test_an_agent_looks_and_a_supervisor_changes(desk: Desk, boss: AgentRow, ana: AgentRow) -> None:
    known = hour_edits.calendar(desk, ana, Channel.PHONE)

    with pytest.raises(NotAllowedError):
        hour_edits.change(desk, ana, known.key, known.version, known.file)
    assert hour_edits.change(desk, boss, known.key, known.version, known.file) == known.version


def test_a_special_day_closes_the_phone_by_its_name(desk: Desk, boss: AgentRow) -> None:
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    file = hour_edits.with_day(known.file, date(2026, 11, 24), "Team day", ("13:00-17:00",))
    hour_edits.change(desk, boss, known.key, known.version, file)

    assert hours.check(desk, boss, Channel.PHONE, wib("2026-11-24T09:00"))[1].why == "Team day: hours of its own"
    with pytest.raises(ValueError, match="no time of day"):
        hour_edits.with_day(known.file, date(2026, 11, 24), "x", ("9-5",))
    broken = msgspec.structs.replace(known.file, zone="WIB")
    with pytest.raises(HoursError, match="cannot be used"):
        hour_edits.preview(desk, boss, Channel.PHONE, broken)


def test_the_hours_of_a_weekday_are_said_as_text_by_the_minute_over_midnight_and_to_its_end(
    desk: Desk, boss: AgentRow
) -> None:
    known = hour_edits.calendar(desk, boss, Channel.PHONE)
    assert hour_edits.as_text(hour_edits.hours_of(known.file, 1)) == "08:00-21:00"
    file = hour_edits.with_weekday(known.file, 1, hour_edits.hours_in(" 08:30 – 12:00,13:00-24:00 "))
    file = hour_edits.with_weekday(file, 2, hour_edits.hours_in("22:15-06:00"))
    file = hour_edits.with_weekday(file, 3, hour_edits.hours_in(" "))

    hour_edits.change(desk, boss, known.key, known.version, file)

    changes = [
        ("24T08:29", False), ("24T08:30", True), ("24T12:00", False), ("24T23:59", True), ("25T00:00", False),
        ("25T22:15", True), ("26T05:59", True), ("26T06:00", False), ("26T12:00", False), ("27T09:00", True),
    ]  # fmt: skip
    for at, is_open in changes:
        assert hours.check(desk, boss, Channel.PHONE, wib(f"2026-11-{at}"))[1].is_open is is_open, at
    assert hour_edits.calendar(desk, boss, Channel.PHONE).file.weekly["tue"] == ("08:30-12:00", "13:00-24:00")
    assert "thu" not in file.weekly


@pytest.mark.parametrize("part", ["9-5", "08:30", "08:30-12:60", "24:00-06:00", "08:00-25:00", "08:00-12:00-13:00"])
def test_hours_that_cannot_be_read_are_answered_with_what_to_write(part: str) -> None:
    assert f"“{part}”" in hour_edits.hours_problem(f"06:00-07:00, {part}")
    assert "Write 09:00-17:00" in hour_edits.hours_problem(part)
    with pytest.raises(CalendarError):
        hour_edits.with_weekday(read_hours()["chat"], 0, (part,))


def test_hours_that_open_and_close_at_once_are_asked_about() -> None:
    assert "write 00:00-24:00" in hour_edits.hours_problem("09:00 - 09:00")
    assert hour_edits.hours_problem("00:00-24:00") == ""


@pytest.mark.parametrize("key", ["phone", "chat", "email", "social"])
def test_hours_as_text_read_as_the_same_hours(key: str) -> None:
    file = read_hours()[key]
    file = hour_edits.with_day(file, date(2026, 12, 1), 'The "big" day\\', ())
    file = msgspec.structs.replace(file, languages=(Language.CHINESE,))

    assert msgspec.convert(tomllib.loads(hour_edits.as_toml(file)), HoursFile) == file


def test_painting_leaves_the_days_that_nobody_painted_as_they_are_written() -> None:
    file = read_hours()["chat"]

    changed = hour_edits.with_hour(file, 4, 5, is_open=True)

    assert changed.weekly["fri"] == ("05:00-02:00",)
    assert {day: hours for day, hours in changed.weekly.items() if day != "fri"} == {
        day: hours for day, hours in file.weekly.items() if day != "fri"
    }
