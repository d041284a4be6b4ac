"""A program's claim to be the one that reads a mailbox, renewed while it does."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from time import monotonic

from db.errors import DatabaseUnavailableError
from desk.services import mailbox_readers
from desk.services.desk import Desk

RENEW_SECONDS = 30.0
"""How often a reader says that it is still there."""


class MailboxClaim:
    """The claim of one reader on one mailbox."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk = desk
        self._name = name
        self._reader = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._made_at = -RENEW_SECONDS

    def make(self) -> bool:
        """Whether this one is to read the mailbox now. Raises `DatabaseUnavailableError`."""
        other = mailbox_readers.reader_of(self._desk, self._name)
        gone = other if other and other != self._reader and _is_gone(other) else None
        self._made_at = monotonic()
        return mailbox_readers.claim(self._desk, self._name, self._reader, instead_of=gone)

    def holds(self) -> bool:
        """Whether it is still this one's turn; asked often, it renews the claim from time to time."""
        if monotonic() - self._made_at < RENEW_SECONDS:
            return True
        try:
            return self.make()
        except DatabaseUnavailableError:
            return True  # reading will say so, once there is something to read

    def release(self) -> None:
        """Let another one read the mailbox; when the database is away, the claim runs out by itself."""
        with suppress(DatabaseUnavailableError):
            mailbox_readers.release(self._desk, self._name, self._reader)


def _is_gone(reader: str) -> bool:
    """Whether a reader was a process of this machine that is there no more."""
    host, _, rest = reader.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
