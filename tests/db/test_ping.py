"""Connections that wait in a pool: taken for good after a moment, asked after a while, replaced when they ended."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from db import ping
from db.engine import Database
from db.ping import TRUSTED, Ping

if TYPE_CHECKING:
    from collections.abc import Iterator


class Waiting:
    """A connection and its server's end of it; `asked` counts the signs of life that were asked for."""

    def __init__(self) -> None:
        self.here, self.there = socket.socketpair()
        self.asked = 0
        self.ping = Ping(self._ask)

    def stands(self) -> bool:
        return self.ping(self.here)

    def _ask(self, _connection: Any) -> bool:
        self.asked += 1
        return True


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    made = Waiting()
    yield made
    made.here.close()
    made.there.close()


def test_a_connection_is_asked_at_first_and_then_taken_for_good(waiting: Waiting) -> None:
    assert [waiting.stands() for _ in range(5)] == [True] * 5
    assert waiting.asked == 1


def test_a_connection_on_which_something_has_come_is_asked(waiting: Waiting) -> None:
    waiting.stands()
    waiting.there.close()  # as a server that ends: there is an end to read
    assert waiting.stands()
    assert waiting.asked == 2


def test_a_connection_that_lay_still_is_asked(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting.stands()
    later = time.monotonic() + TRUSTED
    monkeypatch.setattr(ping.time, "monotonic", lambda: later)  # type: ignore[attr-defined]
    waiting.stands()
    waiting.stands()
    assert waiting.asked == 2


def test_who_comes_after_the_server_has_ended_a_waiting_connection_sees_nothing_of_it(
    postgres_database: Database, postgres_url: str
) -> None:
    other = Database(postgres_url)
    waiting = _process(postgres_database)
    assert _process(postgres_database) == waiting
    with other.write() as unit:
        unit.connection.execute(text("SELECT pg_terminate_backend(:waiting, 5000)"), {"waiting": waiting})
    assert _process(postgres_database) != waiting
    other.close()


def _process(database: Database) -> int:
    with database.read() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)
