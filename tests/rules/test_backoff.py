"""Waiting before another try: longer each time, never too long, never all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.backoff import pause_after


@pytest.mark.parametrize(("failures", "pause"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (100_000, 300)])
def test_each_failure_doubles_the_pause_up_to_its_bound(failures: int, pause: float) -> None:
    assert pause_after(failures, 0.0) == pause


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_chance_makes_it_up_to_half_as_long(failures: int, chance: float) -> None:
    whole = pause_after(failures, 0.0)
    assert whole / 2 <= pause_after(failures, chance) <= whole <= 300
