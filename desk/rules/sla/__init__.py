"""Service level agreements: what is owed to whom by when, and the clocks that measure it in service time."""

from __future__ import annotations

from desk.rules.sla.clocks import Clock, clocks_of, most_urgent
from desk.rules.sla.facts import Fact, What
from desk.rules.sla.policy import Breach, Matter, Policy, PolicyError, Targets, policy_for

__all__ = [
    "Breach", "Clock", "Fact", "Matter", "Policy", "PolicyError", "Targets", "What", "clocks_of", "most_urgent",
    "policy_for",
]  # fmt: skip
