"""Reading mail ahead: another process reads the next messages while this one files those before them.

Reading takes a third of the time of taking mail in, and one process does one after the other. Where that does not work
out (no fork on this system, one processor, the other process killed) nothing is lost: whoever files reads by itself.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader, BufferedWriter
from typing import TYPE_CHECKING, Any, NoReturn

from desk.channels.mail.incoming import read_incoming

if TYPE_CHECKING:
    from desk.rules.incoming import Incoming
    from desk.services.intake import Delivery, Reader


class ReadingAhead:
    """The other process, as a context: enter it before a database is opened or a thread is started.

    It ends with the context, and when this process dies: nothing comes through the pipe any more then.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._to: BufferedWriter | None = None
        self._back: BufferedReader | None = None

    def __enter__(self) -> ReadingAhead:
        if hasattr(os, "fork") and threading.active_count() == 1 and _processors() > 1:
            theirs, to = os.pipe()
            back, ours = os.pipe()
            self._pid = os.fork()
            if self._pid == 0:
                os.close(to)
                os.close(back)
                _read_and_leave(theirs, ours)
            os.close(theirs)
            os.close(ours)
            self._to, self._back = os.fdopen(to, "wb"), os.fdopen(back, "rb")
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            self._give_up()
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # whoever started us may have chosen not to hear of children
                os.waitpid(self._pid, 0)

    def over(self, pieces: Iterable[list[Delivery]]) -> Iterator[tuple[list[Delivery], Reader]]:
        """Each piece with what reads its messages: the first as ever, the others are mostly read by then."""
        current: list[Delivery] | None = None
        reader: Reader = read_incoming
        for piece in pieces:
            if current is not None:
                self._ask(piece)
                yield current, reader
                reader = self._reader(piece)
            current = piece
        if current is not None:
            yield current, reader

    def _ask(self, piece: list[Delivery]) -> None:
        if self._to is not None:
            try:
                pickle.dump([each.raw for each in piece], self._to, pickle.HIGHEST_PROTOCOL)
                self._to.flush()
            except OSError:
                self._give_up()

    def _reader(self, piece: list[Delivery]) -> Reader:
        if self._back is None:
            return read_incoming
        try:
            read: list[Incoming] = pickle.load(self._back)  # noqa: S301  (our own process wrote it)
        except Exception:  # noqa: BLE001  (half an answer can fail in any way; the mail is still here)
            self._give_up()
            return read_incoming
        known = dict(zip((each.raw for each in piece), read, strict=True))
        return known.__getitem__

    def _give_up(self) -> None:
        for pipe in (self._to, self._back):
            with suppress(OSError):  # what could not be written to it is not missed
                if pipe is not None:
                    pipe.close()
        self._to = self._back = None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_and_leave(asked: int, answers: int) -> NoReturn:
    """In the other process: read what is asked for until nobody asks any more, without a word on the terminal."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is heard by who files
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        gc.freeze()
        with os.fdopen(asked, "rb") as questions, os.fdopen(answers, "wb") as file:
            while True:
                raws: Any = pickle.load(questions)  # noqa: S301  (our own process wrote it)
                pickle.dump(list(map(read_incoming, raws)), file, pickle.HIGHEST_PROTOCOL)
                file.flush()
    finally:
        os._exit(0)
