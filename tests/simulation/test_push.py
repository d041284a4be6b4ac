"""Queues in push mode in virtual time: handed out by the desk's own rule, to who is at work and within their limits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from db.kinds import Channel, Language, WorkMode
from db.rows_routing import QueueRow
from desk.rules.hours import ServiceCalendar
from desk.rules.routing import Conditions, Outcome, Rule
from desk.rules.staffed import Staffed
from desk.simulation.plan import Plan
from desk.simulation.report import report
from desk.simulation.run import simulate
from desk.simulation.scratch import Policies
from tests.simulation.test_simulation import ALWAYS, NoHours

if TYPE_CHECKING:
    from desk.simulation.run import Outcome as Played

MONEY = Rule("money", Conditions(topics=("money",)), Outcome(queue="money"))
TWO = [{"name": "two", "count": 2, "weekly": ALWAYS}]
JAKARTA = ZoneInfo("Asia/Jakarta")


def policies(mode: WorkMode = WorkMode.PUSH, **hours: ServiceCalendar) -> Policies:
    rows = tuple(QueueRow(key, {"en": key}, of, None, 0) for key, of in (("common", WorkMode.PULL), ("money", mode)))
    calendars = Staffed(queues={(key, None): calendar for key, calendar in hours.items()})
    return Policies(rows, (MONEY,), NoHours(), calendars)  # type: ignore[arg-type]


def played(by: Policies, staff: list[dict[str, Any]], **arrivals: Any) -> Played:
    chats = {"channel": "chat", "a_day": 240, "minutes": 6, "topics": {"money": 1}} | arrivals
    plan = {"start": "2026-12-01", "days": 1, "arrivals": [chats], "agents": staff}
    return simulate(msgspec.convert(plan, Plan), by, 1)


def most_at_once(outcome: Played, agent: int) -> int:
    """The most cases that one of them worked on together."""
    turns = [
        turn
        for story in outcome.stories
        if story.agent == agent and story.answered is not None
        for turn in ((story.answered, 1), (story.answered + story.arrival.work, -1))
    ]
    most = now = 0
    for _, change in sorted(turns):
        now += change
        most = max(most, now)
    return most


def test_what_is_handed_out_is_answered_as_what_is_asked_for() -> None:
    pushed = report(played(policies(), TWO)).by_queue["money"]
    pulled = report(played(policies(WorkMode.PULL), TWO)).by_queue["money"]

    assert pushed.answered > 0.9 * pushed.came
    assert pushed.mean == pytest.approx(pulled.mean or 0, rel=0.1)


def test_the_longest_idle_is_handed_the_next() -> None:
    outcome = played(policies(), TWO, a_day=20, minutes=1)

    agents = [story.agent for story in outcome.stories]
    assert agents == [1, 2] * (len(agents) // 2) + [1] * (len(agents) % 2)


@pytest.mark.parametrize(("limits", "most"), [({}, 1), ({"chat": 2}, 2)])
def test_nobody_is_handed_more_of_a_channel_than_the_desk_would(limits: dict[str, int], most: int) -> None:
    one = {"name": "one", "count": 1, "weekly": ALWAYS, "at_once": 3, "limits": limits}

    assert most_at_once(played(policies(), [one], a_day=600), 1) == most


def test_nobody_is_handed_a_case_outside_their_shift() -> None:
    morning = [{"name": "m", "count": 2, "weekly": {"tue": ["08:00-12:00"]}}]

    outcome = played(policies(), morning)

    assert {each.answered.astimezone(JAKARTA).hour for each in outcome.stories if each.answered} == {8, 9, 10, 11}


def test_who_can_take_both_is_handed_cases_and_asks_for_the_others() -> None:
    by_queue = report(played(policies(), TWO, topics={"money": 1, "other": 1})).by_queue

    assert min(by_queue[each].answered / by_queue[each].came for each in ("money", "common")) > 0.9


def test_who_hangs_up_was_not_answered_in_time() -> None:
    one = [{"name": "one", "count": 1, "weekly": ALWAYS}]
    found = report(played(policies(), one, a_day=900, patience=4)).by_channel["chat"]

    assert found.gave_up > 0.4 * found.came
    assert found.kept == pytest.approx(found.answered / (found.answered + found.gave_up), abs=0.02)
    assert found.late > 0  # some stayed until their answer was due, and left after that


def test_the_hours_of_a_queue_count_its_time() -> None:
    afternoons = ServiceCalendar(JAKARTA, dict.fromkeys(range(7), ((12 * 60, 13 * 60),)))
    outcome = played(policies(money=afternoons), TWO, a_day=10, languages={"id": 1})

    assert {each.arrival.language for each in outcome.stories} == {Language.INDONESIAN}
    assert {each.placed.channel for each in outcome.stories} == {Channel.CHAT}
    assert all(each.placed.due.astimezone(JAKARTA).hour in {12, 13} for each in outcome.stories)
    assert all(each.placed.due - each.arrival.at > timedelta(minutes=5) for each in outcome.stories)
