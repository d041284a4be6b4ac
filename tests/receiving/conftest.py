"""A desk, and a real IMAP server with mailboxes of its own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import dovecot as server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def dovecot() -> Iterator[server.Dovecot]:
    """A server that runs all the time; each test takes a mailbox of a new user."""
    if server.PROGRAM is None:
        pytest.skip(server.MISSING)
    running = server.Dovecot()
    try:
        running.start()
        yield running
    finally:
        running.remove()
