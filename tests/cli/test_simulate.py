"""`desk simulate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.mark.slow
def test_a_month_is_played_as_text_and_as_json(run: Callable[..., Result]) -> None:
    shown = run("simulate", "--days", "1")
    told = run("simulate", "--days", "1", "--json")

    assert shown.exit_code == told.exit_code == 0, shown.output + told.output
    document = json.loads(told.stdout)
    phone = document["by_channel"]["phone"]
    assert phone["came"] == phone["answered"] + phone["gave_up"] + phone["waiting"] > 0
    assert document["plan"]["days"] == 1
    line = next(line for line in shown.stdout.splitlines() if line.startswith("phone "))
    assert line.split()[1:5] == [str(phone[name]) for name in ("came", "answered", "gave_up", "waiting")]
    assert "ERLANG C" in shown.stdout


def test_a_plan_that_is_none_is_told_with_its_place(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('start = "2026-12-01"\n')

    found = run("simulate", path)

    assert found.exit_code == 2
    assert "plan.toml" in found.output
    assert "arrivals" in found.output
