"""What happens on each case of the demo world, before any word of it is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TypeVar

from db.kinds import NEEDS_SOMEBODY, Channel, Role, Status
from desk.rules.due import MINUTES
from desk.services.demo.arrivals import spread
from desk.services.demo.bank import Bank, Problem
from desk.services.demo.moments import DAY, HOUR, MINUTE
from desk.services.demo.people import People, Person

T = TypeVar("T")


class Step(Enum):
    """One thing said on a case."""

    ASKED = "asked"
    ANSWERED = "answered"
    NOTED = "noted"
    THANKED = "thanked"


PACE = {
    Channel.PHONE: (3 * MINUTE, 40 * MINUTE),
    Channel.CHAT: (4 * MINUTE, 75 * MINUTE),
    Channel.SOCIAL: (30 * MINUTE, 20 * HOUR),
    Channel.EMAIL: (40 * MINUTE, 70 * HOUR),
}
"""How long a case would go on if it were answered at once, in seconds: shortest and longest."""

STILL_NEW = 10 * HOUR
"""What came in within this time may not have been answered at all."""

CLOSES_AFTER = 4 * DAY
"""A solved case is closed this long afterwards."""

FOLLOW_UPS = 0.02
"""Share of cases that continue a closed one."""


@dataclass(slots=True)
class Plot:
    """One case's course; `steps` are in order of time, `due` is set while somebody has to act."""

    case_id: int
    created: int
    person: Person
    problem: Problem
    channel: Channel
    priority: int
    status: Status
    agent: int
    """Place of whoever answers in the bank's agents."""
    steps: list[tuple[Step, int]] = field(default_factory=list)
    due: int | None = None
    snoozed_until: int | None = None
    is_assigned: bool = True
    follows: int | None = None
    tags: tuple[str, ...] = ()


