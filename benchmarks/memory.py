"""Resident memory of the running screens."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.worlds import environment, world
from tests.terminal import Terminal


def run(cases: int = 1_000_000) -> None:
    """Start, scroll, open some cases, and read what the system says."""
    with Terminal([sys.executable, "-m", "desk"], env=environment(world(cases)), columns=120, rows=40) as terminal:
        terminal.wait(lambda _: "#" in terminal.text())
        terminal.settle(1.0)
        started = _resident(terminal.pid)
        for _ in range(5):
            terminal.send(b"\x1b[6~" * 5)
            terminal.settle(0.3)
            terminal.send(b"\r")
            terminal.settle(0.5)
            terminal.send(b"\x1b")
            terminal.settle(0.3)
        worked = _resident(terminal.pid)
    print(f"resident memory at {cases} cases\n  after start {started:.0f} MB, after work {worked:.0f} MB")
    print("  → wanted: under 120 MB")


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
