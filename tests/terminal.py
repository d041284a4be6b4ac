"""A real program in a real pseudo-terminal, read through a terminal emulator: what a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import queue
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

# The emulator prints what it does not know; these are answered or ignored by real terminals.
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z~]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\|\x1b_.*?\x1b\\", re.DOTALL)
_KEPT = re.compile(rb"\x1b\[\?(25|7|1049|47)[hl]")


class Terminal:
    """Runs `argv` in a terminal of `columns` by `rows`; use it as a context manager."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.written = bytearray()
        """Every byte that the program wrote to its terminal."""
        self.exit_status: int | None = None
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], list(argv), dict(env))  # noqa: S606
        self._heard, hearing = os.pipe()
        self._hearing: int | None = hearing
        self._say_size(columns, rows)
        # Read beside the emulator, so that its slowness is not taken for the program's.
        self._arrivals: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._receive, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, keys: str | bytes) -> float:
        """Type; the moment of typing by the performance counter."""
        data = keys.encode() if isinstance(keys, str) else keys
        now = time.perf_counter()
        os.write(self._fd, data)
        return now

    def wait(self, seen: Callable[[pyte.Screen], bool], seconds: float = 20.0) -> float:
        """Read until the screen shows what is looked for; the moment its last bytes arrived."""
        arrived = time.perf_counter()
        deadline = arrived + seconds
        while not seen(self.screen):
            found = self._next(deadline - time.perf_counter())
            if found is None:
                raise TimeoutError("not on screen:\n" + self.text())
            arrived, more = found
            if not more:
                raise EOFError(f"the program ended ({self.exit_status}); its screen:\n" + self.text())
        return arrived

    def wait_for(self, text: str, seconds: float = 20.0) -> float:
        """Read until `text` stands on the screen."""
        return self.wait(lambda _: text in self.text(), seconds)

    def settle(self, quiet: float = 0.15, seconds: float = 10.0) -> None:
        """Read until nothing has been written for `quiet` seconds."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            found = self._next(quiet)
            if found is None or not found[1]:
                return

    def lines(self) -> list[str]:
        """The screen's lines; the second cell of a wide character holds nothing."""
        # pyte's own `display` fails on a wide character that was cut by what was written over it
        columns = range(self.screen.columns)
        return ["".join(self.screen.buffer[row][column].data for column in columns) for row in range(self.screen.lines)]

    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(line.rstrip() for line in self.lines())

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.screen.resize(rows, columns)
        self._say_size(columns, rows)

    def stall(self) -> None:
        """Read no more: what the program writes has nowhere to go once the system's buffer is full."""
        if self._hearing is not None:
            os.close(self._hearing)
            self._hearing = None
            self._reader.join()

    def hang_up(self) -> None:
        """Close the window under the program, with all that it has written and nobody has read."""
        self.stall()
        os.close(self._fd)
        self._fd = -1

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def wait_exit(self, seconds: float = 20.0) -> int:
        """Read until the program ends; its exit status (negative: the signal)."""
        deadline = time.perf_counter() + seconds
        while self.exit_status is None:
            if time.perf_counter() > deadline:
                raise TimeoutError("still running; its screen:\n" + self.text())
            self._next(0.05)
            self._reap(os.WNOHANG)
        return self.exit_status

    def close(self) -> None:
        """End the program if it still runs, and give the terminal back."""
        self._reap(os.WNOHANG)
        if self.exit_status is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        if self._fd >= 0:
            self.hang_up()
        os.close(self._heard)

    def _say_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _receive(self) -> None:
        data = b"."
        while data and self._fd in select.select([self._fd, self._heard], [], [])[0]:
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # Linux answers EIO once the program has closed its end
                data = b""
            self._arrivals.put((time.perf_counter(), data))

    def _next(self, seconds: float) -> tuple[float, bool] | None:
        """Show what arrives next: when it came, and whether the program goes on; None when nothing comes in time."""
        try:
            arrived, data = self._arrivals.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if not data:
            self._reap(0)
            return arrived, False
        self.written += data
        self._stream.feed(_UNKNOWN.sub(lambda found: found[0] if _KEPT.fullmatch(found[0]) else b"", data))
        return arrived, True

    def _reap(self, options: int) -> None:
        if self.exit_status is not None:
            return
        pid, status = os.waitpid(self.pid, options)
        if pid:
            self.exit_status = os.waitstatus_to_exitcode(status)
