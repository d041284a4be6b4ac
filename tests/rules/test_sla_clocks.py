"""The clocks of a case, from what happened to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Channel, ClockKind, ClockState, MessageKind, Status
from desk.rules.hours import ServiceCalendar
from desk.rules.sla import Clock, Fact, Matter, Policy, PolicyError, What, clocks_of, most_urgent, policy_for
from desk.rules.sla.facts import Happened, Said, facts_of
from desk.rules.sla.policy import BUILT_IN, PAUSING, read_length, read_targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

HOUR = 3600
HOURS = ServiceCalendar(ZoneInfo("Asia/Jakarta"), {day: [(8 * 60, 18 * 60)] for day in range(5)})
MONDAY_NINE = datetime(2026, 11, 23, 2, tzinfo=UTC)
TARGETS = {
    ClockKind.FIRST_RESPONSE: (HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR),
    ClockKind.NEXT_RESPONSE: (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR),
    ClockKind.RESOLUTION: (10 * HOUR, 20 * HOUR, 50 * HOUR, 100 * HOUR),
}
POLICY = Policy("standard", "Standard", TARGETS)
FIRST, NEXT, WHOLE = ClockKind


def at(hours: float) -> datetime:
    return MONDAY_NINE + timedelta(hours=hours)


def opened(hours: float = 0, status: Status = Status.NEW) -> Fact:
    return Fact(at(hours), What.OPENED, status)


def moved(hours: float, status: Status) -> Fact:
    return Fact(at(hours), What.STATUS, status)


def answered(hours: float) -> Fact:
    return Fact(at(hours), What.ANSWERED)


def asked(hours: float) -> Fact:
    return Fact(at(hours), What.ASKED)


def measured(*facts: Fact, policy: Policy = POLICY, priority: int = 3, hours: Any = HOURS) -> dict[ClockKind, Clock]:
    return {each.kind: each for each in clocks_of(facts, policy, priority, hours)}


def test_what_is_left_of_a_clock_is_what_is_left_at_that_moment() -> None:
    clock = measured(opened())[FIRST]
    assert [clock.left(at(hours), HOURS) / HOUR for hours in (0, 2, 9, 15, 24, 26)] == [8, 6, -1, -1, -2, -4]
    paused = measured(opened(), moved(3, Status.WAITING_CUSTOMER))[FIRST]
    assert [paused.left(at(hours), HOURS) / HOUR for hours in (3, 30)] == [5, 5]
    met = measured(opened(), answered(1))[FIRST]
    assert met.left(at(30), HOURS) == 7 * HOUR
    assert measured(opened(), hours=None)[FIRST].left(at(9), None) == -HOUR


def test_a_new_case_owes_a_first_response_and_a_resolution_in_service_time() -> None:
    clocks = measured(opened())

    assert clocks[FIRST].due_at == at(8)  # eight hours from nine
    assert clocks[WHOLE].due_at == at(4 * 24 + 24 * 3)  # nine hours on Monday, forty to Friday, one on Monday after
    assert most_urgent(clocks.values()) == at(8)
    assert {each.state for each in clocks.values()} == {ClockState.RUNNING}


def test_what_comes_in_while_closed_has_its_whole_time_from_the_opening_on() -> None:
    assert measured(opened(10), priority=1)[FIRST].due_at == at(24)


def test_an_answer_meets_the_first_response_with_the_time_taken() -> None:
    clock = measured(opened(), moved(2, Status.WAITING_CUSTOMER), answered(2))[FIRST]

    assert (clock.state, clock.ended_at, clock.taken, clock.is_late) == (ClockState.MET, at(2), 2 * HOUR, False)


def test_an_answer_after_its_time_is_late() -> None:
    clock = measured(opened(), answered(8.5))[FIRST]

    assert (clock.state, clock.is_late, clock.due_at) == (ClockState.MET, True, at(8))


def test_the_customers_next_message_owes_a_next_response_once() -> None:
    clocks = measured(opened(), answered(1), asked(2), asked(3))

    assert (clocks[NEXT].started_at, clocks[NEXT].due_at) == (at(2), at(6))


def test_waiting_for_the_customer_stops_time_and_their_word_lets_it_go_on() -> None:
    paused = measured(opened(), moved(3, Status.WAITING_CUSTOMER))
    resumed = measured(opened(), moved(3, Status.WAITING_CUSTOMER), moved(5, Status.OPEN), asked(5))

    assert (paused[FIRST].state, paused[FIRST].due_at, paused[FIRST].remaining) == (ClockState.PAUSED, None, 5 * HOUR)
    assert most_urgent(paused.values()) is None
    assert resumed[FIRST].due_at == at(24)  # four hours are left on Monday, one on Tuesday from eight
    assert NEXT not in resumed


def test_a_case_put_aside_goes_on_where_its_policy_says_so() -> None:
    strict = Policy("strict", "Strict", TARGETS, pauses=PAUSING - {Status.ON_HOLD})

    assert measured(opened(), moved(1, Status.ON_HOLD))[FIRST].state is ClockState.PAUSED
    assert measured(opened(), moved(1, Status.ON_HOLD), policy=strict)[FIRST].due_at == at(8)


def test_solving_meets_the_resolution_and_ends_what_nobody_waits_for_any_more() -> None:
    clocks = measured(opened(), moved(2, Status.SOLVED))

    assert (clocks[WHOLE].state, clocks[FIRST].state) == (ClockState.MET, ClockState.STOPPED)


def test_an_answer_that_solves_meets_both() -> None:
    clocks = measured(opened(), moved(2, Status.SOLVED), answered(2))

    assert (clocks[WHOLE].state, clocks[FIRST].state) == (ClockState.MET, ClockState.MET)


def test_a_reopened_case_goes_on_with_its_resolution_and_owes_a_next_response() -> None:
    clocks = measured(opened(), moved(2, Status.SOLVED), answered(2), moved(26, Status.OPEN), asked(26))

    assert (clocks[WHOLE].state, clocks[WHOLE].started_at) == (ClockState.RUNNING, at(0))
    assert clocks[WHOLE].remaining == 48 * HOUR
    assert clocks[NEXT].started_at == at(26)


def test_a_case_that_is_spam_or_merged_meets_nothing() -> None:
    clocks = measured(opened(), moved(2, Status.CLOSED), Fact(at(2), What.VOID))

    assert {each.state for each in clocks.values()} == {ClockState.STOPPED}


def test_a_broken_clock_keeps_the_moment_at_which_it_broke() -> None:
    broke = Fact(at(8), What.BREACHED, clock=FIRST, started=at(0), due=at(8))
    clock = measured(opened(), broke, priority=1)[FIRST]

    assert (clock.due_at, clock.breached_at, clock.alarm_at) == (at(8), at(8), None)


def test_somebody_is_warned_at_each_share_and_told_of_the_breach_after_the_last() -> None:
    half = Fact(at(4), What.WARNED, clock=FIRST, started=at(0), share=50)
    most = Fact(at(6.4), What.WARNED, clock=FIRST, started=at(0), share=80)

    assert measured(opened())[FIRST].alarm_at == at(4)
    assert measured(opened(), half)[FIRST].alarm_at == at(6.4)
    assert measured(opened(), half, most)[FIRST].alarm_at == at(8)
    assert measured(opened(), half, most)[FIRST].warnings == ((at(4), 50), (at(6.4), 80))


def test_a_case_that_takes_another_over_owes_no_later_than_that_one_did() -> None:
    took = Fact(at(5), What.TOOK_OVER, started=at(1), due=at(2))
    clock = measured(opened(3), took)[FIRST]

    assert (clock.started_at, clock.due_at) == (at(1), at(2))


def test_a_channel_that_never_opens_counts_as_always_open() -> None:
    never = ServiceCalendar(ZoneInfo("Asia/Jakarta"), {})

    assert measured(opened(), hours=never)[FIRST].due_at == at(8)
    assert measured(opened(), hours=None)[FIRST].due_at == at(8)


# From events to facts.


def happened(hours: float, kind: str, **data: Any) -> Happened:
    return Happened(at(hours), kind, data)


def statuses(facts: Sequence[Fact]) -> list[Status]:
    return [each.status for each in facts if each.what in {What.OPENED, What.STATUS}]


OPENED = happened(0, "case.opened")
WAITING = {"status": "waiting_customer"}
ANSWER = {7: Said(at(1), MessageKind.OUTBOUND, is_automatic=False, is_aside=False)}


def test_an_answer_taken_back_has_not_happened() -> None:
    events = [
        OPENED, happened(1, "case.status", after=WAITING), happened(1, "message.written", message=7),
        happened(1.1, "message.taken_back", message=7), happened(1.1, "case.status", after={"status": "new"}),
    ]  # fmt: skip

    assert facts_of(at(0), events, ANSWER) == [opened()]


def test_a_change_that_was_undone_has_not_happened() -> None:
    events = [
        OPENED, happened(1, "case.status", after={"status": "solved"}),
        happened(2, "case.put_back", before={"status": "solved"}, after={"status": "new"}),
    ]  # fmt: skip

    assert facts_of(at(0), events, {}) == [opened()]


def test_undoing_another_priority_leaves_the_status_alone() -> None:
    events = [
        OPENED, happened(1, "case.status", after=WAITING),
        happened(2, "case.put_back", before=WAITING, after=WAITING),
    ]  # fmt: skip

    assert statuses(facts_of(at(0), events, {})) == [Status.NEW, Status.WAITING_CUSTOMER]


def test_what_opened_a_case_had_been_waiting_before_it_was_taken_in() -> None:
    said = {1: Said(at(-5), MessageKind.INBOUND, is_automatic=False, is_aside=False)}
    facts = facts_of(at(0), [OPENED, happened(0, "message.received", message=1)], said)

    assert [each.at for each in facts] == [at(-5), at(-5)]


@pytest.mark.parametrize(
    "message",
    [
        Said(at(1), MessageKind.INBOUND, is_automatic=True, is_aside=False),
        Said(at(1), MessageKind.INBOUND, is_automatic=False, is_aside=True),
        Said(at(1), MessageKind.OUTBOUND, is_automatic=True, is_aside=False),
        Said(at(1), MessageKind.OUTBOUND, is_automatic=False, is_aside=True),
    ],
)
def test_what_machines_and_third_parties_say_moves_no_clock(message: Said) -> None:
    kind = "message.received" if message.kind is MessageKind.INBOUND else "message.written"

    assert facts_of(at(0), [OPENED, happened(1, kind, message=7)], {7: message}) == [opened()]


# Properties.

STEPS = st.lists(
    st.tuples(st.integers(0, 40 * HOUR), st.sampled_from([*Status, What.ASKED, What.ANSWERED])), max_size=14
)


def history(steps: list[tuple[int, Status | What]]) -> list[Fact]:
    now, facts = MONDAY_NINE, [opened()]
    for pause, step in steps:
        now += timedelta(seconds=pause)
        facts.append(Fact(now, What.STATUS, step) if isinstance(step, Status) else Fact(now, step))
    return facts


@given(steps=STEPS, priority=st.integers(1, 4))
def test_time_taken_and_time_left_are_the_target_until_it_is_used_up(
    steps: list[tuple[int, Status | What]], priority: int
) -> None:
    for clock in clocks_of(history(steps), POLICY, priority, HOURS):
        if clock.taken <= clock.target:
            assert clock.taken + clock.remaining == clock.target
        if clock.state is ClockState.RUNNING and clock.remaining and clock.resumed_at:
            assert clock.due_at == HOURS.add(clock.resumed_at, clock.remaining)


@given(steps=STEPS, priority=st.integers(1, 4))
def test_clocks_are_the_same_whenever_they_are_asked_for_and_one_response_is_owed_at_a_time(
    steps: list[tuple[int, Status | What]], priority: int
) -> None:
    facts = history(steps)
    clocks = clocks_of(facts, POLICY, priority, HOURS)
    still_open = [each for each in clocks if each.ended_at is None and each.kind is not WHOLE]

    assert clocks == clocks_of(list(facts), POLICY, priority, HOURS)
    assert len(still_open) <= 1
    assert sum(each.kind is WHOLE for each in clocks) == 1
    assert sum(each.kind is FIRST for each in clocks) <= 1


@given(steps=STEPS)
def test_a_more_urgent_case_is_never_due_later(steps: list[tuple[int, Status | What]]) -> None:
    facts = history(steps)
    urgent, normal = (clocks_of(facts, POLICY, priority, HOURS) for priority in (1, 3))

    for one, other in zip(urgent, normal, strict=True):
        if one.due_at is not None and other.due_at is not None:
            assert one.due_at <= other.due_at


# Policies.


def test_the_lowest_rank_of_those_that_match_counts() -> None:
    gold = Policy("gold", "Gold", TARGETS, rank=10, tiers=("gold",), channels=(Channel.EMAIL,))
    money = Policy("money", "Money", TARGETS, rank=20, topics=("refund*",), priorities=(1, 2))
    every = [POLICY, money, gold]

    assert policy_for(Matter(Channel.EMAIL, 3, None, "gold"), every) is gold
    assert policy_for(Matter(Channel.CHAT, 2, "refund.late", "gold"), every) is money
    assert policy_for(Matter(Channel.CHAT, 3, "refund.late", "gold"), every) is POLICY
    assert policy_for(Matter(Channel.CHAT, 3), [gold]) is BUILT_IN[Channel.CHAT]


def test_a_length_is_hours_and_minutes_of_service() -> None:
    assert [read_length(each, "x") for each in ("45m", "8h", "1h30m")] == [2700, 8 * HOUR, 5400]
    for wrong in ("", "2d", "h", "0m", "99999h"):
        with pytest.raises(PolicyError, match="write 45m"):
            read_length(wrong, "x")


def test_a_target_is_one_length_or_four() -> None:
    assert read_targets(("1h",), "x") == (HOUR, HOUR, HOUR, HOUR)
    with pytest.raises(PolicyError, match="or four"):
        read_targets(("1h", "2h"), "x")
