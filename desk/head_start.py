"""A head start: another process reads the first rows while this one paints the shell.

SQLAlchemy takes longer to import than the shell to paint, and one process does one after the other. In two processes
they come up side by side, and the rows are there almost with the first frame. Where that does not work out (no fork
on this system, a database that is not ready, any fault) nothing is lost: the desk then reads them itself.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows_start import FirstLook

ROWS = 50
PATIENCE_SECONDS = 3.0
"""After this the desk reads the rows itself: a database that does not answer shall say so on screen."""
LATER = 5
"""How much the other process steps back (nice): where cores are scarce, the shell comes first."""


class HeadStart:
    """The other process; `begin` it before any thread is started."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid, self._pipe = pid, pipe

    @classmethod
    def begin(cls, url: str | None = None, login: str | None = None) -> HeadStart | None:
        """Start reading the queue of the desk at `url` for `login`; None where it cannot be done safely."""
        if not hasattr(os, "fork") or threading.active_count() > 1:
            return None
        pipe, ours = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(pipe)
            _read_and_leave(url, login, ours)
        os.close(ours)
        return cls(pid, pipe)

    def result(self) -> FirstLook | None:
        """Wait for what was read; None when nothing could be, or not soon. To be called once, from any thread."""
        data = self._read()
        if data is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # whoever started us may have chosen not to hear of children
            os.waitpid(self._pid, 0)
        import msgspec

        from db.rows_start import FirstLook

        try:
            return msgspec.msgpack.decode(data or b"", type=FirstLook)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _read(self) -> bytes | None:
        """All that it wrote, or None when it takes too long."""
        data = b""
        until = time.monotonic() + PATIENCE_SECONDS
        try:
            while select.select([self._pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                part = os.read(self._pipe, 65536)
                if not part:
                    return data
                data += part
        finally:
            os.close(self._pipe)
        return None


def _read_and_leave(url: str | None, login: str | None, pipe: int) -> None:
    """In the other process: write the rows to the pipe and end, whatever happens, without a word on the terminal."""
    gc.disable()  # it ends before anything would be worth collecting
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        os.nice(LATER)
        look = _look(url, login)
        if look is not None:
            import msgspec

            with open(pipe, "wb") as file:
                file.write(msgspec.msgpack.encode(look))
    finally:
        os._exit(0)


def _look(url: str | None, login: str | None) -> FirstLook | None:
    from db.kinds import Lane
    from db.rows_start import FirstLook
    from desk import bootstrap
    from desk.services import queue

    opened = bootstrap.glance(url=url, login=login)
    if opened is None:
        return None
    page = queue.page(opened.desk, opened.me, Lane.ALL, limit=ROWS)
    return FirstLook(opened.me, page, queue.counts(opened.desk, opened.me))
