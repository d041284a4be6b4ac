"""Waits by formula: how long callers of one kind wait for some number of agents who are all alike.

Arrivals are a Poisson stream of constant rate, service and patience last exponentially long. Sources: A. K. Erlang
(1917) for the B and C formulas; C. Palm (1957), and Garnett, Mandelbaum and Reiman, "Designing a call center with
impatient customers" (2002) for the A formula. Times are in one unit of the caller's choice, rates per that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

SMALLEST = 1e-13
"""Once a state of the queue is so much less likely than the likeliest one, further ones are left out."""


@dataclass(frozen=True, slots=True)
class Waits:
    """What callers meet. `mean` counts everybody; shares and probabilities are 0 to 1; infinite where work piles up."""

    wait_probability: float
    """That somebody waits at all."""
    mean: float
    within: float | None
    """That somebody is answered within the time that was asked for; None where the formula does not say."""
    abandoned: float
    occupancy: float
    """The share of the agents' time that is spent on callers."""


def blocking(load: float, agents: int) -> float:
    """The probability that all agents are busy and nobody waits (Erlang B); `load` in erlangs."""
    found = 1.0
    for number in range(1, agents + 1):
        found = load * found / (number + load * found)
    return found


def patient(rate: float, service: float, agents: int, target: float) -> Waits:
    """Callers who wait as long as it takes (Erlang C), answered within `target`.

    Raises `ValueError` for figures that are not positive.
    """
    load = _load(rate, service, agents)
    if load >= agents:
        return Waits(1.0, inf, 0.0, 0.0, 1.0)
    blocked = blocking(load, agents)
    waits = blocked / (1 - load / agents * (1 - blocked))
    leaving = (agents - load) / service
    return Waits(waits, waits / leaving, 1 - waits * exp(-leaving * target), 0.0, load / agents)


def impatient(rate: float, service: float, agents: int, patience: float) -> Waits:
    """Callers who hang up after `patience` on average (Erlang A, M/M/n+M). Raises `ValueError` as `patient` does."""
    load = _load(rate, service, agents)
    if not 0 < patience < inf:
        raise ValueError(f"patience has to be a time above 0, not {patience}")

    def leaving(callers: int) -> float:
        return min(callers, agents) / service + max(callers - agents, 0) / patience

    # From the likeliest number of callers outwards, so that no weight is too large for a float.
    likeliest = int(load) if load < agents else agents + int((rate - agents / service) * patience)
    weights = {likeliest: 1.0}
    callers, weight = likeliest, 1.0
    while callers > 0 and weight > SMALLEST:
        weight *= leaving(callers) / rate
        callers -= 1
        weights[callers] = weight
    callers, weight = likeliest, 1.0
    while weight > SMALLEST:
        callers += 1
        weight *= rate / leaving(callers)
        weights[callers] = weight
    total = sum(weights.values())
    queued = sum(weight * (callers - agents) for callers, weight in weights.items() if callers > agents) / total
    return Waits(
        wait_probability=sum(weight for callers, weight in weights.items() if callers >= agents) / total,
        mean=queued / rate,
        within=None,
        abandoned=queued / patience / rate,
        occupancy=sum(weight * min(callers, agents) for callers, weight in weights.items()) / total / agents,
    )


def agents_needed(rate: float, service: float, target: float, share: float, *, most: int = 10_000) -> int | None:
    """The fewest agents with whom `share` of the callers is answered within `target` (Erlang C); None above `most`."""
    number = max(1, int(rate * service))
    while number <= most:
        within = patient(rate, service, number, target).within
        if within is not None and within >= share:
            return number
        number += 1
    return None


def _load(rate: float, service: float, agents: int) -> float:
    if not (rate > 0 and service > 0 and agents >= 1):
        raise ValueError(f"a rate of {rate}, a service of {service} and {agents} agents: each has to be above 0")
    return rate * service
