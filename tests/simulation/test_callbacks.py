"""Calls out of hours in a simulation: each gets a slot of its own, as at the desk."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from db.kinds import Channel, WorkMode
from db.rows_routing import QueueRow
from desk.rules.hours import ServiceCalendar
from desk.rules.routing import Conditions, Outcome, Rule
from desk.rules.staffed import Staffed
from desk.simulation.plan import Plan
from desk.simulation.report import report
from desk.simulation.run import simulate
from desk.simulation.scratch import Policies
from tests.simulation.test_simulation import NoHours

JAKARTA = ZoneInfo("Asia/Jakarta")
DAYS = ServiceCalendar(JAKARTA, dict.fromkeys(range(7), ((8 * 60, 21 * 60),)))
OUT_OF_HOURS = Rule("callback", Conditions(channels=(Channel.PHONE,)), Outcome(queue="call-backs", channel="call-back"))
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def policies(**more: Any) -> Policies:
    rows = tuple(QueueRow(key, {"en": key}, WorkMode.PULL, None, 0) for key in ("common", "call-backs"))
    hours = Staffed({Channel.PHONE: DAYS})
    return Policies(rows, (OUT_OF_HOURS,), NoHours(), hours, **more)  # type: ignore[arg-type]


def plan(hours: list[int], shift: str, a_day: int = 120) -> Plan:
    calls = {"channel": "phone", "a_day": a_day, "minutes": 3, "patience": 4, "hours": hours}
    staff = {"name": "all", "count": 2, "weekly": {day: [shift] for day in WEEK}}
    return msgspec.convert({"start": "2026-12-01", "days": 3, "arrivals": [calls], "agents": [staff]}, Plan)


NIGHT = [1] * 7 + [0] * 17


def test_call_backs_are_due_when_their_slot_ends_and_each_slot_has_its_seats() -> None:
    outcome = simulate(plan(NIGHT, "08:00-21:00"), policies(slot_minutes=30, calls_per_slot=3), 1)
    seats = Counter(story.placed.ready for story in outcome.stories)
    lengths = {story.placed.due - story.placed.ready for story in outcome.stories}

    assert len(outcome.stories) > 300
    assert set(seats.values()) <= {1, 2, 3}
    assert min(seats[start] for start in sorted(seats)[:20]) == 3, "the first seats are given first"
    assert [length.total_seconds() for length in lengths] == [30 * 60]
    assert {start.astimezone(JAKARTA).hour for start in seats} >= {8, 12, 20}


def test_a_roster_that_calls_back_in_time_is_not_said_to_be_late() -> None:
    found = report(simulate(plan(NIGHT, "08:00-21:00", a_day=70), policies(), 1)).by_queue["call-backs"]

    assert found.came > 150
    assert found.kept == 1.0


def test_who_is_there_for_a_part_of_an_hour_counts_for_that_part() -> None:
    outcome = simulate(plan([1] * 24, "07:45-21:30"), policies(), 1)
    hours = {row.hour: row.agents for row in report(outcome).hours}

    assert hours[9] == 2
    assert 20 in hours
    assert 21 not in hours, "the phone has closed by then"

    chats = {"channel": "chat", "a_day": 240, "minutes": 6, "patience": 9}
    staff = {"name": "all", "count": 2, "weekly": {day: ["07:45-21:30"] for day in WEEK}}
    always = msgspec.convert({"start": "2026-12-01", "days": 3, "arrivals": [chats], "agents": [staff]}, Plan)
    hours = {row.hour: row.agents for row in report(simulate(always, policies(), 1)).hours}
    assert (hours[6], hours[7], hours[8], hours[21], hours[22]) == (0, 0.5, 2, 1, 0)
