"""The rules by which figures are counted, and the buckets of times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Channel
from desk.rules.channel_load import Load, load_of
from desk.rules.measures import (
    EDGES,
    ERROR,
    LONGEST,
    Course,
    Fact,
    Measure,
    bucket_of,
    count,
    percentile,
    seconds_of,
)

START = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)


def counted(*facts: Fact) -> dict[Measure, int]:
    """The sums that a case's events come to."""
    course = Course(Channel.EMAIL, START)
    sums: dict[Measure, int] = {}
    for fact in facts:
        for _, measure, _, amount in count(course, fact):
            sums[measure] = sums.get(measure, 0) + amount
    return {measure: amount for measure, amount in sums.items() if amount}


def fact(kind: str, hours: float = 0, **more: Any) -> Fact:
    return Fact(kind, START + timedelta(hours=hours), more.pop("data", {}), **more)


def moved(status: str, hours: float, kind: str = "case.status", **more: str) -> Fact:
    return fact(kind, hours, data={"after": {"status": status, **more}})


@given(st.integers(0, LONGEST))
def test_a_time_told_from_its_bucket_is_off_by_less_than_the_bound(seconds: int) -> None:
    told = seconds_of(bucket_of(seconds))
    assert abs(told - seconds) <= ERROR * seconds


def test_short_times_are_exact_and_no_time_is_too_long_or_too_short() -> None:
    assert [seconds_of(bucket_of(seconds)) for seconds in range(10)] == list(range(10))
    assert bucket_of(-5) == 0
    assert EDGES[bucket_of(10 * LONGEST)] <= LONGEST


@given(st.lists(st.integers(0, 10**6), min_size=1), st.sampled_from([0.5, 0.9]))
def test_percentiles_from_buckets_are_those_of_the_times_within_the_bound(times: list[int], share: float) -> None:
    buckets: dict[int, int] = {}
    for each in times:
        buckets[bucket_of(each)] = buckets.get(bucket_of(each), 0) + 1
    exact = sorted(times)[max(1, -(-len(times) * round(share * 10) // 10)) - 1]
    assert percentile(buckets, share) == pytest.approx(exact, rel=ERROR)


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile({}, 0.5) is None


def test_only_what_left_is_an_answer_and_only_the_first_is_a_first_response() -> None:
    left = fact("message.sent", 1, is_reply=True, data={"first_response": 60})
    assert counted(fact("message.sent", 1)) == {}
    assert counted(left, fact("message.sent", 2, is_reply=True)) == {Measure.REPLIES: 2, Measure.FIRST_RESPONSE: 1}
    unknown = fact("message.settled", 1, is_reply=True, data={"after": {"state": "cancelled"}})
    found = fact("message.settled", 1, is_reply=True, data={"after": {"state": "sent"}})
    assert counted(unknown) == {}
    assert counted(found) == {Measure.REPLIES: 1, Measure.FIRST_RESPONSE: 1}


def test_a_closed_case_stays_solved_and_one_closed_unsolved_is_not() -> None:
    assert counted(moved("solved", 1), moved("closed", 2)) == {Measure.SOLVED: 1}
    assert counted(moved("closed", 2)) == {}


def test_an_answer_taken_back_undoes_what_it_did_to_its_case() -> None:
    undone = [moved("solved", 1), fact("message.taken_back", 2), moved("open", 2)]
    assert counted(*undone) == {}
    assert counted(*undone, moved("solved", 3), moved("open", 4)) == {Measure.REOPENED: 1}


def test_what_an_event_does_not_say_is_not_counted() -> None:
    assert counted(fact("case.status", data={}), fact("case.claimed", data={"before": {"assignee": None}})) == {}


def test_busy_is_open_and_late_or_too_many_for_those_on_it() -> None:
    assert load_of(is_open=False, is_late=True, waiting=99, agents=0) is Load.CLOSED
    assert load_of(is_open=True, is_late=False, waiting=10, agents=0) is Load.OPEN
    assert load_of(is_open=True, is_late=False, waiting=20, agents=2) is Load.OPEN
    assert load_of(is_open=True, is_late=False, waiting=21, agents=2) is Load.BUSY
    assert load_of(is_open=True, is_late=True, waiting=1, agents=5) is Load.BUSY
