"""What a simulation showed, in figures: waits, broken promises, fairness, and the same waits by formula."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, inf, isfinite
from typing import Any

from db.kinds import Channel
from desk.rules import erlang
from desk.rules.routing import named
from desk.simulation.arrivals import rate
from desk.simulation.run import Outcome, Story

LIVE = (Channel.PHONE, Channel.CHAT)
"""Channels whose customers wait at the other end; the formulas are about them."""

PIECE = timedelta(minutes=15)
"""What the formulas are told at once: shifts and hours begin and end within an hour, too."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long customers waited, in minutes of service time.

    `late` counts answers after they were due, who gave up after that, and those that were due by the end and never
    came. `kept` is the share answered in time, 0 to 1, of all of whom it is known: who gave up was not, however early.
    """

    came: int
    answered: int
    gave_up: int
    waiting: int
    mean: float | None
    median: float | None
    p90: float | None
    longest: float | None
    late: int
    kept: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the roster: hours at work and the share of them spent on cases, 0 to 1."""

    name: str
    agents: int
    hours: float
    cases: int
    occupancy: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day on the live channels together, while they are open; waits in minutes, shares 0 to 1.

    The simulation has agents do everything that they are given. The formulas have those at work do live channels
    alone, all alike and each at once with one customer; they are asked for every day and weighed by who came. None
    where a formula has no answer: by Erlang C work piles up for ever where there is more than the agents can do.
    """

    hour: int
    came: float
    """On average in that hour of a day."""
    agents: float
    simulated: float | None
    erlang_c: float | None
    erlang_a: float | None
    gave_up: float | None
    gave_up_by_formula: float | None
    needed: int | None
    """Agents with whom four of five are answered within the shortest promise on the busiest day, by Erlang C."""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures."""

    by_channel: dict[str, Waits]
    by_priority: dict[str, Waits]
    by_queue: dict[str, Waits]
    by_language: dict[str, Waits]
    groups: tuple[Group, ...]
    hours: tuple[Hour, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def report(outcome: Outcome) -> Report:
    """The figures of an outcome."""
    figures = _Figures(outcome)
    return Report(
        by_channel=figures.by(lambda story: story.arrival.channel.value),
        by_priority=figures.by(lambda story: str(story.placed.priority)),
        by_queue=figures.by(lambda story: story.placed.queue),
        by_language=figures.by(lambda story: story.arrival.language.value),
        groups=tuple(figures.groups()),
        hours=tuple(figures.hours()),
    )


@dataclass(frozen=True, slots=True)
class _Slot:
    """A piece of an hour of one day: customers an hour, minutes of work and of patience on average, agents at work."""

    came: float
    service: float
    patience: float
    agents: int

    def patient(self, within: float) -> erlang.Waits | None:
        return erlang.patient(self.came / 60, self.service, self.agents, within) if self.agents else None

    def impatient(self) -> erlang.Waits | None:
        if not self.patience:
            return None
        if not self.agents:
            return erlang.Waits(1.0, self.patience, None, 1.0, 0.0)
        return erlang.impatient(self.came / 60, self.service, self.agents, self.patience)


class _Figures:
    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._plan = outcome.plan
        self._end = outcome.plan.end.astimezone(UTC)

    def by(self, key: Any) -> dict[str, Waits]:
        found: dict[str, list[Story]] = defaultdict(list)
        for story in self._outcome.stories:
            found[key(story)].append(story)
        return {name: self._waits(found[name]) for name in sorted(found)}

    def groups(self) -> Iterable[Group]:
        for place, staff in enumerate(self._plan.agents):
            mine = [each for each in self._outcome.workers if each.staff == place]
            ids = {each.id for each in mine}
            shifts = mine[0].shifts
            at_work = shifts.elapsed(self._plan.begin, self._plan.end) / 3600 * len(mine)
            worked = sum((each.worked for each in mine), timedelta(0)) / timedelta(hours=1)
            cases = sum(1 for story in self._outcome.stories if story.agent in ids)
            share = worked / at_work / staff.at_once if at_work else None
            yield Group(staff.name, len(mine), round(at_work, 1), cases, None if share is None else round(share, 3))

    def hours(self) -> Iterable[Hour]:
        stories: dict[int, list[Story]] = defaultdict(list)
        for story in self._outcome.stories:
            at, placed = story.arrival.at, story.placed
            if placed.channel in LIVE and placed.channel is story.arrival.channel and placed.ready == at:
                stories[at.astimezone(self._plan.tz).hour].append(story)
        slots: dict[int, list[_Slot]] = defaultdict(list)
        start = self._plan.begin.astimezone(UTC)
        while start < self._end:
            slot = self._slot(start)
            if slot.came:
                slots[start.astimezone(self._plan.tz).hour].append(slot)
            start += PIECE
        for number in sorted(slots):
            yield self._hour(number, stories[number], slots[number])

    def _slot(self, start: datetime) -> _Slot:
        """What the formulas are told of one piece of an hour: only channels that are open in its middle count."""
        middle = start + PIECE / 2
        parts = []
        for stream in self._plan.arrivals:
            calendar = self._outcome.policies.calendars.get(stream.channel)
            if stream.channel in LIVE and (calendar is None or calendar.is_open(middle)):
                parts.append((rate(self._plan, stream, start), stream.minutes, stream.patience))
        came = sum(each for each, _, _ in parts)
        if not came:
            return _Slot(0.0, 1.0, 0.0, 0)
        service = sum(each * minutes for each, minutes, _ in parts) / came
        patience = sum(each * minutes for each, _, minutes in parts) / came
        return _Slot(came, service, patience, self._at_work(middle))

    def _hour(self, number: int, stories: Sequence[Story], slots: Sequence[_Slot]) -> Hour:
        came = sum(slot.came for slot in slots)
        waits = self._waits(stories)
        promise = min((_minutes(story.placed.due - story.placed.ready) for story in stories), default=5.0)
        busiest = max(slots, key=lambda slot: slot.came * slot.service)
        by_c = [slot.patient(promise) for slot in slots]
        by_a = [slot.impatient() for slot in slots]
        mean_c = sum(slot.came * (found.mean if found else inf) for slot, found in zip(slots, by_c, strict=True)) / came
        able = [(slot.came, found) for slot, found in zip(slots, by_a, strict=True) if found is not None]
        knows_a = len(able) == len(slots)
        return Hour(
            hour=number,
            came=round(came / len(slots), 2),
            agents=round(sum(slot.agents for slot in slots) / len(slots), 1),
            simulated=waits.mean,
            erlang_c=round(mean_c, 2) if isfinite(mean_c) else None,
            erlang_a=round(sum(each * found.mean for each, found in able) / came, 2) if knows_a else None,
            gave_up=round(waits.gave_up / waits.came, 3) if waits.came else None,
            gave_up_by_formula=round(sum(each * found.abandoned for each, found in able) / came, 3)
            if knows_a
            else None,
            needed=erlang.agents_needed(busiest.came / 60, busiest.service, promise, 0.8),
        )

    def _at_work(self, at: datetime) -> int:
        return sum(each.at_once for each in self._outcome.workers if each.shifts.is_open(at))

    def _waits(self, stories: Sequence[Story]) -> Waits:
        waits = sorted(self._waited(story) for story in stories if story.answered or story.gave_up)
        answered = [story for story in stories if story.answered is not None]
        late = sum(self._is_late(story) for story in stories)
        in_time = sum(story.answered is not None and story.answered <= story.placed.due for story in stories)
        judged = sum(bool(story.answered or story.gave_up or story.placed.due <= self._end) for story in stories)
        return Waits(
            came=len(stories),
            answered=len(answered),
            gave_up=sum(1 for story in stories if story.gave_up is not None),
            waiting=sum(1 for story in stories if story.answered is None and story.gave_up is None),
            mean=round(sum(waits) / len(waits), 2) if waits else None,
            median=_quantile(waits, 0.5),
            p90=_quantile(waits, 0.9),
            longest=round(waits[-1], 1) if waits else None,
            late=late,
            kept=round(in_time / judged, 4) if judged else None,
        )

    def _waited(self, story: Story) -> float:
        """Minutes of service time from when it could be worked on."""
        until = story.answered or story.gave_up or self._end
        placed, start = story.placed, story.placed.ready
        calendars = self._outcome.policies.calendars
        calendar = calendars.of_case(placed.channel, story.arrival.language, named(placed.queue))
        return calendar.elapsed(start, until) / 60 if calendar else _minutes(until - start)

    def _is_late(self, story: Story) -> bool:
        until = story.answered or story.gave_up
        return story.placed.due <= self._end if until is None else until > story.placed.due


def _minutes(time: timedelta) -> float:
    return time / timedelta(minutes=1)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[max(ceil(share * len(ordered)) - 1, 0)], 2) if ordered else None
