"""A wallet's core for one desk: seeded, in a SQLite file of its own, with time that can be set and faults on a dial."""

from __future__ import annotations

from desk.wallet.simulator.cast import Cast, Character, Incident, Nobody, Plight
from desk.wallet.simulator.core import Simulator
from desk.wallet.simulator.course import AT_ONCE, Course
from desk.wallet.simulator.faults import FULL, Faults, FaultsError, Mishap, read_faults
from desk.wallet.simulator.faulty import FaultyWallet

__all__ = [
    "AT_ONCE", "FULL", "Cast", "Character", "Course", "Faults", "FaultsError", "FaultyWallet", "Incident", "Mishap",
    "Nobody", "Plight", "Simulator", "read_faults",
]  # fmt: skip
