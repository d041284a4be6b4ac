"""`desk refunds`: lists and policies from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


def test_the_shipped_policies_are_in_force_and_changes_are_shown_before_they_are_made(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    assert run("refunds", "policy", "check").output == "Nothing changes.\n"
    folder = tmp_path / "refund-paths"
    folder.mkdir()
    (folder / "deep_link.toml").write_text(
        'title = "Deep link"\nwindow_days = 30\nzone = "Asia/Jakarta"\npayout = "24h"\n', encoding="utf-8"
    )
    checked = run("refunds", "policy", "check", tmp_path)
    assert (checked.exit_code, checked.output) == (1, "path deep_link, window_days: 45 → 30\n")
    assert run("refunds", "policy", "apply", tmp_path).exit_code == 0
    assert run("refunds", "policy", "check", tmp_path).exit_code == 0


def test_a_file_that_makes_no_sense_is_refused_by_its_name(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = tmp_path / "refund-paths"
    folder.mkdir()
    (folder / "x.toml").write_text(
        'title = "X"\nwindow_days = 30\nzone = "Asia/Jakarta"\npayout = "24h"\nclosed = ["late"]\n', encoding="utf-8"
    )
    refused = run("refunds", "policy", "check", tmp_path)
    assert refused.exit_code == 1
    assert "x.toml" in refused.output
    assert "23:55-06:00" in refused.output


def test_empty_lists_and_unknown_refunds_are_said(run: Callable[..., Result]) -> None:
    assert json.loads(run("refunds", "list", "--lane", "merchant", "--json").output) == {"refunds": []}
    assert "There is no refund 7" in run("refunds", "show", "7").output
    assert json.loads(run("refunds", "remind", "--late", "--json").output)["reminded"] == []


def test_a_report_file_is_compared(run: Callable[..., Result], tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("key,transaction,amount,currency\ndesk-abc,T1,100,IDR\n", encoding="utf-8")
    found = json.loads(run("refunds", "reconcile", report, "--json").output)
    assert (found["equal"], found["differences"][0]["kind"], found["differences"][0]["new"]) == (
        False, "unknown_here", True,
    )  # fmt: skip
    report.write_text("key,transaction,amount,currency\ndesk-abc,T1,1.5,IDR\n", encoding="utf-8")
    assert "line 2" in run("refunds", "reconcile", report).output
