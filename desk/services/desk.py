"""What every use case works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.clock import Clock
from db.engine import Database
from db.uow import Pending
from desk.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: its database, its settings and its clock. Threads may share it."""

    database: Database
    settings: Settings
    clock: Clock

    def __post_init__(self) -> None:
        """Whatever happens at this desk is counted with it."""
        self.database.counting = _count


def _count(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    from desk.services.counting import count_events  # the start of the screens need not wait for it

    count_events(connection, now, events)
