"""The clockwork: arrivals, shifts, the ends of work and of customers' patience, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Any

from db.kinds import WorkMode
from desk.simulation.arrivals import Arrival, arrivals
from desk.simulation.plan import moment
from desk.simulation.scratch import Placed, Policies, Scratch, scratch

if TYPE_CHECKING:
    from desk.rules.hours import ServiceCalendar
    from desk.simulation.plan import Plan


@dataclass(slots=True)
class Story:
    """What became of one customer; moments are aware UTC, None for what never was."""

    arrival: Arrival
    placed: Placed
    answered: datetime | None = None
    gave_up: datetime | None = None
    agent: int = 0


@dataclass(slots=True)
class Worker:
    """One agent of the roster."""

    id: int
    staff: int
    """The place of their group in the plan."""
    shifts: ServiceCalendar
    at_once: int
    doing: list[int] = field(default_factory=list)
    idle_since: datetime = field(default_factory=lambda: datetime.fromtimestamp(0, UTC))
    worked: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that happened."""

    plan: Plan
    policies: Policies
    stories: tuple[Story, ...]
    workers: tuple[Worker, ...]


class _What(IntEnum):
    """Kinds of happenings; at the same moment the first of these comes first."""

    DONE = 0
    SHIFT = 1
    OPENS = 2
    ARRIVAL = 3
    GIVES_UP = 4


Progress = Callable[[int, int], None]
"""Told how many customers have come, of how many."""


def simulate(plan: Plan, policies: Policies, seed: int, progress: Progress = lambda _done, _all: None) -> Outcome:
    """Play the plan. The same plan, policies and seed give the same outcome."""
    with scratch(policies, plan.begin) as desk:
        return _Run(plan, policies, desk, arrivals(plan, seed), progress).play()


class _Run:
    def __init__(
        self, plan: Plan, policies: Policies, desk: Scratch, coming: list[Arrival], progress: Progress
    ) -> None:
        self._plan = plan
        self._policies = policies
        self._desk = desk
        self._progress = progress
        self._all = len(coming)
        self._pushes = {row.key for row in policies.queues if row.mode is WorkMode.PUSH}
        self._to_hand_out: set[int] = set()
        """Cases that wait in queues in push mode."""
        self._stories: dict[int, Story] = {}
        self._agenda: list[tuple[datetime, _What, int, Any]] = []
        self._number = count()
        self._incidents = [(moment(each.since), moment(each.until), each.name) for each in plan.incident]
        self._workers = [
            Worker(agent_id, place, plan.shifts(staff), staff.at_once)
            for place, staff in enumerate(plan.agents)
            for agent_id in desk.hire(staff)
        ]
        for worker in self._workers:
            for opening in self._openings(worker.shifts):
                self._then(opening, _What.SHIFT, worker)
        for arrival in coming:
            self._then(arrival.at, _What.ARRIVAL, arrival)

    def play(self) -> Outcome:
        end = self._plan.end.astimezone(UTC)
        while self._agenda and self._agenda[0][0] < end:
            at, what, _, about = heapq.heappop(self._agenda)
            if what is _What.ARRIVAL:
                self._arrive(about)
            elif what is _What.DONE:
                self._done(*about, at=at)
            elif what is _What.SHIFT:
                about.idle_since = at
                self._desk.begin(about.id, at)
                self._hand_out(at)
                self._give(about, at)
            elif what is _What.OPENS:
                self._desk.open(about)
                self._come(about, at)
            else:
                self._give_up(about, at)
        return Outcome(self._plan, self._policies, tuple(self._stories.values()), tuple(self._workers))

    def _then(self, at: datetime, what: _What, about: object) -> None:
        heapq.heappush(self._agenda, (at, what, next(self._number), about))

    def _openings(self, shifts: ServiceCalendar) -> Iterator[datetime]:
        """When each shift begins, the one that is going on at first included."""
        at = shifts.next_open(self._plan.begin)
        while at is not None and at < self._plan.end:
            yield at.astimezone(UTC)
            closes = shifts.next_close(at)
            at = None if closes is None else shifts.next_open(closes)

    def _arrive(self, arrival: Arrival) -> None:
        at = arrival.at
        going_on = frozenset(name for since, until, name in self._incidents if since <= at < until)
        placed = self._desk.place(arrival, going_on)
        self._stories[placed.case_id] = Story(arrival, placed)
        if placed.ready > at:
            self._then(placed.ready.astimezone(UTC), _What.OPENS, placed)
        else:
            if arrival.patience is not None and placed.channel is arrival.channel:
                self._then(at + arrival.patience, _What.GIVES_UP, placed.case_id)
            self._come(placed, at)
        self._progress(len(self._stories), self._all)

    def _come(self, placed: Placed, at: datetime) -> None:
        """A case can be worked on: it is handed out, or somebody who is free may take it."""
        if placed.queue in self._pushes:
            self._to_hand_out.add(placed.case_id)
            self._hand_out(at)
        else:
            self._offer(at)

    def _hand_out(self, at: datetime) -> None:
        """Hand out what waits in queues in push mode, as `desk.services.pushing` does."""
        while self._to_hand_out and self._one_handed_out(at):
            pass

    def _one_handed_out(self, at: datetime) -> bool:
        free = {each.id: each for each in self._workers if self._is_free(each, at)}
        for worker in self._unlike(free[each] for each in self._desk.line() if each in free):
            case_id = self._desk.pushed(worker.id, at)
            if case_id is not None:
                self._to_hand_out.discard(case_id)
                self._begin(worker, case_id, at)
                return True
        return False

    def _offer(self, at: datetime) -> None:
        """Somebody who is free may take what has just come: the longest idle first."""
        free = [each for each in self._workers if self._is_free(each, at)]
        for worker in self._unlike(sorted(free, key=lambda each: (each.idle_since, each.id))):
            if self._give(worker, at):
                return

    def _unlike(self, workers: Iterable[Worker]) -> Iterator[Worker]:
        """One of each group with the same work at hand: what the first of them cannot take, the others cannot."""
        asked = set()
        for worker in workers:
            doing = tuple(sorted(self._stories[each].placed.channel for each in worker.doing))
            if (worker.staff, doing) not in asked:
                asked.add((worker.staff, doing))
                yield worker

    def _is_free(self, worker: Worker, at: datetime) -> bool:
        return len(worker.doing) < worker.at_once and worker.shifts.is_open(at)

    def _give(self, worker: Worker, at: datetime) -> bool:
        """Cases for a worker as long as they can take one; says whether there was any."""
        gave = False
        while self._is_free(worker, at):
            case_id = self._desk.next(worker.id, at, worker.doing)
            if case_id is None:
                break
            self._begin(worker, case_id, at)
            gave = True
        return gave

    def _begin(self, worker: Worker, case_id: int, at: datetime) -> None:
        story = self._stories[case_id]
        story.answered, story.agent = at, worker.id
        worker.doing.append(case_id)
        worker.worked += story.arrival.work
        self._then(at + story.arrival.work, _What.DONE, (worker, case_id))

    def _done(self, worker: Worker, case_id: int, *, at: datetime) -> None:
        self._desk.end(case_id)
        worker.doing.remove(case_id)
        worker.idle_since = at
        self._hand_out(at)
        self._give(worker, at)

    def _give_up(self, case_id: int, at: datetime) -> None:
        story = self._stories[case_id]
        if story.answered is None:
            story.gave_up = at
            self._to_hand_out.discard(case_id)
            self._desk.end(case_id)
