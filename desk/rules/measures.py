"""The figures of a desk: each measure once, with its unit, what it means, and how events are counted for it.

`docs/figures.md` says the same for people. Everything here is a function of the events of one case, in their order:
counting them as they happen and counting them again later give the same sums.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Any

from db.kinds import SPOKEN, Channel, EventKind, Status


class Measure(StrEnum):
    """What is counted; the value is its name everywhere."""

    ARRIVALS = "arrivals"
    FIRST_RESPONSE = "first_response"
    REPLIES = "replies"
    SOLVED = "solved"
    REOPENED = "reopened"
    HANDOVERS = "handovers"
    PROMISES_MADE = "promises_made"
    PROMISES_KEPT = "promises_kept"
    PROMISES_BROKEN = "promises_broken"
    CLOCKS_MET = "clocks_met"
    CLOCKS_BREACHED = "clocks_breached"
    BROKEN = "broken"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a measure means: its unit, and in one sentence what is counted, and when."""

    unit: str
    means: str


DEFINITIONS: Mapping[Measure, Definition] = {
    Measure.ARRIVALS: Definition("cases", "Cases opened, in the hour of the opening; spam and split-off ones too."),
    Measure.FIRST_RESPONSE: Definition(
        "cases, by service seconds",
        "Cases answered: the first answer by a person left the desk in this hour, so many service seconds after the "
        "case was opened.",
    ),
    Measure.REPLIES: Definition(
        "messages",
        "Answers by a person to the customer, calls in which they spoke too, in the hour in which they left or ended.",
    ),
    Measure.SOLVED: Definition(
        "cases", "Cases solved and still solved, in the hour of the solving; one that reopens is taken out again."
    ),
    Measure.REOPENED: Definition("reopenings", "Solved cases that came back to life; an undo is no reopening."),
    Measure.HANDOVERS: Definition("handovers", "Cases that went from one agent to another: handed over or taken."),
    Measure.PROMISES_MADE: Definition("promises", "Promises made to customers."),
    Measure.PROMISES_KEPT: Definition("promises", "Promises kept, in the hour of the answer."),
    Measure.PROMISES_BROKEN: Definition("promises", "Promises broken, in the hour in which they were."),
    Measure.CLOCKS_MET: Definition("clocks", "SLA clocks stopped in time, less those that an undo set going again."),
    Measure.CLOCKS_BREACHED: Definition("clocks", "SLA clocks that ran out, in the hour in which they did."),
    Measure.BROKEN: Definition("cases", "Cases with a broken promise, in the hour of their first."),
    Measure.BREACHED: Definition("cases", "Cases of which an SLA clock ran out, in the hour of their first."),
}

BY_EVENT: Mapping[str, Measure] = {
    "promise.made": Measure.PROMISES_MADE,
    "promise.kept": Measure.PROMISES_KEPT,
    "promise.broken": Measure.PROMISES_BROKEN,
    "clock.met": Measure.CLOCKS_MET,
    "clock.breached": Measure.CLOCKS_BREACHED,
    EventKind.CASE_TRANSFERRED.value: Measure.HANDOVERS,
}
"""Events that count one, whatever they say."""

MOVES = frozenset(
    kind.value
    for kind in (
        EventKind.CASE_STATUS, EventKind.CASE_PUT_BACK, EventKind.CASE_SNOOZED, EventKind.CASE_WOKEN,
        EventKind.CASE_SPAM,
    )
)  # fmt: skip
"""Events that may say which status a case has now."""

RESTORES = frozenset({EventKind.CASE_PUT_BACK.value, EventKind.CASE_SPAM.value})
"""Those among them that put a case back as it was."""

LEAVES = frozenset({EventKind.MESSAGE_SENT.value, EventKind.MESSAGE_SETTLED.value})
"""Events that say that a message left."""

COUNTED = frozenset(
    {
        *BY_EVENT, *MOVES, *LEAVES, EventKind.CASE_OPENED.value, EventKind.CASE_CLAIMED.value,
        EventKind.MESSAGE_TAKEN_BACK.value, EventKind.CALL_TAKEN.value, EventKind.CLOCK_REOPENED.value,
    }
)  # fmt: skip
"""Every kind of event that a figure depends on."""

SECONDS = "first_response"
"""Where the event of a first answer keeps its service seconds: hours may change later, what was counted may not."""

LONGEST = 20 * 366 * 86_400


