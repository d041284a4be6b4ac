"""The agent's editor in a real terminal: whatever becomes of it, the desk is there again with the words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.test_main_job import environment
from tests.terminal import Terminal

EDITOR_KEY = "\x0f"
NOBODY = 9
"""A port on which no mail server listens: nothing is sent here."""


def script(folder: Path, lines: str) -> str:
    file = folder / "edit.sh"
    file.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    return f"sh {file}"


FAILING = {
    "is not there": (None, "could not be started"),
    "gives up": ("exit 3", "ended with 3"),
    "writes no text": ("printf '\\377\\376' > \"$1\"", "no UTF-8 text"),
    "takes the file away": ('rm "$1"', "cannot be read"),
    "is interrupted": ("kill -INT 0; sleep 5", "ended with"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "said"), FAILING.values(), ids=FAILING.keys())
def test_the_desk_comes_back_when_the_editor(tmp_path: Path, lines: str | None, said: str) -> None:
    command = "/usr/bin/nonexistent-vim" if lines is None else script(tmp_path, lines)
    env = environment(tmp_path, NOBODY) | {"EDITOR": command}
    argv = [sys.executable, "-m", "desk", "demo", "--cases", "20", "--seed", "7"]
    with Terminal(argv, env=env, columns=100, rows=30) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for("#")
        terminal.send("r")
        terminal.wait_for("reply to")
        terminal.send("Halo sebelum")
        terminal.wait_for("draft kept")
        terminal.send(EDITOR_KEY)
        terminal.wait_for(said)
        terminal.send(" sesudah")
        terminal.wait_for("Halo sebelum sesudah")
        terminal.wait_for("draft kept")
        terminal.send("\x1b")
        terminal.wait_for("f fold")
        terminal.send("h")
        terminal.wait_for("History of #")
