"""Stretches: sorted, disjoint, half-open intervals of whole numbers, and what can be done with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Stretch = tuple[int, int]
"""From the first number on, up to and without the second."""


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """All of them together; those that touch or overlap become one, empty ones vanish."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def common(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Where both are; each sorted and disjoint."""
    found: list[Stretch] = []
    here = there = 0
    while here < len(some) and there < len(others):
        start, end = max(some[here][0], others[there][0]), min(some[here][1], others[there][1])
        if start < end:
            found.append((start, end))
        if some[here][1] <= others[there][1]:
            here += 1
        else:
            there += 1
    return found


def without(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Where the first are and the others are not; each sorted and disjoint."""
    found: list[Stretch] = []
    there = 0
    for start, end in some:
        at = start
        while there < len(others) and others[there][1] <= start:
            there += 1
        nearby = there
        while nearby < len(others) and others[nearby][0] < end:
            if at < others[nearby][0]:
                found.append((at, others[nearby][0]))
            at = max(at, others[nearby][1])
            nearby += 1
        if at < end:
            found.append((at, end))
    return found
