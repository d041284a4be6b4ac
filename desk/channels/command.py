"""The *exec* adapter: a configured command gets the message as JSON and answers with the provider's id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress

from db.rows import OutgoingRow
from desk.channels.sending import RefusedError, Taken, TryLaterError, UnknownOutcomeError, as_json, unnoted
from desk.rules.text import clean_line, clean_text

TEMPORARY_FAILURE = 75
"""EX_TEMPFAIL of sysexits.h: try again later."""

TIMEOUT_SECONDS = 60


class CommandSender:
    """Runs the command once a message: exit 0 sent, 75 later, anything else refused.

    The customer's words reach it on standard input only: never as an argument, never through a shell.
    """

    def __init__(self, command: Sequence[str], *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._command = [os.path.expanduser(command[0]), *command[1:]]  # noqa: PTH111  (a name, not yet a path)
        self._timeout = timeout_seconds

    def send(self, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """Run the command; its first line of output is the provider's id."""
        begun()
        status, output, errors = self._run(json.dumps(as_json(message)).encode("ascii") + b"\n")
        said = clean_text(errors.decode("utf-8", "replace")).strip()[-2000:]
        if status == TEMPORARY_FAILURE:
            raise TryLaterError(said or f"{self._command[0]} asked to try later")
        if status != 0:
            raise RefusedError(said or f"{self._command[0]} ended with status {status}")
        first = output.decode("utf-8", "replace").strip().splitlines()
        return Taken(clean_line(first[0], 900) if first else None)

    def _run(self, words: bytes) -> tuple[int, bytes, bytes]:
        try:
            # A session of its own: Ctrl-C in the agent's terminal is not meant for it, and it can be ended as a whole.
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            words_of = getattr(error, "strerror", None) or error
            raise TryLaterError(f"{self._command[0]} cannot be run: {words_of}") from error
        with process:
            try:
                output, errors = process.communicate(words, self._timeout)
            except subprocess.TimeoutExpired as error:
                _end(process)
                said = f"{self._command[0]} did not answer within {self._timeout:g} seconds"
                raise UnknownOutcomeError(said) from error
        return process.returncode, output, errors


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it has started."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
