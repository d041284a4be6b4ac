"""`desk sla`: policies from files, a case's clocks, computing them anew and holding them to their events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

LINE = (
    '{"channel":"chat","external_id":"c1","from":{"handle":"dewi","tier":"gold"},"text":"Halo",'
    '"at":"2026-11-23T02:00:00Z"}\n'
)
FILE = """
title = "Chat"
tiers = ["gold"]
rank = 1
[targets]
first_response = ["1h30m"]
next_response = ["1h"]
resolution = ["8h"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "gold.toml").write_text(FILE, encoding="utf-8")
    return policies


def test_the_shipped_policies_are_in_force_from_the_start(run: Callable[..., Result]) -> None:
    shown = run("sla", "show")

    assert shown.exit_code == 0, shown.output
    assert "standard" in shown.output
    assert "priority" not in shown.output
    assert run("sla", "apply", "--check").output == "Nothing changes.\n"


def test_applying_says_what_changes_and_check_changes_nothing(run: Callable[..., Result], folder: Path) -> None:
    checked = run("sla", "apply", str(folder), "--check")
    assert checked.exit_code == 0, "as that of hours and routing"
    assert "standard: gone" in checked.output
    assert "gold: changed" in checked.output

    assert run("sla", "apply", str(folder)).exit_code == 0
    policies = json.loads(run("sla", "show", "--json").output)["policies"]
    assert [each["key"] for each in policies] == ["gold"]
    assert policies[0]["targets"]["first_response"] == [5400] * 4
    assert policies[0]["version"] == 2


def test_a_case_shows_its_clocks_by_the_tier_that_another_system_gave(run: Callable[..., Result], folder: Path) -> None:
    run("sla", "apply", str(folder))
    run("intake", "message", "-", typed=LINE)

    told = json.loads(run("sla", "show", "1", "--json").output)

    assert told["policy"] == "gold"
    assert [each["clock"] for each in told["clocks"]] == ["first_response", "resolution"]
    assert "first response" in run("sla", "show", "1").output


@pytest.mark.parametrize(("minutes", "least", "shown"), [(2, 7, ("7m", "8m")), (15, -6, ("−5m", "−6m"))])
def test_what_is_left_of_a_clock_is_what_is_left_now(
    run: Callable[..., Result], folder: Path, minutes: int, least: int, shown: tuple[str, ...]
) -> None:
    (folder / "gold.toml").write_text(FILE.replace("1h30m", "10m"), encoding="utf-8")
    run("sla", "apply", str(folder))
    always = folder.parent / "hours"
    always.mkdir()
    week = "".join(f'{day} = ["00:00-24:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    title = '{ id = "Chat", en = "Chat", zh = "聊天" }'
    text = f'title = {title}\nzone = "UTC"\nchannels = ["chat"]\n[weekly]\n{week}'
    (always / "chat.toml").write_text(text, encoding="utf-8")
    assert run("hours", "apply", str(always)).exit_code == 0
    at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    run("intake", "message", "-", typed=LINE.replace("2026-11-23T02:00:00Z", at))

    row = next(each for each in run("sla", "show", "1").output.splitlines() if each.startswith("first response"))
    assert any(f" {each} " in f"{row} " for each in shown), row
    told = json.loads(run("sla", "show", "1", "--json").output)["clocks"]
    left = next(each["remaining"] for each in told if each["clock"] == "first_response")
    assert least * 60 <= left <= (10 - minutes) * 60


def test_what_is_stored_is_held_to_the_events(run: Callable[..., Result], folder: Path) -> None:
    run("intake", "message", "-", typed=LINE)
    run("sla", "recompute")
    assert run("sla", "verify").output == "1 cases, 0 differences.\n"
    run("sla", "apply", str(folder))
    differing = run("sla", "verify")
    assert differing.exit_code == 1
    assert "being computed anew" in differing.output

    assert "1 changed" in run("sla", "recompute").output
    assert run("sla", "verify", "--json").exit_code == 0
    assert "1 cases" in run("sla", "status").output


def test_a_folder_without_policies_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "write at least one" in run("sla", "apply", str(tmp_path / "empty")).output
