"""Whether a pooled connection still stands, told without asking the server each time."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

TRUSTED = 5.0
"""Seconds after which a connection that lay still is asked: something on the way may have forgotten it."""


class Ping:
    """Asks a server for a sign of life where `ask` does; spares that to a connection that was used a moment ago.

    A server that ends a connection says so, and then there is something to read. While there is nothing, asking costs
    each unit of work a way to the server and back.
    """

    def __init__(self, ask: Callable[[Any], bool]) -> None:
        self._ask = ask
        self._used: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def __call__(self, connection: Any) -> bool:
        """Whether a connection of psycopg stands. Raises what `ask` raises."""
        now = time.monotonic()
        is_fresh = now - self._used.get(connection, -TRUSTED) < TRUSTED
        self._used[connection] = now
        return (is_fresh and _is_quiet(connection)) or self._ask(connection)


def _is_quiet(connection: Any) -> bool:
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
