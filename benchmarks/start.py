"""Cold start: the shell and the first rows, against an empty Textual app, in a real terminal."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from benchmarks.measuring import Figures, ratio, show
from benchmarks.worlds import environment, world
from tests.terminal import Terminal

PAINTED = re.compile(rb" {40}")
REFERENCE = re.compile(r"#\d+")
RUNS = 9


def run(cases: int = 1_000_000) -> None:
    """Start both in turn and say when each had painted."""
    path = world(cases)
    empty, shell, rows = [], [], []
    for round_ in range(RUNS + 1):
        first = _empty(path)
        painted, filled = _desk(path)
        if round_:
            empty.append(first)
            shell.append(painted)
            rows.append(filled)
    figures = [Figures(name, tuple(times)) for name, times in (("empty", empty), ("shell", shell), ("rows", rows))]
    print(f"cold start at {cases} cases")
    show(figures)
    ratio("shell painted / empty app", figures[1].median, figures[0].median, "at most 1.15")
    ratio("rows painted / empty app", figures[2].median, figures[0].median, "at most 2")


def _empty(path: Path) -> float:
    with Terminal([sys.executable, "-m", "benchmarks.empty_app"], env=environment(path)) as terminal:
        painted = terminal.wait(lambda _: PAINTED.search(terminal.written) is not None)
        return painted - terminal.started


def _desk(path: Path) -> tuple[float, float]:
    with Terminal([sys.executable, "-m", "desk"], env=environment(path)) as terminal:
        painted = terminal.wait(lambda _: PAINTED.search(terminal.written) is not None)
        filled = terminal.wait(lambda _: REFERENCE.search(terminal.text()) is not None)
        return painted - terminal.started, filled - terminal.started
