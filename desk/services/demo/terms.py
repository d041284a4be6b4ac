"""What the demo's clocks and promises are measured by: the policies and hours that its desk starts with."""

from __future__ import annotations

from datetime import datetime

from desk.rules.hours import HoursPlan
from desk.rules.sla import Matter, Policy, policy_for
from desk.services.demo.plots import Plot
from desk.services.hour_files import plan_of, read_hours
from desk.services.policy_files import policy_of, read_policies


class ShippedTerms:
    """The policies of `seeds/policies` and the channels' hours of `seeds/hours`, at a moment (aware)."""

    def __init__(self, now: datetime) -> None:
        self._policies = tuple(policy_of(key, file) for key, file in read_policies().items())
        self.plans: dict[object, HoursPlan] = {
            channel: plan_of(key, file, now.year) for key, file in read_hours().items() for channel in file.channels
        }

    def policy(self, plot: Plot) -> Policy:
        """The policy for a case."""
        return policy_for(Matter(plot.channel, plot.priority, plot.problem.topic), self._policies)
