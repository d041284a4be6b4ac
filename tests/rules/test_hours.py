# ruff: noqa: DTZ001  (times without a zone are what calendars are about)
"""Service hours: the clock on the wall decides, on every day of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from desk.rules.hours import Both, CalendarError, Closure, Either, Except, HoursPlan, ServiceCalendar
from desk.rules.hours.calendar import Interval
from desk.rules.hours.reading import WEEKDAYS, read_calendar
from desk.rules.hours.wall_hours import open_share

BERLIN, JAKARTA, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Jakarta"), ZoneInfo("Pacific/Apia")
ZONES = [BERLIN, JAKARTA, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
NINE_TO_FIVE = (9 * 60, 17 * 60)
OFFICE = {key: [NINE_TO_FIVE] for key in range(5)}


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_opening_moment_is_open_and_the_closing_moment_is_not() -> None:
    office = ServiceCalendar(BERLIN, OFFICE)

    assert office.is_open(at("2026-11-23T09:00"))
    assert not office.is_open(at("2026-11-23T17:00"))
    assert office.next_open(at("2026-11-23T17:00")) == at("2026-11-24T09:00")
    assert office.next_close(at("2026-11-23T12:00")) == at("2026-11-23T17:00")
    assert office.since(at("2026-11-23T12:00")) == at("2026-11-23T09:00")
    assert office.since(at("2026-11-22T12:00")) == at("2026-11-20T17:00")


def test_time_used_up_at_closing_ends_at_closing_and_none_begins_at_the_next_opening() -> None:
    office = ServiceCalendar(BERLIN, OFFICE)

    assert office.add(at("2026-11-20T16:00"), 3600) == at("2026-11-20T17:00")
    assert office.add(at("2026-11-20T16:00"), 3601) == at("2026-11-23T09:00:01")
    assert office.add(at("2026-11-20T17:00"), 0) == at("2026-11-23T09:00")
    assert office.subtract(at("2026-11-23T10:00"), 3600) == at("2026-11-23T09:00")
    assert office.subtract(at("2026-11-23T08:00"), 0) == at("2026-11-20T17:00")


def test_a_night_shift_ends_at_a_closed_date_and_does_not_run_out_of_it() -> None:
    night = ServiceCalendar(BERLIN, {key: [(22 * 60, 6 * 60)] for key in range(7)}, closed=[date(2026, 12, 25)])

    assert night.next_close(at("2026-12-24T23:00")) == at("2026-12-25T00:00")
    assert night.next_open(at("2026-12-25T00:00")) == at("2026-12-26T22:00")


def test_a_special_dates_own_evening_runs_into_the_next() -> None:
    office = ServiceCalendar(BERLIN, OFFICE, special={date(2026, 11, 28): [(22 * 60, 2 * 60)]})

    assert office.elapsed(at("2026-11-28T00:00"), at("2026-11-30T00:00")) == 4 * 3600


def test_what_the_clock_skips_is_never_open_and_what_it_shows_twice_counts_twice() -> None:
    early = ServiceCalendar(BERLIN, {6: [(2 * 60 + 30, 3 * 60 + 15)]})
    assert early.next_open(at("2026-03-29T00:00")) == utc("2026-03-29T01:00"), "03:00 is the first that the clock shows"
    assert early.elapsed(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 15 * 60
    assert early.elapsed(at("2026-10-25T00:00"), at("2026-10-26T00:00")) == 45 * 60 + 30 * 60

    whole = ServiceCalendar(BERLIN, {key: [(0, 1440)] for key in range(7)})
    assert whole.elapsed(at("2026-10-25T00:00"), at("2026-10-26T00:00")) == 25 * 3600
    assert whole.elapsed(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 23 * 3600


@pytest.mark.parametrize(
    ("zone", "day", "shares"),
    [
        ("America/New_York", date(2026, 11, 1), [1, 1, 1]),
        ("America/New_York", date(2026, 3, 8), [1, 1, 0]),
        ("Australia/Lord_Howe", date(2026, 4, 5), [1, 1, 1]),
        ("Australia/Lord_Howe", date(2026, 10, 4), [1, 1, 1]),
    ],
)
def test_an_hour_on_the_wall_is_open_as_often_as_clocks_show_it(zone: str, day: date, shares: list[float]) -> None:
    always = ServiceCalendar(ZoneInfo(zone), dict.fromkeys(range(7), ((0, 1440),)))
    assert [open_share(always, day, hour, ZoneInfo(zone)) for hour in range(3)] == shares


def test_one_of_two_like_hours_is_half_of_them() -> None:
    new_york = ZoneInfo("America/New_York")
    nights = ServiceCalendar(new_york, {6: ((0, 120),)})
    second = (at("2026-11-01 01:00", new_york, fold=1), at("2026-11-01 02:00", new_york))
    assert open_share(Except(nights, [second]), date(2026, 11, 1), 1, new_york) == 0.5


def test_a_date_that_a_zone_left_out_has_hours_that_never_come() -> None:
    night = ServiceCalendar(APIA, {4: [(20 * 60, 4 * 60)], 3: [(20 * 60, 4 * 60)]})

    assert night.is_open(at("2011-12-31T03:00", APIA)), (
        "the evening of the 30th, which was left out, runs into the 31st"
    )
    assert night.next_close(at("2011-12-29T21:00", APIA)) == at("2011-12-31T04:00", APIA), "nothing lies between them"


@pytest.mark.slow
def test_what_never_closes_and_what_never_opens() -> None:
    always = ServiceCalendar(JAKARTA, {key: [(0, 0)] for key in range(7)})
    never = ServiceCalendar(JAKARTA, {}, special={date(2020, 1, 1): [NINE_TO_FIVE]})
    leap = ServiceCalendar(JAKARTA, {}, special={date(2096, 2, 29): [NINE_TO_FIVE]})

    assert always.next_close(utc("2026-11-23T00:00")) is None
    assert always.since(utc("2026-11-23T00:00")) is None
    assert never.next_open(utc("2026-11-23T00:00")) is None
    assert never.add(utc("2026-11-23T00:00"), 1) is None
    assert never.subtract(utc("2026-11-23T00:00"), 1) == at("2020-01-01T16:59:59", JAKARTA)
    assert never.last_open_before(utc("2026-11-23T00:00")) == at("2020-01-01T17:00", JAKARTA)
    assert leap.next_open(utc("2026-11-23T00:00")) == at("2096-02-29T09:00", JAKARTA)


def test_breaks_are_taken_away_last() -> None:
    lunch = [(datetime(2026, 11, 23, 12), datetime(2026, 11, 23, 13))]
    office = ServiceCalendar(BERLIN, OFFICE, breaks=lunch)

    assert office.add(at("2026-11-23T11:00"), 2 * 3600) == at("2026-11-23T14:00")


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ServiceCalendar(BERLIN, OFFICE).is_open(datetime(2026, 11, 23, 9))


clock = some.integers(0, 1439)
intervals = some.lists(some.tuples(clock, some.integers(0, 1440)), max_size=3)
weeks = some.dictionaries(some.integers(0, 6), intervals, max_size=7)
days = some.dates(date(2026, 1, 1), date(2027, 12, 31))
calendars = some.builds(
    ServiceCalendar,
    some.sampled_from(ZONES),
    weeks,
    closed=some.lists(days, max_size=5),
    special=some.dictionaries(days, intervals, max_size=5),
)
moments = some.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=some.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
amounts = some.integers(1, 60 * 86_400)


@pytest.mark.slow
@given(calendars, moments, amounts)
def test_so_much_time_has_passed_when_so_much_was_added(office: ServiceCalendar, moment: datetime, amount: int) -> None:
    later = office.add(moment, amount)

    if later is not None:
        assert office.elapsed(moment, later) == amount
        assert office.elapsed(moment, later - timedelta(seconds=1)) == amount - 1, "and not a second before"


@pytest.mark.slow
@given(calendars, moments, amounts)
def test_so_much_time_passes_from_where_so_much_was_taken_away(
    office: ServiceCalendar, moment: datetime, amount: int
) -> None:
    earlier = office.subtract(moment, amount)

    if earlier is not None:
        assert office.elapsed(earlier, moment) == amount
        assert office.elapsed(earlier + timedelta(seconds=1), moment) == amount - 1


@pytest.mark.slow
@given(calendars, moments, moments, moments)
def test_time_adds_up(office: ServiceCalendar, one: datetime, other: datetime, third: datetime) -> None:
    assert office.elapsed(one, other) + office.elapsed(other, third) == office.elapsed(one, third)
    assert office.elapsed(one, other) == -office.elapsed(other, one)


@given(calendars, moments)
def test_the_next_opening_is_the_first_open_moment(office: ServiceCalendar, moment: datetime) -> None:
    opening = office.next_open(moment)

    assert (opening == moment) == office.is_open(moment)
    if opening is not None:
        assert office.is_open(opening)
        assert office.elapsed(moment, opening) == 0
    if office.is_open(moment):
        closing = office.next_close(moment)
        assert closing is None or office.elapsed(moment, closing) == (closing - moment).total_seconds()


@pytest.mark.slow
@given(weeks, some.integers(0, 6), clock, clock, moments, amounts)
def test_cutting_an_interval_in_two_changes_nothing(
    week: dict[int, list[Interval]], weekday: int, start: int, end: int, moment: datetime, amount: int
) -> None:
    if start == end:
        return
    pieces = [(start, end // 2), (end // 2, end)] if start < end // 2 < end else [(start, end)]
    for zone in ZONES:
        whole = ServiceCalendar(zone, week | {weekday: [(start, end)]})
        cut = ServiceCalendar(zone, week | {weekday: pieces})
        assert cut.add(moment, amount) == whole.add(moment, amount)


@pytest.mark.slow
@given(weeks, moments, amounts, some.integers(-11, 13))
def test_moving_the_zone_moves_the_answer(
    week: dict[int, list[Interval]], moment: datetime, amount: int, hours: int
) -> None:
    east = ZoneInfo(f"Etc/GMT{-hours:+d}") if hours else ZoneInfo("UTC")
    moved = timedelta(hours=hours)

    here = ServiceCalendar(ZoneInfo("UTC"), week).add(moment, amount)
    there = ServiceCalendar(east, week).add(moment - moved, amount)

    assert there == (here - moved if here is not None else None)


@settings(max_examples=30)
@given(calendars, calendars, moments)
def test_two_calendars_together(one: ServiceCalendar, other: ServiceCalendar, moment: datetime) -> None:
    assert Both(one, other).is_open(moment) == (one.is_open(moment) and other.is_open(moment))
    assert Either(one, other).is_open(moment) == (one.is_open(moment) or other.is_open(moment))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": "Asia/Jakarta", "weekly": {"monday": []}}, "weekly.monday is no day"),
        ({"zone": "Mars/Olympus", "weekly": {}}, "zone 'Mars/Olympus'"),
        ({"zone": "../../etc/passwd"}, "none of the tz database"),
        ({"zone": None}, "none of the tz database"),
        ({"zone": "UTC", "weekly": {"mon": [["9", "17:00"]]}}, "'9' is no time of day"),
        ({"zone": "UTC", "weekly": {"mon": [["24:00", "17:00"]]}}, "24:00 ends a date"),
        ({"zone": "UTC", "weekly": {"mon": ["09:00"]}}, "is no interval"),
        ({"zone": "UTC", "closed": ["2026-02-30"]}, "is no date"),
        ({"zone": "UTC", "breaks": [["2026-02-03T10:00Z", "2026-02-03T11:00"]]}, "is no local moment"),
        ({"zone": "UTC", "holidays": []}, "holidays is no part"),
        ([], "a calendar is a table"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_named(wrong: object, said: str) -> None:
    with pytest.raises(CalendarError, match=said):
        read_calendar(wrong)


def test_a_calendar_is_read_from_plain_data() -> None:
    data = {"zone": "Asia/Jakarta", "weekly": {key: [["00:00", "24:00"]] for key in WEEKDAYS}, "closed": ["2026-12-25"]}

    assert read_calendar(data).next_close(utc("2026-12-20T00:00")) == at("2026-12-25T00:00", JAKARTA)


def test_a_date_shows_when_it_is_open_without_what_was_closed_on_the_spot() -> None:
    night = (22 * 60, 6 * 60)
    plan = HoursPlan("phone", "Phone", JAKARTA, {0: ((9 * 60, 17 * 60),), 1: (night,)})
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)

    def closed(since: str, until: str) -> HoursPlan:
        return plan.with_closures([Closure(at(f"2026-11-{since}", JAKARTA), at(f"2026-11-{until}", JAKARTA), "drill")])

    assert closed("23T13:05", "23T14:00").open_on(monday) == ((540, 785), (840, 1020))
    assert closed("22T13:05", "23T14:00").open_on(monday) == ((840, 1020),)
    assert closed("22T13:05", "24T14:00").open_on(monday) == ()
    assert closed("24T23:00", "25T01:00").open_on(tuesday) == ((1320, 1380), (1500, 1800))
    assert plan.open_on(tuesday) == ((1320, 1800),)
    part = plan.with_closures([Closure(at("2026-11-23T13:05:40", JAKARTA), at("2026-11-23T13:59:20", JAKARTA), "")])
    assert part.open_on(monday) == ((540, 785), (840, 1020)), "whole minutes"


def test_what_is_closed_for_ever_is_answered_from_few_years() -> None:
    weekly = dict.fromkeys(range(7), ((9 * 60, 17 * 60),))
    asked: list[int] = []

    class Counted(ServiceCalendar):
        def stretches(self, year: int) -> list[tuple[int, int]]:
            asked.append(year)
            return super().stretches(year)

    now = utc("2026-11-27T03:00")
    hours = Except(Counted(JAKARTA, weekly), [(now, datetime(9999, 12, 31, tzinfo=UTC))])
    assert (hours.next_open(now), hours.add(now, 60), hours.next_close(now)) == (None, None, now)
    assert hours.since(now + timedelta(days=5000)) == now
    assert set(asked) == {2026}


def test_plans_that_differ_by_closures_alone_share_what_was_laid_out() -> None:
    plan = HoursPlan("phone", "Phone", JAKARTA, {0: ((9 * 60, 17 * 60),)})
    closure = Closure(utc("2026-11-23T03:00"), utc("2026-11-23T04:00"), "a drill")
    closed = plan.with_closures([closure])
    assert closed.planned is plan.hours
    assert closed.with_closures([]).hours is plan.hours
    assert (plan.hours.is_open(closure.starts_at), closed.hours.is_open(closure.starts_at)) == (True, False)
