"""The desk in a real terminal: what reaches it as bytes, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pyte
import pytest

from tests.tui.conftest import World
from tests.tui.test_safety import HARMFUL

SECONDS = 60
OURS = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z$]|\x1b\[\?[0-9]+\$p|\x1b[()][A-Z0-9]|\x1b\]22;[a-z-]*\x07")
"""Control sequences of the kinds that Textual writes."""


class Terminal:
    """A desk in a pseudo-terminal of 80×24, its output as bytes and as a screen."""

    def __init__(self, process: int, master: int) -> None:
        self.process, self.master = process, master
        self.written = b""
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    def read(self, seconds: float) -> bool:
        """Take in what is there; False once nobody writes any more."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.written += data
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]+", b"", data))
        return bool(data)

    def wait_for(self, text: str) -> None:
        """Until the screen shows this."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if any(text in line for line in self._screen.display):
                return
            if not self.read(0.1):
                break
        raise AssertionError("\n".join(self._screen.display))

    def end(self) -> int:
        """Its exit status, once it has ended."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.read(0.05)
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self.process = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it did not end")


@contextmanager
def running(world: World, folder: Path) -> Iterator[Terminal]:
    process, master = pty.fork()
    if not process:
        os.environ.update(
            DESK_DATABASE_URL=world.url, DESK_DATA_DIR=str(folder), DESK_CONFIG=str(folder / "none.toml"),
            TERM="xterm-256color", LINES="24", COLUMNS="80",
        )  # fmt: skip
        os.execv(sys.executable, [sys.executable, "-m", "desk", "--as", "sari"])  # noqa: S606
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        if terminal.process:
            os.kill(terminal.process, signal.SIGKILL)
            os.waitpid(terminal.process, 0)
        with suppress(OSError):
            os.close(master)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=["hang-up", "terminate"])
def test_a_signal_ends_it_in_order(world: World, tmp_path: Path, number: signal.Signals) -> None:
    world.add(name="Budi Santoso")
    with running(world, tmp_path) as terminal:
        terminal.wait_for("Budi Santoso")
        os.kill(terminal.process, number)
        assert terminal.end() == 0
        assert b"Traceback" not in terminal.written


@pytest.mark.slow
def test_no_byte_of_a_stranger_controls_the_terminal(world: World, tmp_path: Path) -> None:
    for number, text in enumerate(HARMFUL):
        stored = text.encode("utf-8", "replace").decode().replace("\x00", "")[:900]
        world.add(due=timedelta(minutes=number), name=stored[:190], subject=stored)
    with running(world, tmp_path) as terminal:
        terminal.wait_for(f"of {len(HARMFUL)}")
        os.write(terminal.master, b"jjjjG")
        terminal.wait_for(f"{len(HARMFUL)} of {len(HARMFUL)}")
        os.write(terminal.master, b"q")
        assert terminal.end() == 0
    rest = OURS.sub(b"", terminal.written)
    assert set(re.findall(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", rest)) == set()
    assert b"\xc2\x9b" not in rest
    assert "\u202e".encode() not in rest
