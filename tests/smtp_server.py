"""A real SMTP server on loopback for tests, which stops at the step where a test wants something to happen."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN = 120.0  # seconds; a busy machine is not a failure

STEPS = ("connect", "ehlo", "mail", "rcpt", "data", "text", "quit")
"""Where it may stop: before its answer to each; at `text` it has taken the message."""


@dataclass(slots=True)
class SmtpServer:
    """Takes mail as told: `answers` are given instead of the usual ones, each once, by the step's name.

    At `stops_at` it tells `reached` and answers no more on that connection; `at` is called when a step is reached.
    An answer of `""` hangs up.
    """

    stops_at: str = ""
    answers: dict[str, list[str]] = field(default_factory=dict)
    at: dict[str, Callable[[], None]] = field(default_factory=dict)
    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Every command."""
    reached: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _listening: socket.socket | None = None
    _open: list[socket.socket] = field(default_factory=list)

    def start(self) -> None:
        """Listen on a free port, or again on the one that it had."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more, and hang up on everybody."""
        if self._listening is not None:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, _Ended), connection, connection.makefile("rwb") as lines:
            talk = _Talk(self, lines)
            talk.answer("connect", "220 ready")
            while talk.take(lines.readline()):
                pass


class _Ended(Exception):  # noqa: N818  (the conversation is over, which is no error)
    pass


@dataclass(slots=True)
class _Talk:
    server: SmtpServer
    lines: object
    recipients: list[str] = field(default_factory=list)

    def take(self, line: bytes) -> bool:
        self.server.heard.append(line.decode("utf-8", "replace").strip())
        step = line.split(b" ")[0].strip().decode("ascii").lower()
        usual = {
            "ehlo": "250-here\r\n250 SIZE 40000000",
            "mail": "250 sender ok",
            "quit": "221 bye",
            "auth": "235 welcome",
        }
        if step == "rcpt":
            if self.answer(step, "250 recipient ok").startswith("2"):
                self.recipients.append(line.split(b"<")[1].split(b">")[0].decode())
        elif step == "data":
            if self.answer(step, "354 go on").startswith("354"):
                self._text()
        elif line:
            if step == "rset":
                self.recipients.clear()
            self.answer(step, usual.get(step, "250 ok"))
        return bool(line) and step != "quit"

    def _text(self) -> None:
        read = []
        while (line := self.lines.readline()) != b".\r\n":  # type: ignore[attr-defined]
            if not line:
                raise _Ended
            read.append(line.removeprefix(b".") if line.startswith(b".") else line)
        planned = self.server.answers.get("text")
        if not planned or planned[0][:1] in {"2", ""}:
            self.server.taken.append((list(self.recipients), b"".join(read)))
        self.answer("text", "250 taken")
        self.recipients.clear()

    def answer(self, step: str, usual: str) -> str:
        if step in self.server.at:
            self.server.at[step]()
        if step == self.server.stops_at:
            self.server.reached.set()
            raise _Stopped(self.lines)
        planned = self.server.answers.get(step)
        said = planned.pop(0) if planned else usual
        if not said:
            raise _Ended
        self.lines.write(said.encode() + b"\r\n")  # type: ignore[attr-defined]
        self.lines.flush()  # type: ignore[attr-defined]
        return said


class _Stopped(_Ended):
    """It waits until the other side hangs up."""

    def __init__(self, lines: object) -> None:
        super().__init__()
        while lines.readline():  # type: ignore[attr-defined]
            pass
