"""Sudden rises: whether more cases of a subject came than chance explains, told by the same hours of weeks before.

How many cases of a topic come in a while is taken to be Poisson with a rate that nobody knows. The weeks before give
what is known of it: `before` cases in `exposure` whiles make the rate a Gamma variable (Jeffreys' prior, 1/2), so that
the next while's number is negative binomial (Gelman et al., Bayesian Data Analysis, 2.6). Its tail is exact for any
length of history, and wider where there is little. People do not come evenly, so the spread is widened by
`DISPERSION`, and a busy day of the whole desk raises what is expected of every subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import exp, lgamma, log

WINDOW = timedelta(minutes=30)
"""The while that is looked at, ending now."""
AROUND = timedelta(minutes=60)
"""So much on either side of the same while of a week before counts as the same hour."""
WEEKS = 8
"""Weeks of history that are looked at."""
LEAST_WEEKS = 2
"""With less history nothing is raised: nobody knows what is usual."""
LEAST_CASES = 8
"""Fewer cases are never raised: an agent would see them anyway."""
LEAST_TIMES = 2.5
"""A rise is at least so many times what was to be expected."""
DISPERSION = 1.6
"""Variance over mean of an ordinary while."""
CHANCE = 1e-6
"""Rarer than this is no chance: a subject is looked at ten thousand times a week."""
COOL_DOWN = timedelta(hours=6)
"""So long after a subject was raised, or judged, it is not raised again."""
BUSIEST = 3.0
"""The most that a busy day raises what is expected."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A judged number of cases: what was to be expected, and how likely so many are by chance."""

    cases: int
    expected: float
    chance: float

    @property
    def is_sudden(self) -> bool:
        """Whether it is worth somebody's look."""
        return self.cases >= LEAST_CASES and self.cases >= LEAST_TIMES * self.expected and self.chance < CHANCE


def judge(cases: int, before: int, exposure: float, busy: float = 1.0) -> Rise:
    """How unusual `cases` in one while are, after `before` in `exposure` whiles of weeks before.

    `busy` is how many times busier than usual the desk is with everything else; it only raises what is expected.
    """
    if exposure <= 0:
        return Rise(cases, 0.0, 1.0)
    factor = min(max(busy, 1.0), BUSIEST)
    shape = (before + 0.5) / DISPERSION
    expected = (before + 0.5) / exposure * factor
    return Rise(cases, expected, _tail(cases / DISPERSION, shape, exposure / factor))


def _tail(cases: float, shape: float, exposure: float) -> float:
    """P(X >= cases) of the negative binomial with that shape and odds `exposure` to 1."""
    first = max(0, int(cases))
    log_p, log_q = log(exposure / (exposure + 1)), -log(exposure + 1)
    total, number = 0.0, first
    while True:
        term = exp(lgamma(number + shape) - lgamma(shape) - lgamma(number + 1) + shape * log_p + number * log_q)
        total += term
        number += 1
        if term < total * 1e-9 and number > shape / exposure:
            return min(total, 1.0)
        if number > first + 100_000:
            return min(total, 1.0)
