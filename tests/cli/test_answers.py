"""`desk answers`: files in git and the desk's own answers, in step; review and figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from desk.services.seed_files import seeds_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def folder(run: Callable[..., Result], tmp_path: Path) -> Path:
    """What a new desk exports."""
    found = tmp_path / "answers"
    done = run("answers", "export", found)
    assert done.exit_code == 0, done.output
    shipped = len(list((seeds_folder() / "answers").glob("*.toml")))
    assert f"{shipped} answers written" in done.output
    return found


def rewrite(folder: Path, before: str, after: str) -> None:
    path = folder / "account.close.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_an_export_is_sound_and_importing_it_changes_nothing(run: Callable[..., Result], folder: Path) -> None:
    for words in (("diff", folder), ("import", folder, "--check"), ("import", folder)):
        done = run("answers", *words)
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Nothing to change."), done.output
    done = run("answers", "lint", folder)
    assert done.exit_code == 0
    assert done.output.splitlines()[-1].startswith("0 errors")


def test_a_change_is_shown_whole_imported_and_waits_for_somebody_else(run: Callable[..., Result], folder: Path) -> None:
    rewrite(folder, "We are sorry to see you go", "It is a pity that you leave")

    checked = run("answers", "import", folder, "--check")
    assert "account.close: changed, would be in review" in checked.output
    assert "  +It is a pity that you leave" in checked.output
    assert run("answers", "diff", folder).exit_code == 1
    assert json.loads(run("answers", "list", "--state", "in_review", "--json").output)["answers"] == []

    assert "now in review" in run("answers", "import", folder).output
    listed = json.loads(run("answers", "list", "--state", "in_review", "--json").output)["answers"]
    assert [(row["key"], row["version"], row["written_by"]) for row in listed] == [("account.close", 2, "sari")]
    refused = run("answers", "approve", "account.close")
    assert refused.exit_code == 1
    assert "another supervisor" in refused.stderr

    assert run("--as", "sari", "agents", "add", "vera", "--name", "Vera", "--role", "supervisor").exit_code == 0
    assert "version 2 is approved" in run("--as", "vera", "answers", "approve", "account.close").output
    shown = run("answers", "show", "account.close").output
    assert "# version 2" in shown
    assert "in force by sari, decided by Vera" in shown


def test_a_broken_file_is_named_with_its_line_and_nothing_is_applied(run: Callable[..., Result], folder: Path) -> None:
    rewrite(folder, "{{ customer.name }}", "{{ customer.nam }}")
    (folder / "new.toml").write_text((folder / "ask.private.toml").read_text().replace("ask.private", "new"))

    done = run("answers", "import", folder)

    assert done.exit_code == 1
    assert "account.close.toml:8: id.text: {{ customer.nam }} is unknown" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert run("answers", "lint", folder).exit_code == 1
    assert run("answers", "show", "new").exit_code == 1


def test_retiring_and_submitting_again_and_figures(run: Callable[..., Result], folder: Path) -> None:
    assert "version 1 is retired" in run("answers", "retire", "ask.private").output
    assert run("answers", "retire", "ask.private").exit_code == 1
    assert "version 2 is in review" in run("answers", "submit", "ask.private").output
    assert "version 2 is draft" in run("answers", "send-back", "ask.private", "--reason", "say why").output
    assert "sent back: say why" in run("answers", "show", "ask.private").output
    assert json.loads(run("answers", "stats", "--json").output) == {"answers": []}
    assert run("answers", "stats").output.startswith("KEY")
