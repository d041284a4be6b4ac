"""A desk, and a real IMAP server with mailboxes of its own for each test."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from db.clock import now
from db.models import Case, Message
from desk.fetching import Fetcher
from desk.services.desk import Desk
from desk.settings import Mail, Settings
from tests import dovecot as server
from tests.cli.conftest import home, new_home, run, start  # noqa: F401  (fixtures)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.engine import Database
    from desk.settings import Mailbox

WITHIN = 30.0
"""Seconds that something may take on a busy machine; it takes a fraction of one."""


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


@pytest.fixture
def own_dovecot() -> Iterator[server.Dovecot]:
    """A server that the test may stop and start."""
    if server.PROGRAM is None:
        pytest.skip(server.MISSING)
    running = server.Dovecot()
    try:
        running.start()
        yield running
    finally:
        running.remove()


def desk_with(database: Database, mailbox: Mailbox, **mail: Any) -> Desk:
    """A desk that reads one mailbox, called support."""
    return Desk(database, Settings(mail=Mail(mailboxes={"support": mailbox}, acknowledge=False, **mail)), now)


def subjects(desk: Desk) -> list[str]:
    """The subjects of all messages on file, in the order in which they were filed."""
    with desk.database.read() as connection:
        return list(connection.scalars(select(Message.subject).order_by(Message.id)))


def case_fields(desk: Desk, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of all cases, oldest first."""
    with desk.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*(getattr(Case, name) for name in names)))]


class Reading:
    """A fetcher at work in a thread of its own; `noted`, `paused` and `idle` are set each time it comes there."""

    def __init__(self, desk: Desk, when_idle: Callable[[], None] = lambda: None) -> None:
        self.noted, self.paused, self._go_on = threading.Event(), threading.Event(), threading.Event()
        self.idle = threading.Event()
        self._when_idle = when_idle
        self.pauses: list[float] = []
        self._stop = threading.Event()
        fetcher = Fetcher(desk, "support", at=self._at, chance=lambda: 0.0)
        self._thread = threading.Thread(target=fetcher.run, args=(self._stop, self._pause))

    def __enter__(self) -> Reading:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop it, and wait until it has stopped."""
        self._stop.set()
        self._go_on.set()
        self._thread.join(WITHIN)
        assert not self._thread.is_alive()

    def until_noted(self) -> None:
        """Wait until something more was read."""
        assert self.noted.wait(WITHIN)
        self.noted.clear()

    def until_idle(self) -> None:
        """Wait until it waits for nothing but the server's word."""
        assert self.idle.wait(WITHIN)
        self.idle.clear()

    def until_paused(self) -> None:
        """Wait until it waits after a failure."""
        assert self.paused.wait(WITHIN)

    def go_on(self) -> None:
        """End that wait and all later ones."""
        self._go_on.set()

    def _at(self, step: str) -> None:
        if step == "noted":
            self.idle.clear()
            self.noted.set()
        elif step == "idle":
            self._when_idle()
            self.idle.set()

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.set()
        self._go_on.wait(WITHIN)
        self._stop.wait(0.05)
