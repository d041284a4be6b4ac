"""Moments to come as people type them, in three languages, and wherever the customer's clocks are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from db.kinds import ContactKind
from db.rows import ContactRow
from desk.rules.hours import ServiceCalendar
from desk.rules.later import LONGEST, later_choices, next_opening, read_later, zone_of
from desk.rules.later_words import ZONES
from desk.rules.phones import CALLING_CODES

MONDAY = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
JAKARTA, AMSTERDAM, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Jakarta", "Europe/Amsterdam", "America/New_York"))

zones = some.sampled_from([ZoneInfo(name) for name, _ in ZONES.values()])
moments = some.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001


def local(typed: str, now: datetime = MONDAY, zone: tzinfo = JAKARTA) -> str | None:
    moment = read_later(typed, now, zone)
    return f"{moment.astimezone(zone):%d %H:%M}" if moment else None


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("tomorrow 09:00", "24 09:00"), ("tomorrow", "24 09:00"), ("tomorrow at 2pm", "24 14:00"),
        ("Tomorrow Evening", "24 19:00"), ("the day after tomorrow 10:00", "25 10:00"), ("9:30am", "24 09:30"),
        ("fri 14:00", "27 14:00"), ("on Friday", "27 09:00"), ("mon", "30 09:00"), ("mon 21:00", "23 21:00"),
        ("in 2h", "23 22:14"), ("in 30 minutes", "23 20:44"), ("in 2 days", "25 20:14"), ("21:00", "23 21:00"),
        ("12am", "24 00:00"), ("12pm", "24 12:00"), ("2026-11-30 10:00", "30 10:00"), ("2026-11-30", "30 09:00"),
        ("when they open", "24 09:00"),
        ("besok 09.00", "24 09:00"), ("besok jam 9", "24 09:00"), ("besok pukul 14.30", "24 14:30"),
        ("besok sore", "24 16:00"), ("besok jam 3 sore", "24 15:00"), ("lusa", "25 09:00"), ("senin 10.00", "30 10:00"),
        ("minggu", "29 09:00"), ("2 jam lagi", "23 22:14"),
        ("dalam 30 menit", "23 20:44"), ("1 minggu lagi", "30 20:14"),
        ("hari ini 21.00", "23 21:00"), ("saat buka", "24 09:00"),
        ("明天 9:00", "24 09:00"), ("明天９：００", "24 09:00"), ("明天9点", "24 09:00"), ("明天上午9点", "24 09:00"),
        ("明天下午3点半", "24 15:30"), ("明天晚上", "24 19:00"), ("后天", "25 09:00"), ("周五 14:00", "27 14:00"),
        ("星期天", "29 09:00"), ("2小时后", "23 22:14"), ("两小时后", "23 22:14"), ("30分钟后", "23 20:44"),
        ("3天后", "26 20:14"), ("上班时", "24 09:00"),
    ],
)  # fmt: skip
def test_a_moment_is_read_as_people_type_it(typed: str, there: str) -> None:
    assert local(typed) == there


@pytest.mark.parametrize(
    "typed",
    ["", " ", "9", "14", "25:00", "fri 99", "tomorrow never", "yesterday", "2026-11-22", "2027-12-24", "2026-02-30",
     "in 9999 weeks", "9999w", "明天25点", "today 09:00", "0h", "tomorrowland", "13pm 13pm", "\x00", "月" * 500],
)  # fmt: skip
def test_what_means_no_moment_to_come_is_not_read(typed: str) -> None:
    assert read_later(typed, MONDAY, JAKARTA) is None


def test_days_are_those_of_the_customer_and_not_those_of_the_desk() -> None:
    late = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # Tuesday already in Jakarta

    assert read_later("tomorrow 09:00", late, JAKARTA) == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    assert read_later("tomorrow 09:00", late, NEW_YORK) == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_tomorrow_at_nine_is_at_nine_when_the_clocks_change_in_between() -> None:
    before_spring = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    before_autumn = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    assert read_later("tomorrow 09:00", before_spring, AMSTERDAM) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert read_later("tomorrow 09:00", before_autumn, AMSTERDAM) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    assert read_later("in 1 day", before_spring, AMSTERDAM) == datetime(2026, 3, 29, 11, 0, tzinfo=UTC)
    assert read_later("in 24 h", before_spring, AMSTERDAM) == datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_as_much_later() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)

    assert local("tomorrow 02:30", before, AMSTERDAM) == "29 03:30"


def test_a_time_that_comes_twice_is_the_first_one() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    assert read_later("tomorrow 02:30", before, AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(now=moments, zone=zones, hours=some.integers(1, 8_000))
def test_hours_pass_alike_everywhere(now: datetime, zone: tzinfo, hours: int) -> None:
    assert read_later(f"in {hours}h", now, zone) == now + timedelta(hours=hours)


@given(now=moments, zone=zones, days=some.integers(1, 300), hour=some.integers(4, 23), minute=some.integers(0, 59))
def test_a_date_and_a_time_are_those_on_the_clocks_there(
    now: datetime, zone: tzinfo, days: int, hour: int, minute: int
) -> None:
    day = now.astimezone(zone).date() + timedelta(days=days)
    moment = read_later(f"{day} {hour}:{minute:02}", now, zone)

    assert moment is not None
    there = moment.astimezone(zone)
    assert (there.date(), there.time()) == (day, time(hour, minute))


@given(typed=some.text(max_size=80), now=moments, zone=zones)
def test_whatever_is_typed_gives_moments_to_come_within_a_year_in_utc(typed: str, now: datetime, zone: tzinfo) -> None:
    choices = later_choices(typed, now, zone)

    assert all(now < choice.moment <= now + LONGEST and choice.moment.tzinfo is UTC for choice in choices)
    assert len({choice.moment for choice in choices}) == len(choices)


@given(now=moments, zone=zones)
def test_they_open_at_nine_on_a_working_day_and_no_opening_is_passed_over(now: datetime, zone: tzinfo) -> None:
    opening = next_opening(now, zone)

    there = opening.astimezone(zone)
    assert (there.time(), there.weekday() < 5) == (time(9), True)
    assert now < opening <= now + timedelta(days=3, hours=1)
    assert next_opening(opening - timedelta(seconds=1), zone) == opening


@given(one=moments, by=some.timedeltas(timedelta(0), timedelta(days=9)), zone=zones)
def test_who_asks_later_is_not_told_of_an_earlier_opening(one: datetime, by: timedelta, zone: tzinfo) -> None:
    assert next_opening(one, zone) <= next_opening(one + by, zone)


def test_after_friday_they_open_on_monday() -> None:
    friday = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)

    assert next_opening(friday, JAKARTA) == datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


def test_what_is_usual_is_offered_and_narrowed_by_typing() -> None:
    labels = [choice.label for choice in later_choices("", MONDAY, JAKARTA)]

    assert labels == ["when they open", "in 1 hour", "Monday morning"]
    assert [choice.label for choice in later_choices("hour", MONDAY, JAKARTA)] == ["in 1 hour"]
    first = later_choices("besok 10.00", MONDAY, JAKARTA)[0]
    assert (first.label, first.local) == ("besok 10.00", "Tue 24 Nov 10:00")


def numbers(*values: str) -> list[ContactRow]:
    return [ContactRow(ContactKind.EMAIL, "62@example.org"), *(ContactRow(ContactKind.PHONE, each) for each in values)]


@pytest.mark.parametrize(
    ("values", "zone"),
    [
        (["+62 812 3456"], "Asia/Jakarta"), (["0086 10 1234"], "Asia/Shanghai"), (["+852 1234"], "Asia/Hong_Kong"),
        (["31612345678"], "Europe/Amsterdam"), (["+1 212 555"], "America/New_York"), (["+670 77"], "Asia/Dili"),
        (["0812 3456"], "Asia/Singapore"), ([], "Asia/Singapore"), (["+999 1"], "Asia/Singapore"),
        (["(none)", "+81 3"], "Asia/Tokyo"),
    ],
)  # fmt: skip
def test_a_customer_is_where_their_number_is_at_home_else_where_the_desk_is(values: list[str], zone: str) -> None:
    assert str(zone_of(numbers(*values), "SG")) == zone


def test_every_country_with_a_calling_code_has_a_zone() -> None:
    assert ZONES.keys() == CALLING_CODES.keys()
    assert str(zone_of([], "XX")) == "Asia/Jakarta"


HOURS = ServiceCalendar(JAKARTA, {day: [(8 * 60, 21 * 60)] for day in range(7)})


def test_openings_are_those_of_the_service_hours() -> None:
    evening, sunday = datetime(2026, 11, 24, 16, 0, tzinfo=UTC), datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
    for now, opening in ((evening, "2026-11-25 01:00"), (sunday, "2026-11-30 01:00"), (MONDAY, "2026-11-24 01:00")):
        expected = datetime.fromisoformat(opening).replace(tzinfo=UTC)
        assert read_later("when they open", now, JAKARTA, HOURS) == expected
        assert later_choices("open", now, JAKARTA, HOURS)[0].moment == expected


def test_who_never_closes_has_no_opening_to_wait_for() -> None:
    always = ServiceCalendar(JAKARTA, {day: [(0, 24 * 60)] for day in range(7)})

    assert read_later("when they open", MONDAY, JAKARTA, always) is None
    assert "when they open" not in [each.label for each in later_choices("", MONDAY, JAKARTA, always)]
