"""The *exec* adapter: a configured command gets the message as JSON and answers with the provider's id."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence

from db.rows import OutgoingRow
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError, as_json

TEMPORARY_FAILURE = 75
"""EX_TEMPFAIL of sysexits.h: try again later."""

TIMEOUT_SECONDS = 60


class CommandSender:
    """Runs the command once a message: exit 0 sent, 75 later, anything else refused.

    The customer's words reach it on standard input only: never as an argument, never through a shell.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = [os.path.expanduser(command[0]), *command[1:]]  # noqa: PTH111  (a name, not yet a path)

    def send(self, message: OutgoingRow) -> str | None:
        """Run the command; its first line of output is the provider's id."""
        try:
            done = subprocess.run(
                self._command,
                input=json.dumps(as_json(message)).encode("ascii") + b"\n",
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            words = f"{self._command[0]} did not answer within {TIMEOUT_SECONDS} seconds"
            raise UnknownOutcomeError(words) from error
        except OSError as error:
            raise TryLaterError(f"{self._command[0]} cannot be run: {error.strerror or error}") from error
        said = done.stderr.decode("utf-8", "replace").strip()[-2000:]
        if done.returncode == TEMPORARY_FAILURE:
            raise TryLaterError(said or f"{self._command[0]} asked to try later")
        if done.returncode != 0:
            raise RefusedError(said or f"{self._command[0]} ended with status {done.returncode}")
        first = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return first[0][:900] if first else None
