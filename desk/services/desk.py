"""What every use case works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.clock import Clock
from db.engine import Database
from db.kinds import EventKind
from db.uow import Counting, Pending
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
        for settler in (_keep_clocks, _leave_guides):
            if settler not in self.database.settlers:
                self.database.settlers += (settler,)


def _count(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    for count in _countings():
        count(connection, now, events)
    if any(each.kind.startswith("guide.") for each in events):
        from desk.services.guide_figures import count_guides

        count_guides(connection, now, events)


def _keep_clocks(unit: UnitOfWork) -> None:
    _clock_keeping()(unit)


def _leave_guides(unit: UnitOfWork) -> None:
    if any(each.kind is EventKind.CASE_STATUS for each in unit.unsettled):
        from desk.services.guides import leave_guides

        leave_guides(unit)


# Imported by the first write: the start of the screens need not wait for these, and most programs that open a desk
# write nothing at first. An import that stands where each write passes is looked up anew by each of them.


@cache
def _countings() -> tuple[Counting, ...]:
    from desk.services.answer_counting import count_answers
    from desk.services.counting import count_events

    return count_events, count_answers


@cache
def _clock_keeping() -> Callable[[UnitOfWork], None]:
    from desk.services.clock_keeping import keep_clocks

    return keep_clocks
