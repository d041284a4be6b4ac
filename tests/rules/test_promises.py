"""What is promised on arrival: how long it takes, and a moment in the customer's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Language
from desk.rules.hours import HoursPlan
from desk.rules.promises import Ahead, Pace, expected_wait, outlook, pace_of, told

JAKARTA = ZoneInfo("Asia/Jakarta")
PLAN = HoursPlan("email", "E-mail", JAKARTA, dict.fromkeys(range(5), ((8 * 60, 18 * 60),)))
FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 30, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.INDONESIAN, "Senin, 09.00 WIB"),
        (Language.ENGLISH, "Monday, 09:00 WIB"),
        (Language.CHINESE, "周一 09:00 (WIB)"),
    ],
)
def test_a_moment_is_told_as_people_say_it(language: Language, words: str) -> None:
    assert told(MONDAY_NINE, FRIDAY, JAKARTA, language) == words


def test_today_is_called_so_and_a_far_day_has_its_date() -> None:
    assert told(MONDAY_NINE, MONDAY_NINE, JAKARTA, Language.INDONESIAN) == "hari ini, 09.00 WIB"
    far = MONDAY_NINE + timedelta(days=8)
    assert told(far, MONDAY_NINE, JAKARTA, Language.ENGLISH) == "Tuesday, 8 December, 09:00 WIB"
    assert told(far, MONDAY_NINE, JAKARTA, Language.CHINESE) == "12月8日（周二） 09:00 (WIB)"


def test_the_wait_is_the_queue_by_the_pace_and_half_as_long_again_rounded_up() -> None:
    assert expected_wait(Ahead(9), Pace(20, is_current=True), 8 * 3600) == 45 * 60
    assert expected_wait(Ahead(0), Pace(60, is_current=True), 8 * 3600) == 15 * 60
    assert expected_wait(Ahead(99), Pace(10, is_current=True), 8 * 3600) == 15 * 3600


def test_where_nobody_answers_the_policy_says_how_long_it_takes() -> None:
    assert expected_wait(Ahead(3), Pace(), 8 * 3600) == 8 * 3600


def test_the_pace_of_some_time_ago_counts_only_where_somebody_before_is_late() -> None:
    assert expected_wait(Ahead(9, is_late=True), Pace(10), 120) == 90 * 60
    assert expected_wait(Ahead(9), Pace(10), 120) == 120
    assert expected_wait(Ahead(9, is_late=True), Pace(), 120) == 120


def test_the_pace_is_that_of_the_last_hour_or_of_the_one_before_the_last_answer() -> None:
    ten = MONDAY_NINE + timedelta(hours=1)
    friday = [datetime(2026, 11, 27, 10, minute, tzinfo=UTC) for minute in (5, 45, 55)]

    assert pace_of([*friday, ten - timedelta(minutes=1)], PLAN.hours, ten) == Pace(1, is_current=True)
    assert pace_of(friday, PLAN.hours, MONDAY_NINE - timedelta(minutes=30)) == Pace(2, is_current=True), "in service"
    assert pace_of(friday, PLAN.hours, ten) == Pace(3, is_current=False)
    assert pace_of([], PLAN.hours, ten) == Pace()


def test_what_comes_in_while_closed_is_promised_for_after_the_opening() -> None:
    seen = outlook(PLAN, FRIDAY, 3600)

    assert seen is not None
    assert (seen.opens, seen.until) == (MONDAY_NINE - timedelta(hours=1), MONDAY_NINE)


def test_nothing_is_promised_where_nobody_comes_again() -> None:
    assert outlook(HoursPlan("x", "X", JAKARTA, {}), FRIDAY, 3600) is None


@given(ahead=st.integers(0, 5000), pace=st.integers(1, 500), more=st.integers(0, 100))
def test_more_before_me_is_never_promised_earlier(ahead: int, pace: int, more: int) -> None:
    now = Pace(pace, is_current=True)
    assert expected_wait(Ahead(ahead + more), now, 3600) >= expected_wait(Ahead(ahead), now, 3600)
    assert expected_wait(Ahead(ahead), now, 3600) >= ahead / pace * 3600 or ahead / pace > 5 * 24 / 1.5
