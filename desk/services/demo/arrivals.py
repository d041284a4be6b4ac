"""When the demo's cases come in, and which of them still need somebody at the end."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypeVar

from desk.services.demo.bank import Arrivals, Queue
from desk.services.demo.moments import DAY, HOUR

DAYS = 30
"""How far back the demo world goes."""

RECENT = 10 * DAY
"""Older cases are all answered."""

T = TypeVar("T")


def spread(weights: dict[T, int], size: int = 100) -> list[T]:
    """A list in which each thing stands about as often as its weight says; pick from it at random."""
    total = sum(weights.values())
    return [thing for thing, weight in weights.items() for _ in range(max(weight > 0, round(weight * size / total)))]


def arrival_times(cases: int, until: int, curve: Arrivals, random: Random) -> Iterator[int]:
    """The moments at which `cases` cases come in during the `DAYS` before `until`, in order.

    Each hour gets its share of the curve exactly; within the hour they fall at random.
    """
    start = until - DAYS * DAY
    hours = [start + hour * HOUR for hour in range(DAYS * 24)]
    weights = [_weight(at + curve.offset_hours * HOUR, curve) for at in hours]
    total = sum(weights)
    before = sum_so_far = 0
    for at, weight in zip(hours, weights, strict=True):
        sum_so_far += weight
        reached = cases * sum_so_far // total
        yield from sorted(at + int(random.random() * HOUR) for _ in range(reached - before))
        before = reached


def _weight(local: int, curve: Arrivals) -> int:
    # 1 January 1970 was a Thursday.
    return curve.hours[local % DAY // HOUR] * curve.weekdays[(local // DAY + 3) % 7]


def in_queue(times: list[int], until: int, queue: Queue, random: Random) -> set[int]:
    """Places in `times` of the cases that need somebody: up to half among the newest, the others reopened."""
    wanted = min(max(round(len(times) * queue.share), queue.at_least), len(times) // 5)
    recent = [place for place in range(len(times) - 1, -1, -1) if until - times[place] < RECENT]
    fresh = [place for place in recent if until - times[place] < 10 * HOUR]
    chosen = set(random.sample(fresh, min(wanted // 2, len(fresh) * 7 // 10)))
    others = [place for place in recent if place not in chosen]
    chosen.update(random.sample(others, min(wanted - len(chosen), len(others))))
    return chosen
