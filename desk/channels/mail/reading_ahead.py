"""Reading mail ahead: another process reads the next messages while this one files those before them.

Reading takes a third of the time of taking mail in, and one process does one after the other. Where that does not work
out (no fork on this system, one processor, the other process killed) nothing is lost: whoever files reads by itself.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader, BufferedWriter
from typing import TYPE_CHECKING, Any, NoReturn

from desk.channels.mail.incoming import read_incoming

if TYPE_CHECKING:
    from desk.rules.incoming import Incoming
    from desk.services.intake import Delivery, Reader

MOST_AHEAD_BYTES = 8_000_000
"""Of larger pieces one in memory is enough."""


class ReadingAhead:
    """The other process, as a context: enter it before a database is opened or a thread is started.

    It ends with the context, and when this process dies.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._to: BufferedWriter | None = None
        self._back: BufferedReader | None = None
        self._owes = False
        """Whether an answer comes that was not taken yet."""

    def __enter__(self) -> ReadingAhead:
        if hasattr(os, "fork") and threading.active_count() == 1 and _processors() > 1:
            pipes: list[int] = []
            me = os.getpid()
            heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the other process is not to hear one
            try:
                pipes += os.pipe()
                pipes += os.pipe()
                self._pid = os.fork()
                if self._pid == 0:
                    _read_and_leave(pipes, heard, me)
            except OSError:  # too many processes, or open files
                for pipe in pipes:
                    os.close(pipe)
            else:
                asked, to, back, answers = pipes
                os.close(asked)
                os.close(answers)
                self._to, self._back = os.fdopen(to, "wb"), os.fdopen(back, "rb")
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._give_up()
            with suppress(ChildProcessError):  # whoever started us may have chosen not to hear of children
                os.waitpid(self._pid, 0)

    def over(self, pieces: Iterable[list[Delivery]]) -> Iterator[tuple[list[Delivery], Reader]]:
        """Each piece with what reads its messages, to be used before the next one; most are read already.

        The next piece is read ahead from the first message on that is asked for; where most of a piece was known,
        and so was not asked for, not at all.
        """
        coming = iter(pieces)
        piece, reader, worth_it = next(coming, None), _Reader(self), True
        while piece is not None:
            following: list[Delivery] | None = None
            failure: Exception | None = None
            try:
                following = next(coming, None)
            except Exception as error:  # noqa: BLE001  (what came before it is filed first)
                failure = error
            reader.following = following if worth_it else None
            yield piece, reader.read
            if failure is not None:
                raise failure
            worth_it = reader.asked_for * 2 >= len(piece)
            piece, reader = following, _Reader(self, following if reader.has_asked else None)

    def ask(self, piece: list[Delivery]) -> bool:
        """Have a piece read; whether that was possible."""
        raws = [each.raw for each in piece]
        if sum(map(len, raws)) > MOST_AHEAD_BYTES:
            return False
        if self._owes:  # a piece was asked for of which nothing was wanted then
            self.answer()
        if self._to is None:
            return False
        try:
            pickle.dump(raws, self._to, pickle.HIGHEST_PROTOCOL)
            self._to.flush()
        except OSError:
            self._give_up()
            return False
        self._owes = True
        return True

    def answer(self) -> list[Incoming] | None:
        """What was read of the piece that was asked for last; None when the other process has failed."""
        if self._back is None or not self._owes:
            return None
        self._owes = False
        try:
            read: list[Incoming] = pickle.load(self._back)  # noqa: S301  (our own process wrote it)
        except Exception:  # noqa: BLE001  (half an answer can fail in any way; the mail is still here)
            self._give_up()
            return None
        return read

    def _give_up(self) -> None:
        self._owes = False
        for pipe in (self._to, self._back):
            with suppress(OSError):  # what could not be written to it is not missed
                if pipe is not None:
                    pipe.close()
        self._to = self._back = None


class _Reader:
    """Reads the messages of a piece; once the first is asked for, it takes what was read ahead of `piece`."""

    def __init__(self, ahead: ReadingAhead, piece: list[Delivery] | None = None) -> None:
        self._ahead = ahead
        self._piece = piece
        self._known: dict[bytes, Incoming] = {}
        self.following: list[Delivery] | None = None
        """What is to be read ahead then."""
        self.has_asked = False
        """Whether that is so."""
        self.asked_for = 0
        """How many messages were."""

    def read(self, raw: bytes) -> Incoming:
        """See `read_incoming`. Whoever asks has stored the message by now: reading may fail as it likes."""
        if not self.asked_for:
            self._begin()
        self.asked_for += 1
        known = self._known.get(raw)
        return known if known is not None else read_incoming(raw)

    def _begin(self) -> None:
        if self._piece is not None:
            read = self._ahead.answer()
            if read is not None:
                self._known = dict(zip((each.raw for each in self._piece), read, strict=True))
        if self.following is not None:
            self.has_asked = self._ahead.ask(self.following)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_and_leave(pipes: list[int], heard: Iterable[Any], parent: int) -> NoReturn:
    """In the other process: read what is asked for until nobody asks any more, without a word on the terminal."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is heard by who files
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        asked, to, back, answers = pipes
        os.close(to)
        os.close(back)
        _end_with(parent)
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


def _end_with(parent: int) -> None:
    """Elsewhere than on Linux, the closed pipe ends this process when it has read its piece."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it had ended before
            os._exit(0)
