"""The clocks of a case, from what happened to it: pure, and the same whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.kinds import NEEDS_SOMEBODY, ClockKind, ClockState, Status
from desk.rules.hours.service_time import ServiceTime
from desk.rules.sla.facts import Fact, What
from desk.rules.sla.policy import Policy

ENDED = (Status.SOLVED, Status.CLOSED)
RESPONSES = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock. Moments are aware UTC, lengths are service seconds.

    `due_at` is when it breaks, or broke; None while it is paused before that. `remaining` is what is left of its time,
    at the pause, at its end, or (running) from `resumed_at` on; negative never. `alarm_at` is when somebody has to be
    warned or told of the breach next. A clock that has broken keeps the moment at which it did, whatever changes later.
    """

    kind: ClockKind
    state: ClockState
    started_at: datetime
    target: int
    due_at: datetime | None
    remaining: int
    resumed_at: datetime | None = None
    paused_at: datetime | None = None
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    warned: int = 0
    alarm_at: datetime | None = None
    taken: int = 0
    """Service seconds for which it ran, up to its end or pause."""

    warnings: tuple[tuple[datetime, int], ...] = ()
    """When somebody was warned of it, and at which share of its time, in percent."""

    spans: tuple[tuple[datetime, datetime | None], ...] = ()
    """When it ran: from, until; the last one without an end while it runs."""

    def moment_of(self, share: int, hours: ServiceTime | None) -> datetime | None:
        """When a share of its time, in percent, is over; None while it is paused before that."""
        goes_on = self.state is ClockState.RUNNING
        return _reached(self.spans, _part(self.target, share), hours, goes_on=goes_on)

    def left(self, now: datetime, hours: ServiceTime | None) -> int:
        """Service seconds left at a moment (aware), negative once it has broken; `remaining` where it does not run."""
        if self.state is not ClockState.RUNNING or self.due_at is None:
            return self.remaining
        return _elapsed(hours, now, self.due_at)

    @property
    def is_late(self) -> bool:
        """Whether it ended after its time."""
        return self.ended_at is not None and self.due_at is not None and self.ended_at > self.due_at


@dataclass(slots=True)
class _Run:
    kind: ClockKind
    started: datetime
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    ended: datetime | None = None
    is_met: bool = False
    breached: datetime | None = None
    broke: datetime | None = None
    warnings: list[tuple[datetime, int]] = field(default_factory=list)
    latest: datetime | None = None
    """When it breaks at the latest, because it was to on another case that this one took over."""

    @property
    def is_open(self) -> bool:
        return self.ended is None

    @property
    def warned(self) -> int:
        return max((share for _, share in self.warnings), default=0)

    def run(self, at: datetime) -> None:
        if not self.spans or self.spans[-1][1] is not None:
            self.spans.append((at, None))

    def pause(self, at: datetime) -> None:
        if self.spans and self.spans[-1][1] is None:
            self.spans[-1] = (self.spans[-1][0], at)

    def end(self, at: datetime, *, is_met: bool) -> None:
        self.pause(at)
        self.ended, self.is_met = at, is_met


def clocks_of(facts: Iterable[Fact], policy: Policy, priority: int, hours: ServiceTime | None) -> tuple[Clock, ...]:
    """Every clock of a case, in the order in which they started; `hours` None is open at all times.

    First response: from its opening to our first answer. Next response: from a later message, or from when the case
    comes back to us, to our next answer. Resolution: from its opening until it is solved, on again when it is reopened.
    """
    fold = _Fold(policy.pauses)
    for fact in facts:
        fold.take(fact)
    return tuple(_measured(run, policy, priority, hours) for run in fold.runs)


def most_urgent(clocks: Collection[Clock], promised: tuple[datetime, datetime] | None = None) -> datetime | None:
    """When the first of the running clocks breaks, or broke; None when none runs.

    `promised` is when the customer was told until when a human answers, and that moment: it counts as well while an
    answer is owed and none was given since.
    """
    moments = [each.due_at for each in clocks if each.state is ClockState.RUNNING and each.due_at]
    if promised is not None:
        told, until = promised
        responses = [each for each in clocks if each.kind is not ClockKind.RESOLUTION]
        is_kept = any(each.state is ClockState.MET and (each.ended_at or told) >= told for each in responses)
        moments += [until for each in responses if each.state is ClockState.RUNNING and not is_kept]
    return min(moments, default=None)


