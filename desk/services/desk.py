"""What every use case works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.clock import Clock
from db.engine import Database
from db.uow import Pending
from desk.settings import Settings

if TYPE_CHECKING:
    from db.uow import UnitOfWork
    from desk.wallet.port import Wallet


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: its database, its settings and its clock. Threads may share it."""

    database: Database
    settings: Settings
    clock: Clock
    wallet: Wallet | None = None
    """A wallet to work with instead of the one in the settings; ask `desk.services.wallets.wallet_of`."""

    def __post_init__(self) -> None:
        """Whatever is written at a desk is counted, and its cases' clocks are kept, in the same transaction."""
        self.database.counting = _count
        if _keep_clocks not in self.database.settlers:
            self.database.settlers += (_keep_clocks,)


def _count(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    from desk.services.counting import count_events  # the start of the screens need not wait for it

    count_events(connection, now, events)


def _keep_clocks(unit: UnitOfWork) -> None:
    from desk.services.clock_keeping import keep_clocks  # most programs that open a desk write nothing at first

    keep_clocks(unit)