def _edges() -> tuple[int, ...]:
    edges = [0, 1]
    while edges[-1] < LONGEST:
        edges.append(edges[-1] * 11 // 10 + 1)
    return tuple(edges)


EDGES = _edges()
"""Where the buckets of a time begin, in seconds: within one, the longest time is at most 1.1 times the shortest."""

ERROR = 0.0489
"""A time told from its bucket is at most this share off: the square root of 1.1, less 1."""


@dataclass(slots=True)
class Course:
    """What has to be known of a case's past to count what happens next; moments are aware UTC."""

    channel: Channel
    created_at: datetime
    answered_at: datetime | None = None
    answer_seconds: int | None = None
    solved_at: datetime | None = None
    solved_before: datetime | None = None
    """When it was solved before it reopened."""
    reopened_at: datetime | None = None
    broken_at: datetime | None = None
    breached_at: datetime | None = None
    taken_back_at: datetime | None = None
    """When an answer was last taken back; what its case does at that same moment is an undo."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as counting reads it; `is_reply` says that its message is a person's answer to the customer."""

    kind: str
    at: datetime
    data: Mapping[str, Any]
    is_reply: bool = False
    seconds: int | None = None
    """Service seconds since the case was opened, for what may be its first answer."""


Counted = tuple[datetime, Measure, int, int]
"""The moment whose hour changes, the measure, its bucket (0 but for times), and how much is added."""


def bucket_of(seconds: int) -> int:
    """The bucket of a time: its index in `EDGES`; what is negative counts as none."""
    return bisect_right(EDGES, max(0, min(seconds, LONGEST))) - 1


def seconds_of(bucket: int) -> float:
    """The time that stands for a bucket, in seconds: off by at most `ERROR`."""
    shortest, longest = EDGES[bucket], EDGES[bucket + 1] - 1
    return float((shortest * longest) ** 0.5)


def percentile(buckets: Mapping[int, int], share: float) -> float | None:
    """The time, in seconds, within which that share of cases was answered (nearest rank); None where none was."""
    rank = max(1, ceil(sum(buckets.values()) * share))
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank:
            return seconds_of(bucket)
    return None


def matters(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether a figure may depend on an event; what is asked most, taking a case that nobody has, changes none."""
    if kind == EventKind.CASE_CLAIMED:
        return _taken_from_somebody(data)
    return kind in COUNTED


def is_first_answer(course: Course, fact: Fact) -> bool:
    """Whether an event is the case's first answer."""
    return _is_answer(fact) and course.answered_at is None


def count(course: Course, fact: Fact) -> Iterator[Counted]:
    """What an event adds to the sums; the course of its case goes on with it."""
    kind, at = fact.kind, fact.at
    if kind == EventKind.CASE_OPENED:
        yield at, Measure.ARRIVALS, 0, 1
    elif _is_answer(fact):
        yield from _answer(course, fact)
    elif kind in MOVES:
        yield from _move(course, fact)
    elif kind == EventKind.MESSAGE_TAKEN_BACK:
        course.taken_back_at = at
    elif kind == EventKind.CASE_CLAIMED:
        if _taken_from_somebody(fact.data):
            yield at, Measure.HANDOVERS, 0, 1
    elif kind == EventKind.CLOCK_REOPENED:
        yield at, Measure.CLOCKS_MET, 0, -1
    elif kind in BY_EVENT:
        yield at, BY_EVENT[kind], 0, 1
        if kind == "promise.broken" and course.broken_at is None:
            course.broken_at = at
            yield at, Measure.BROKEN, 0, 1
        elif kind == "clock.breached" and course.breached_at is None:
            course.breached_at = at
            yield at, Measure.BREACHED, 0, 1


def _taken_from_somebody(data: Mapping[str, Any]) -> bool:
    return (data.get("before") or {}).get("assignee") is not None


def _is_answer(fact: Fact) -> bool:
    """Whether a person's words reached the customer: a message of theirs left, or they spoke."""
    after = fact.data.get("after") or {}
    if fact.kind == EventKind.CALL_TAKEN:
        return after.get("outcome") in SPOKEN
    return fact.is_reply and (
        fact.kind == EventKind.MESSAGE_SENT or (fact.kind == EventKind.MESSAGE_SETTLED and after.get("state") == "sent")
    )


def _answer(course: Course, fact: Fact) -> Iterator[Counted]:
    yield fact.at, Measure.REPLIES, 0, 1
    if course.answered_at is None:
        told = fact.data.get(SECONDS, fact.seconds)
        course.answered_at, course.answer_seconds = fact.at, int(told or 0)
        yield fact.at, Measure.FIRST_RESPONSE, bucket_of(course.answer_seconds), 1


def _move(course: Course, fact: Fact) -> Iterator[Counted]:
    after = fact.data.get("after") or {}
    status, solved_at = after.get("status"), after.get("solved_at")
    is_undo = fact.kind in RESTORES or course.taken_back_at == fact.at
    if status is None:
        return
    if status == Status.SOLVED or (status == Status.CLOSED and is_undo and solved_at):
        moment = fact.at
        if is_undo:
            told = datetime.fromisoformat(solved_at) if solved_at else None
            moment = told or course.solved_at or course.solved_before or fact.at
            if course.reopened_at is not None and course.solved_at is None:
                yield course.reopened_at, Measure.REOPENED, 0, -1
                course.reopened_at = None
        if course.solved_at is not None:
            yield course.solved_at, Measure.SOLVED, 0, -1
        yield moment, Measure.SOLVED, 0, 1
        course.solved_at = moment
    elif status != Status.CLOSED and course.solved_at is not None:
        yield course.solved_at, Measure.SOLVED, 0, -1
        course.solved_before, course.solved_at = course.solved_at, None
        if not is_undo:
            course.reopened_at = fact.at
            yield fact.at, Measure.REOPENED, 0, 1
