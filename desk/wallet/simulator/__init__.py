"""A wallet's core for one desk: seeded, in a SQLite file of its own, with time that can be set and faults on a dial."""

from __future__ import annotations

from desk.wallet.simulator.cast import Cast, Character, Incident, Nobody
from desk.wallet.simulator.core import Simulator
from desk.wallet.simulator.course import Course
from desk.wallet.simulator.faults import Faults, FaultsError
from desk.wallet.simulator.faulty import FaultyWallet

__all__ = ["Cast", "Character", "Course", "Faults", "FaultsError", "FaultyWallet", "Incident", "Nobody", "Simulator"]
