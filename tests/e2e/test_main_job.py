"""The main job in a real terminal: a demo world, the next case, a canned answer, and the mail that arrives."""

from __future__ import annotations

import email
import email.policy
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.terminal import Terminal

UNDO_SECONDS = 1


class Mailbox:
    """What a real SMTP server on loopback has taken."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": "Asia/Jakarta",
        "DESK_DATA_DIR": str(folder / "data"),
        "DESK_CONFIG": str(folder / "none.toml"),
        "DESK_MAIL__SMTP__HOST": "127.0.0.1",
        "DESK_MAIL__SMTP__PORT": str(port),
        "DESK_MAIL__SMTP__SECURITY": "none",
        "DESK_OUTBOX__UNDO_SECONDS": str(UNDO_SECONDS),
    }


def demo(folder: Path, port: int) -> Terminal:
    argv = [sys.executable, "-m", "desk", "demo", "--cases", "120", "--seed", "7"]
    return Terminal(argv, env=environment(folder, port), columns=100, rows=30)


def wait_until(what: object, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_an_agent_answers_the_next_case_with_a_canned_answer_and_it_arrives_once(
    tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    with demo(tmp_path, port) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for("#")
        terminal.send("3")
        terminal.wait(lambda _: "☏" not in terminal.text().partition("───")[2])
        terminal.send("n")
        terminal.wait_for("esc back")
        reference = terminal.text().split("#", 1)[1].split()[0]
        terminal.send("ccase.received\r")  # faster than any hand
        terminal.wait_for("reply to")
        terminal.wait_for(f"#{reference}")
        terminal.send("\x07")
        wait_until(lambda: box.received)
        terminal.wait_for("sent")
        terminal.settle(UNDO_SECONDS + 1.5)
        assert len(box.received) == 1
        mail = email.message_from_bytes(box.received[0], policy=email.policy.default)
        assert re.search(rf"\[#{reference}-[a-z2-7]{{8}}\]$", mail["Subject"])
        assert mail["To"].addresses[0].domain.startswith("example.")
        terminal.send("\x1b")
        terminal.wait_for("⏎ open")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert len(box.received) == 1


@pytest.mark.slow
def test_words_that_were_kept_before_a_kill_are_there_again(tmp_path: Path, mailbox: tuple[Mailbox, int]) -> None:
    words = "jangan sampai hilang 不要丢失"
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for("#")
        terminal.send("r")
        terminal.wait_for("reply to")
        reference = terminal.text().split("#", 1)[1].split()[0]
        terminal.send(words)
        terminal.wait_for("不要丢失")
        terminal.wait_for("draft kept")
        terminal.kill()
        assert terminal.wait_exit() == -9
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for(f"#{reference}")
        terminal.send("r")
        terminal.wait_for("不要丢失")
        assert "jangan sampai hilang" in terminal.text()


@pytest.mark.slow
@pytest.mark.parametrize("stalled", [False, True], ids=["read", "unread"])
def test_a_window_that_is_closed_ends_the_desk_and_keeps_the_words(
    tmp_path: Path, mailbox: tuple[Mailbox, int], stalled: bool
) -> None:
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for("#")
        terminal.send("r")
        terminal.wait_for("reply to")
        reference = terminal.text().split("#", 1)[1].split()[0]
        terminal.send("jangan sampai hilang 不要丢失")
        terminal.wait_for("不要丢失")
        if stalled:
            terminal.stall()
        for columns in range(120, 200):
            terminal.resize(columns, 50)
            time.sleep(0.02)
        terminal.hang_up()
        assert terminal.wait_exit() == 0
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for(f"#{reference}")
        terminal.send("r")
        terminal.wait_for("不要丢失")


@pytest.mark.slow
def test_a_call_outlives_a_kill_with_its_notes(tmp_path: Path, mailbox: tuple[Mailbox, int]) -> None:
    phone = "\x1b[19~"  # F8
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for(" next", 60)
        terminal.wait_for("#")
        terminal.send(phone)
        terminal.wait_for("incoming call: number")
        terminal.send("0812 0000 4711\r")
        terminal.wait_for("a new case")
        terminal.send("uang belum kembali 没收到")
        terminal.wait_for("没收到")
        terminal.wait_for("notes kept")
        terminal.kill()
        assert terminal.wait_exit() == -9
    with demo(tmp_path, mailbox[1]) as terminal:
        terminal.wait_for("The call with 0812 0000 4711", 60)
        terminal.send(phone)
        terminal.wait_for("没收到")
        assert "uang belum kembali" in terminal.text()
        terminal.send("\x07")
        terminal.wait_for("how did the call end?")
        terminal.send("h")
        terminal.wait_for("and then?")
        terminal.send("n")
        terminal.wait_for("Wrapped up on #")
