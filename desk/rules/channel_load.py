"""How much a channel has to bear right now: closed, open or busy."""

from __future__ import annotations

from enum import StrEnum

MOST_WAITING_EACH = 10
"""Cases that may wait for each agent who is on a channel, before it counts as busy."""


class Load(StrEnum):
    """How a channel stands, in one word."""

    CLOSED = "closed"
    OPEN = "open"
    BUSY = "busy"


def load_of(*, is_open: bool, is_late: bool, waiting: int, agents: int) -> Load:
    """Busy is an open channel on which somebody waits longer than was promised, or too many for those who are on it.

    `waiting` are cases, `agents` those who are on the channel; nobody on it counts as one.
    """
    if not is_open:
        return Load.CLOSED
    return Load.BUSY if is_late or waiting > MOST_WAITING_EACH * max(1, agents) else Load.OPEN