class Plotter:
    """Draws one plot after another; the same random numbers give the same plots."""

    def __init__(self, bank: Bank, people: People, random: Random, until: int) -> None:
        self._world = bank.world
        self._people = people
        self._random = random.random
        self._until = until
        self._channels = spread(bank.world.shares.channel)
        self._queue_channels = spread(bank.world.queue.channel)
        self._problems = spread({problem.key: problem.weight for problem in bank.world.problem}, 200)
        self._by_key = {problem.key: problem for problem in bank.world.problem}
        self._priorities = {
            problem.key: spread({n: weight for n, weight in enumerate(problem.priorities, 1) if weight}, 20)
            for problem in bank.world.problem
        }
        self._agents = {
            language: [
                place
                for place, agent in enumerate(bank.agents)
                if language in agent.languages and agent.role in {Role.AGENT, Role.SENIOR}
            ]
            for language in bank.speech
        }
        # The desk is opened as the first agent, who then finds some cases of their own.
        for places in self._agents.values():
            places.extend([0, 0] if 0 in places else [])
        self._closed: deque[tuple[int, int]] = deque(maxlen=300)

    def pick(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self._random() * len(things))]

    def chance(self, share: float) -> bool:
        """True about as often as `share` says."""
        return self._random() < share

    def plot(self, case_id: int, created: int, *, queued: bool) -> Plot:
        """What happens on a case that came in at `created`."""
        channel = self.pick(self._queue_channels if queued else self._channels)
        follows, person = self._who(on_social=channel is Channel.SOCIAL)
        problem = self._by_key[self.pick(self._problems)]
        plot = Plot(
            case_id=case_id,
            created=created,
            person=person,
            problem=problem,
            channel=channel,
            priority=self.pick(self._priorities[problem.key]),
            status=Status.CLOSED,
            agent=self.pick(self._agents[person.language]),
            follows=follows,
            tags=tuple(tag for tag in problem.tags if self.chance(0.3)),
        )
        if plot.channel is Channel.SOCIAL and not person.on_social:
            plot.channel = Channel.CHAT
        if queued:
            self._needs_somebody(plot)
        else:
            self._handled(plot)
        return plot

    def _who(self, *, on_social: bool) -> tuple[int | None, Person]:
        if self._closed and self.chance(FOLLOW_UPS):
            follows, number = self.pick(self._closed)
            return follows, self._people.person(number)
        number = 1 + int(self._people.count * self._random() ** 1.5)
        person = self._people.person(number)
        for further in range(20 if on_social else 0):
            if person.on_social:
                break
            person = self._people.person((number + further) % self._people.count + 1)
        return None, person

    def _needs_somebody(self, plot: Plot) -> None:
        age = self._until - plot.created
        patience = self._patience(plot)
        if age < STILL_NEW and (age < 8 * MINUTE or patience < age * 0.7):
            # Nobody lets a chat wait for hours: what is still unanswered then came in slowly.
            plot.channel, plot.priority = Channel.EMAIL, max(plot.priority, 3)
            patience = self._patience(plot)
        late = self.chance(self._world.queue.overdue)
        asked = self._until - int(patience * (1.03 + 0.6 * self._random() if late else 0.97 * self._random()))
        if age < STILL_NEW or asked - plot.created < HOUR:
            plot.status, plot.is_assigned = Status.NEW, False
            asked = plot.created
            plot.steps = [(Step.ASKED, asked)]
            if age > 3 * MINUTE and self.chance(0.25):
                plot.steps.append((Step.ASKED, asked + int(age * 0.6)))
        else:
            plot.status, plot.is_assigned = Status.OPEN, self.chance(0.6)
            rounds = 2 if self.chance(0.3) else 1
            steps = [Step.ASKED, Step.ANSWERED] * rounds
            plot.steps = [*self._timed(plot, steps, asked - plot.created - HOUR // 2), (Step.ASKED, asked)]
        plot.due = asked + patience

    def _patience(self, plot: Plot) -> int:
        return MINUTES[plot.channel][plot.priority - 1] * MINUTE

    def _handled(self, plot: Plot) -> None:
        age = self._until - plot.created
        shares = self._world.shares
        plot.status = self._rest(plot, age)
        steps = [Step.ASKED]
        if plot.channel in {Channel.CHAT, Channel.PHONE} and self.chance(shares.several):
            steps.append(Step.ASKED)
        steps.append(Step.ANSWERED)
        while self.chance(shares.second_round) and len(steps) < 7:
            steps += [Step.ASKED, Step.ANSWERED]
        if self.chance(shares.note):
            steps.insert(len(steps) - 1, Step.NOTED)
        if plot.status is Status.CLOSED and self.chance(shares.thanks):
            steps.append(Step.THANKED)
        plot.steps = self._timed(plot, steps, int(age * 0.85))
        if plot.status is Status.CLOSED and plot.steps[-1][1] + CLOSES_AFTER > self._until:
            plot.status = Status.SOLVED
        if plot.status is Status.CLOSED:
            self._closed.append((plot.case_id, plot.person.id))
        if plot.status is Status.ON_HOLD and self.chance(0.6):
            plot.snoozed_until = self._until + int((0.2 + 2.5 * self._random()) * DAY)

    def _rest(self, plot: Plot, age: int) -> Status:
        if age > 9 * DAY:
            return Status.CLOSED
        if plot.problem.merchant and self.chance(0.14):
            return Status.WAITING_MERCHANT
        if self.chance(0.14):
            return Status.WAITING_CUSTOMER
        return Status.ON_HOLD if self.chance(0.03) else Status.CLOSED

    def _timed(self, plot: Plot, steps: list[Step], longest: int) -> list[tuple[Step, int]]:
        """The steps with their moments: the first at once, answers mostly in time, all of it within `longest`."""
        fast, slow = PACE[plot.channel]
        pace = fast + (slow - fast) * self._random() ** 2
        lengths = [
            self._waits(plot) if step is Step.ANSWERED else pace * (0.15 + self._random()) / len(steps)
            for step in steps[1:]
        ]
        part = min(1.0, max(longest, len(steps)) / sum(lengths))
        timed, at = [(steps[0], plot.created)], float(plot.created)
        for step, length in zip(steps[1:], lengths, strict=True):
            at += max(length * part, 1)
            timed.append((step, int(at)))
        return timed

    def _waits(self, plot: Plot) -> float:
        """How long a customer waits for an answer, in seconds."""
        part = 1.1 + 1.4 * self._random() if self.chance(self._world.shares.late) else 0.1 + 0.8 * self._random()
        return self._patience(plot) * part


def is_queued(plot: Plot) -> bool:
    """Whether the case stands in the queue at the end."""
    return plot.status in NEEDS_SOMEBODY