class _Fold:
    def __init__(self, pauses: frozenset[Status]) -> None:
        self.runs: list[_Run] = []
        self._pauses = pauses
        self._status = Status.NEW
        self._has_first = False

    def take(self, fact: Fact) -> None:
        match fact.what:
            case What.OPENED:
                self._status = fact.status
                self._start(ClockKind.RESOLUTION, fact.at)
                if fact.status in NEEDS_SOMEBODY:
                    self._owe(fact.at)
            case What.ASKED:
                if self._status not in ENDED:
                    self._owe(fact.at)
            case What.ANSWERED:
                self._answered(fact.at)
            case What.STATUS:
                self._move(fact.at, fact.status)
            case What.VOID:
                self._void(fact.at)
            case What.TOOK_OVER:
                self._take_over(fact)
            case What.WARNED | What.BREACHED:
                self._told(fact)

    def _start(self, kind: ClockKind, at: datetime) -> None:
        run = _Run(kind, at)
        if self._status not in self._pauses:
            run.run(at)
        self.runs.append(run)

    def _owe(self, at: datetime) -> None:
        """Somebody waits for an answer, unless they did before."""
        if self._response() is None:
            self._start(ClockKind.NEXT_RESPONSE if self._has_first else ClockKind.FIRST_RESPONSE, at)
            self._has_first = True

    def _response(self) -> _Run | None:
        return next((each for each in self.runs if each.kind in RESPONSES and each.is_open), None)

    def _answered(self, at: datetime) -> None:
        for run in self.runs:
            if run.kind in RESPONSES and (run.is_open or (run.ended == at and not run.is_met)):
                run.end(at, is_met=True)
        self._has_first = True

    def _move(self, at: datetime, status: Status) -> None:
        before, self._status = self._status, status
        if status in ENDED:
            for run in self.runs:
                if run.is_open:
                    run.end(at, is_met=run.kind is ClockKind.RESOLUTION)
            return
        resolution = next(each for each in self.runs if each.kind is ClockKind.RESOLUTION)
        resolution.ended, resolution.is_met = None, False
        for run in self.runs:
            if run.is_open and status in self._pauses:
                run.pause(at)
            elif run.is_open:
                run.run(at)
        if status in NEEDS_SOMEBODY and before not in NEEDS_SOMEBODY:
            self._owe(at)

    def _void(self, at: datetime) -> None:
        for run in self.runs:
            if run.ended == at:
                run.is_met = False

    def _take_over(self, fact: Fact) -> None:
        """Whoever waited on another case waits on this one, no longer than they would have there."""
        since = fact.started or fact.at
        run = self._response()
        if run is None:
            self._owe(since)
        elif since < run.started:
            run.started = since
            run.spans.insert(0, (since, run.spans[0][0] if run.spans else fact.at))
        run = self._response()
        if run is not None and fact.due is not None:
            run.latest = min(run.latest or fact.due, fact.due)

    def _told(self, fact: Fact) -> None:
        for run in self.runs:
            if run.kind is fact.clock and run.started == fact.started:
                if fact.what is What.WARNED:
                    run.warnings.append((fact.at, fact.share))
                else:
                    run.breached, run.broke = fact.at, fact.due


def _measured(run: _Run, policy: Policy, priority: int, hours: ServiceTime | None) -> Clock:
    target = policy.target(run.kind, priority)
    taken = sum(_elapsed(hours, start, end) for start, end in run.spans if end is not None)
    is_running = run.is_open and bool(run.spans) and run.spans[-1][1] is None
    due = run.broke or _reached(run.spans, target, hours, goes_on=is_running or not run.is_open)
    if due is not None and run.latest is not None:
        due = min(due, run.latest)
    state = ClockState.RUNNING if is_running else ClockState.PAUSED
    if not run.is_open:
        state = ClockState.MET if run.is_met else ClockState.STOPPED
    paused_at = run.spans[-1][1] if run.spans and state is ClockState.PAUSED else None
    return Clock(
        kind=run.kind,
        state=state,
        started_at=run.started,
        target=target,
        due_at=due,
        remaining=max(target - taken, 0),
        resumed_at=run.spans[-1][0] if is_running else None,
        paused_at=paused_at or (run.started if state is ClockState.PAUSED else None),
        ended_at=run.ended,
        breached_at=run.breached,
        warned=run.warned,
        warnings=tuple(run.warnings),
        alarm_at=_alarm(run, due, lambda share: _reached(run.spans, _part(target, share), hours, goes_on=is_running),
                        policy.warnings),
        taken=taken,
        spans=tuple(run.spans),
    )  # fmt: skip


def _alarm(
    run: _Run, due: datetime | None, at_share: Callable[[int], datetime | None], shares: Sequence[int]
) -> datetime | None:
    """The next moment at which somebody has to hear of an open clock that has not broken."""
    if not run.is_open or run.breached is not None:
        return None
    moments = [due, *(at_share(share) for share in shares if share > run.warned)]
    return min((each for each in moments if each is not None), default=None)


def _part(target: int, share: int) -> int:
    return max(target * share // 100, 1)


def _reached(
    spans: Sequence[tuple[datetime, datetime | None]], amount: int, hours: ServiceTime | None, *, goes_on: bool
) -> datetime | None:
    """When a clock that ran in these spans (the last one without end, when it `goes_on`) had run for an amount."""
    last = len(spans) - 1
    for place, (start, end) in enumerate(spans):
        passed = _elapsed(hours, start, end) if end is not None else 0
        if (goes_on and place == last) or passed >= amount:
            return _added(hours, start, amount)
        amount -= passed
    return None


def _elapsed(hours: ServiceTime | None, start: datetime, end: datetime) -> int:
    return hours.elapsed(start, end) if hours is not None else int((end - start).total_seconds())


def _added(hours: ServiceTime | None, start: datetime, amount: int) -> datetime:
    if amount <= 0:
        return start
    found = hours.add(start, amount) if hours is not None else None
    # What never opens counts as always open: a case must not fall out of the order in which they are due.
    return found or start + timedelta(seconds=amount)
