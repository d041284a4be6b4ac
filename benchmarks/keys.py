"""Keys in a real terminal: scrolling, and opening a case, with the worker and queries running."""

from __future__ import annotations

import re
import sys

import pyte

from benchmarks.measuring import Figures, show
from benchmarks.worlds import environment, world
from tests.terminal import Terminal

SELECTED = re.compile(r"^▌.*?#(\d+)", re.MULTILINE)
REFERENCE = re.compile(r"#\d+")
KEYS = 400
OPENED = 40
TYPED = 20


def run(cases: int = 1_000_000) -> None:
    """Measure from the key's bytes to the last bytes of what it changes."""
    with Terminal([sys.executable, "-m", "desk"], env=environment(world(cases)), columns=120, rows=40) as terminal:
        terminal.wait(lambda _: SELECTED.search(terminal.text()) is not None)
        terminal.settle(1.0)
        moves = [_move(terminal, b"j" if step % 100 < 80 else b"k") for step in range(KEYS)]
        opened = [_open(terminal) for _ in range(OPENED)]
        kept = _kept(terminal)
    print(f"keys at {cases} cases")
    scrolling = Figures("key to repaint while scrolling", tuple(moves))
    opening = Figures("key to painted conversation", tuple(opened))
    keeping = Figures("key typed to draft kept", tuple(kept))
    show([scrolling, opening, keeping])
    print("  → wanted: scrolling median under 20 ms and p99 under 60 ms; opening median under 50 ms; kept within 1 s")


def _selected(terminal: Terminal) -> str:
    found = SELECTED.search(terminal.text())
    return found[1] if found else ""


def _move(terminal: Terminal, key: bytes) -> float:
    before = _selected(terminal)
    sent = terminal.send(key)
    arrived = terminal.wait(lambda _: _selected(terminal) not in {"", before})
    terminal.settle(0.02)
    return arrived - sent


def _open(terminal: Terminal) -> float:
    terminal.send(b"j")
    terminal.settle(0.6)
    wanted = f"#{_selected(terminal)}"

    def conversation(_: pyte.Screen) -> bool:
        lines = terminal.lines()
        return wanted in lines[0] and "esc" in lines[-1] and bool("".join(lines[4:8]).strip())

    sent = terminal.send(b"\r")
    arrived = terminal.wait(conversation)
    terminal.settle(0.2)
    terminal.send(b"\x1b")
    terminal.wait(lambda _: SELECTED.search(terminal.text()) is not None)
    terminal.settle(0.2)
    return arrived - sent


def _kept(terminal: Terminal) -> list[float]:
    """From a letter typed into an answer until the screen says that it is kept; each is deleted again."""
    terminal.send(b"\r")
    terminal.settle(0.4)
    terminal.send(b"r")
    terminal.wait_for("reply to")
    taken = []

    def is_kept(_: pyte.Screen) -> bool:
        return any("reply to" in line and "draft kept" in line for line in terminal.lines())

    terminal.send(b"\x15")  # what a run before may have left
    for _ in range(TYPED):
        terminal.wait(lambda screen: not is_kept(screen))
        terminal.settle(0.5)
        sent = terminal.send(b"x")
        taken.append(terminal.wait(is_kept) - sent)
        terminal.send(b"\x7f")
    terminal.settle(1.0)
    return taken
