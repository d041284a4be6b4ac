"""`desk guides` and `desk codes`: checking files, putting them in force, printing what is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desk.services.seed_files import seeds_folder
from tests.cli.conftest import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeds_folder() / "guides", tmp_path / "guides"))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_the_shipped_guides_are_sound_and_in_force_from_the_start(run: Run) -> None:
    linted = run("guides", "lint")
    assert (linted.exit_code, linted.output) == (0, "7 guides, 0 problems.\n")
    assert run("guides", "apply", "--check").output == "Nothing changes.\n"
    assert run("codes", "apply", "--check").output == "Nothing changes.\n"
    listed = document(run("guides", "list", "--json"))["guides"]
    assert [each["key"] for each in listed] == [
        "account-stolen", "app-problem", "cannot-log-in", "close-account", "payment-failed", "refund-stalled",
        "statement",
    ]  # fmt: skip


def test_lint_names_every_mistake_with_its_place(run: Run, folder: Path) -> None:
    path = folder / "app-problem.toml"
    change(path, 'did_not = "network"', 'did_not = "nowhere"')
    change(path, 'queue = "slow"', 'queue = "fast"')
    change(path, 'en = "Please close the app', 'en = "Please send us your PIN and close the app')
    linted = run("guides", "lint", folder)

    assert linted.exit_code == 1
    assert "app-problem.toml, steps.restart.to.did_not: 'nowhere' is no step and no end" in linted.output
    assert "app-problem.toml, ends.handed_on.queue: 'fast' is no queue of the seeds" in linted.output
    assert "app-problem.toml, steps.restart.say.en: asks for a PIN" in linted.output
    assert "7 guides, 3 problems." in linted.output
    assert run("guides", "apply", folder).exit_code == 1


def test_applying_says_what_changes_and_check_changes_nothing(run: Run, folder: Path) -> None:
    change(folder / "statement.toml", 'en = "Statement"', 'en = "Statements"')
    (folder / "close-account.toml").unlink()
    checked = run("guides", "apply", folder, "--check")
    assert checked.exit_code == 1
    assert "close-account: gone" in checked.output
    assert '  + title.en = "Statements"' in checked.output

    assert run("guides", "apply", folder).exit_code == 0
    shown = document(run("guides", "show", "statement", "--json"))
    assert (shown["version"], shown["title"]["en"]) == (2, "Statements")
    assert run("guides", "show", "close-account").exit_code == 1


def test_a_guide_is_printed_in_a_language(run: Run) -> None:
    said = run("guides", "show", "payment-failed", "--language", "zh").output

    assert "付款失败" in said
    assert "1 未扣款 → network" in said
    assert "escalate to money" in said


def test_figures_are_printed_before_anybody_has_begun(run: Run) -> None:
    assert "Nobody has begun it." in run("guides", "stats", "statement").output
    figures = document(run("guides", "stats", "--json"))["guides"]
    assert {each["begun"] for each in figures} == {0}


def test_an_error_code_is_found_however_it_is_typed(run: Run) -> None:
    for typed in ("PAY-102", "pay 102", "102"):
        assert document(run("codes", "show", typed, "--json"))["code"] == "PAY-102"
    assert "guide payment-failed" in run("codes", "list").output
    assert run("codes", "show", "PAY-999").exit_code == 1


def test_a_table_of_codes_that_leads_nowhere_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "error-codes.toml"
    shutil.copyfile(seeds_folder() / "error-codes.toml", path)
    change(path, 'guide = "payment-failed"', 'guide = "nothing"')
    refused = run("codes", "apply", path)
    assert refused.exit_code == 1
    assert "there is no guide 'nothing'" in refused.output

    change(path, 'guide = "nothing"', 'guide = "app-problem"')
    assert "PAY-101: changed" in run("codes", "apply", path, "--check").output
    assert run("codes", "apply", path).exit_code == 0
    assert document(run("codes", "show", "PAY-101", "--json"))["guide"] == "app-problem"
