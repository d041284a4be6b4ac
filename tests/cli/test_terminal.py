"""What is different when standard output or standard error is a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import document, letter, mbox
from tests.terminal import Terminal

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[bytes]"]


def shown(start: Start, *words: str | Path, stream: str) -> bytes:
    """What a terminal receives that is the standard output, or error, of `desk` with these words."""
    master, slave = pty.openpty()
    process = start(*words, **{stream: slave})
    os.close(slave)
    received = b""
    with os.fdopen(master, "rb", buffering=0) as terminal:
        while True:
            try:
                more = terminal.read(65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not more:
                break
            received += more
    process.communicate(timeout=60)
    assert process.returncode == 0, received
    return received


@pytest.mark.slow
def test_a_strangers_bytes_are_made_visible_before_they_reach_a_terminal(start: Start, run: Run) -> None:
    raw = letter(body="\x1b]0;owned\x07 \x9b31m 付款")
    assert run("intake", "mail", "-", typed=raw).exit_code == 0
    number = document(run("case", "1", "--json"))["messages"][0]["id"]
    assert run("case", "1", "--raw", str(number)).stdout_bytes == raw, "a file gets them as they are"
    received = shown(start, "case", "1", "--raw", str(number), stream="stdout")
    assert not set(received) & {0x07, 0x1B}
    assert "␛]0;owned␇".encode() in received
    assert "付款".encode() in received


@pytest.mark.slow
def test_a_bar_shows_how_far_a_long_run_has_come(start: Start, run: Run, tmp_path: Path) -> None:
    assert run("queue").exit_code == 0
    (tmp_path / "box").write_bytes(mbox(*map(letter, range(10))))
    received = shown(start, "intake", "mail", tmp_path / "box", stream="stderr")
    assert b"Taking in" in received


def test_without_a_terminal_there_is_no_bar(start: Start, run: Run, tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(mbox(letter()))
    result = run("intake", "mail", tmp_path / "box")
    assert (result.exit_code, result.stderr) == (0, "")


def test_screens_that_nobody_would_see_are_not_opened(home: dict[str, str], tmp_path: Path) -> None:
    with Terminal(
        [
            "/bin/sh",
            "-c",
            f"{sys.executable} -m desk open 2>{tmp_path}/said; echo code $?; {sys.executable} -m desk 2>/dev/null",
        ],
        env={**os.environ, **home},
    ) as terminal:
        terminal.wait(lambda _: "code 2" in terminal.text() and "Nothing waits here" in terminal.text())
    assert "The screens need a terminal" in (tmp_path / "said").read_text()
