"""Timing things in turn, and printing what came out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Times of one thing, in seconds."""

    name: str
    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.times)

    def percentile(self, share: int) -> float:
        """The time that `share` per cent stay under."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]

    def line(self) -> str:
        """For people: median, 99th percentile and number of runs."""
        return (
            f"  {self.name:<44} median {self.median * 1000:9.2f} ms   p99 {self.percentile(99) * 1000:9.2f} ms"
            f"   n={len(self.times)}"
        )


def in_turn(things: dict[str, Callable[[], object]], runs: int, warm_up: int = 1) -> dict[str, Figures]:
    """Time things in turn, A B A B …, so that a machine's changing speed meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in things}
    for run in range(runs + warm_up):
        for name, thing in things.items():
            started = time.perf_counter()
            thing()
            if run >= warm_up:
                times[name].append(time.perf_counter() - started)
    return {name: Figures(name, tuple(taken)) for name, taken in times.items()}


def ratio(name: str, ours: float, theirs: float, wanted: str) -> None:
    """Print a ratio beside what is wanted of it."""
    print(f"  → {name}: {ours / theirs:.2f} (wanted: {wanted})")


def show(figures: Sequence[Figures]) -> None:
    """Print each."""
    for each in figures:
        print(each.line())
