"""Reading messages that mean harm: the time against the size, and what memory it took beside the message."""

from __future__ import annotations

import time
import tracemalloc

from desk.channels.mail import read_mail
from tests.hostile_mails import KINDS

SIZES = (250_000, 1_000_000, 4_000_000)
LONGEST = 40_000_000
BAR = 24
"""Signs of a bar that stands for two seconds."""


def run(sizes: tuple[int, ...] = SIZES) -> None:
    """Print a line for each kind: seconds at each size, seconds for each megabyte at the largest, memory, a bar."""
    titles = "  ".join(f"{size / 1e6:5.2f} MB" for size in sizes)
    print(f"reading hostile mail: milliseconds at a size, memory, bar to 2 s\n{'':<26}{titles}   memory")
    for name, make in KINDS.items():
        show(name, [timed(make(size)) for size in sizes], memory(make(sizes[-1])))
    print(f"one message of {LONGEST // 1_000_000} MB")
    for name in ("honest lines", "one long line", "base64 of HTML"):
        raw = KINDS[name](LONGEST)
        show(name, [timed(raw)], memory(raw))


def timed(raw: bytes) -> float:
    """Seconds of the processor for reading it, the best of two."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        read_mail(raw)
        times.append(time.process_time() - begin)
    return min(times)


def memory(raw: bytes) -> int:
    """The most bytes that reading took, the message itself apart."""
    tracemalloc.start()
    read_mail(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def show(name: str, times: list[float], peak: int) -> None:
    """One line of the plot."""
    figures = "  ".join(f"{seconds * 1_000:8.1f}" for seconds in times)
    bar = "#" * min(BAR, round(times[-1] / 2 * BAR))
    print(f"{name:<26}{figures}  {peak / 1e6:6.1f} MB  {bar}", flush=True)
