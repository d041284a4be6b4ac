"""Waits by formula, against the literature, against the formulas written out, and against each other."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules import erlang


def test_the_example_of_mandelbaum_and_zeltyn() -> None:
    # "Service Engineering in Action: The Palm/Erlang-A Queue" (2007): 48 calls a minute, 50 agents, 1 minute a call,
    # 2 minutes of patience. Erlang C: 20.8 s on average, 96 % occupied; Erlang A: 3.7 s, 3.1 % hang up, 93 %.
    patient = erlang.patient(48 / 60, 60, 50, 20)
    impatient = erlang.impatient(48 / 60, 60, 50, 120)

    assert patient.mean == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)
    assert impatient.mean == pytest.approx(3.7, abs=0.05)
    assert impatient.abandoned == pytest.approx(0.031, abs=0.0005)
    assert impatient.occupancy == pytest.approx(0.93, abs=0.005)


@pytest.mark.parametrize(("load", "agents"), [(1, 1), (2, 3), (8, 10), (30, 33)])
def test_erlang_b_and_c_as_they_are_written_out(load: int, agents: int) -> None:
    states = [Fraction(load) ** number / factorial(number) for number in range(agents + 1)]
    assert erlang.blocking(load, agents) == pytest.approx(float(states[-1] / sum(states)))
    if load < agents:
        full = states[-1] * Fraction(agents, agents - load)
        waits = float(full / (sum(states[:-1]) + full))
        found = erlang.patient(load / 7, 7, agents, 0)
        assert found.wait_probability == pytest.approx(waits)
        assert found.within == pytest.approx(1 - waits)
        assert found.mean == pytest.approx(waits * 7 / (agents - load))


def test_more_work_than_agents_piles_up_only_where_nobody_hangs_up() -> None:
    assert erlang.patient(2, 1, 2, 10).mean == inf
    found = erlang.impatient(4, 1, 2, 3)
    assert found.occupancy == pytest.approx(1, abs=0.03)
    assert found.abandoned == pytest.approx(0.5, abs=0.02)


@given(st.floats(0.05, 40), st.floats(0.1, 10), st.integers(1, 60), st.floats(0.1, 50))
def test_with_endless_patience_both_formulas_say_the_same_and_all_flows_balance(
    rate: float, service: float, agents: int, patience: float
) -> None:
    found = erlang.impatient(rate, service, agents, patience)
    assert rate * (1 - found.abandoned) * service == pytest.approx(found.occupancy * agents, rel=1e-6)
    if rate * service < 0.95 * agents:
        endless = erlang.impatient(rate, service, agents, 1e7)
        assert endless.mean == pytest.approx(erlang.patient(rate, service, agents, 0).mean, rel=1e-4, abs=1e-9)


def test_the_fewest_agents_that_keep_a_promise() -> None:
    needed = erlang.agents_needed(100 / 3600, 180, 20, 0.8)
    assert needed is not None
    assert (erlang.patient(100 / 3600, 180, needed, 20).within or 0) >= 0.8
    assert (erlang.patient(100 / 3600, 180, needed - 1, 20).within or 0) < 0.8
    assert erlang.agents_needed(1000, 60, 20, 0.8, most=50) is None


@pytest.mark.parametrize("figures", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_figures_that_are_none_are_refused(figures: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        erlang.patient(*figures, 1)
    with pytest.raises(ValueError, match="patience"):
        erlang.impatient(1, 1, 1, 0)
