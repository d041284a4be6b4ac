"""`desk intake mail` reads ahead in another process; whatever becomes of that one, no mail is lost and none is left."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, letter, mbox

Start = Callable[..., "subprocess.Popen[bytes]"]
PATIENCE = 30
TOTAL = 1_200

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or len(os.sched_getaffinity(0)) < 2,
    reason="it takes two processors, and Linux to look for the other process",
)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box"
    path.write_bytes(mbox(*(letter(each, sender=f"{each}@example.com") for each in range(TOTAL))))
    return path


@pytest.fixture
def database(start: Start, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    started = start("queue")
    started.communicate(timeout=PATIENCE)
    assert started.returncode == 0
    with closing(sqlite3.connect(tmp_path / "data" / "desk.db")) as connection:
        yield connection


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


def other_process(of: subprocess.Popen[bytes]) -> int:
    """The process that it has started."""
    children = Path(f"/proc/{of.pid}/task/{of.pid}/children")
    return int(until(lambda: children.read_text().split())[0])


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def cases(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM support_case").fetchone()[0])


@pytest.mark.slow
def test_all_is_taken_in_and_the_other_process_ends(start: Start, database: sqlite3.Connection, box: Path) -> None:
    process = start("intake", "mail", box)
    other = other_process(process)
    said, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (0, b"")
    assert f"Taken in {TOTAL:,}: {TOTAL:,} new cases".encode() in said
    assert cases(database) == TOTAL
    assert database.execute("SELECT count(DISTINCT subject) FROM message").fetchone()[0] == TOTAL
    assert until(lambda: has_ended(other))


@pytest.mark.slow
def test_when_the_other_process_is_killed_the_rest_is_taken_in_all_the_same(
    start: Start, database: sqlite3.Connection, box: Path
) -> None:
    process = start("intake", "mail", box)
    other = other_process(process)
    until(lambda: cases(database))
    os.kill(other, signal.SIGKILL)
    said, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (0, b"")
    assert f"Taken in {TOTAL:,}: {TOTAL:,} new cases".encode() in said
    assert database.execute("SELECT count(DISTINCT subject) FROM message").fetchone()[0] == TOTAL


@pytest.mark.slow
def test_the_other_process_ends_when_this_one_is_killed(start: Start, database: sqlite3.Connection, box: Path) -> None:
    process = start("intake", "mail", box)
    other = other_process(process)
    until(lambda: cases(database))
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert until(lambda: has_ended(other))


BY_ITSELF = """
import os
from desk.channels.mail import reading_ahead
from desk.services.intake import Delivery
from tests.cli.conftest import letter

def nobody_reads_here(raw):
    raise AssertionError("read by who files")

def hangs(raw):
    import time
    time.sleep(600)

honest = reading_ahead.read_incoming
pieces = [[Delivery(letter(number), "test") for number in range(start, start + 5)] for start in (0, 5, 10, 10, 20)]
"""


def by_itself(script: str, *, ends_with: int = 0) -> str:
    """Run in a process that has one thread only, as the command's; what it prints."""
    command = [sys.executable, "-c", BY_ITSELF + script]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, timeout=PATIENCE)
    assert done.returncode == ends_with, done.stderr.decode()
    return done.stdout.decode()


def test_all_but_the_first_messages_are_read_by_the_other_process() -> None:
    by_itself("""
with reading_ahead.ReadingAhead() as ahead:
    reading_ahead.read_incoming = nobody_reads_here  # the other process has the honest one still
    for place, (piece, read) in enumerate(ahead.over(pieces)):
        if place == 0:
            reading_ahead.read_incoming = honest
        assert [read(each.raw) for each in piece] == [honest(each.raw) for each in piece]
        reading_ahead.read_incoming = nobody_reads_here
""")


def test_what_is_known_is_not_waited_for() -> None:
    by_itself("""
reading_ahead.read_incoming = hangs
with reading_ahead.ReadingAhead() as ahead:
    assert [piece for piece, _read in ahead.over(pieces)] == pieces
""")


def test_the_other_process_ends_with_this_one_also_while_it_reads() -> None:
    other = by_itself(
        """
import signal
reading_ahead.read_incoming = hangs
with reading_ahead.ReadingAhead() as ahead:
    reading_ahead.read_incoming = honest  # the other process has the one that hangs
    print(open(f"/proc/self/task/{os.getpid()}/children").read(), flush=True)
    for piece, read in ahead.over(pieces):
        read(piece[0].raw)  # from here on the other one reads the next piece
        os.kill(os.getpid(), signal.SIGKILL)
""",
        ends_with=-signal.SIGKILL,
    )
    assert until(lambda: has_ended(int(other)))


def test_where_no_process_can_be_started_who_files_reads() -> None:
    by_itself("""
def no_fork():
    raise BlockingIOError(11, "Resource temporarily unavailable")

os.fork = no_fork
open_before = len(os.listdir("/proc/self/fd"))
with reading_ahead.ReadingAhead() as ahead:
    assert len(os.listdir("/proc/self/fd")) == open_before
    for piece, read in ahead.over(pieces):
        assert [read(each.raw) for each in piece] == [honest(each.raw) for each in piece]
""")


def test_a_piece_is_handed_over_before_the_failure_that_follows_it() -> None:
    by_itself("""
def broken():
    yield from pieces[:2]
    raise ValueError("the box ends here")

handed = []
with reading_ahead.ReadingAhead() as ahead:
    try:
        for piece, read in ahead.over(broken()):
            handed.append([read(each.raw) for each in piece])
    except ValueError:
        assert handed == [[honest(each.raw) for each in piece] for piece in pieces[:2]]
    else:
        raise AssertionError("no failure")
""")
