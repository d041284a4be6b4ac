"""What every use case works with."""

from __future__ import annotations

from dataclasses import dataclass

from db.clock import Clock
from db.engine import Database
from desk.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: its database, its settings and its clock. Threads may share it."""

    database: Database
    settings: Settings
    clock: Clock
