"""A head start: another process reads the first rows while this one paints the shell.

SQLAlchemy takes longer to import than the shell to paint, and one process does one after the other. In two processes
they come up side by side, and the rows are there almost with the first frame. Where that does not work out (no fork
on this system, a database that is not ready, any fault) nothing is lost: the desk then reads them itself.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows_start import FirstLook

ROWS = 50
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
        """Wait for what was read; None when nothing could be. To be called once, from any thread."""
        with open(self._pipe, "rb") as pipe:  # noqa: PTH123  (a descriptor, not a path)
            data = pipe.read()
        os.waitpid(self._pid, 0)
        import msgspec

        from db.rows_start import FirstLook

        try:
            return msgspec.msgpack.decode(data, type=FirstLook)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def _read_and_leave(url: str | None, login: str | None, pipe: int) -> None:
    """In the other process: write the rows to the pipe and end, whatever happens, without a word on the terminal."""
    try:
        os.nice(LATER)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
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
