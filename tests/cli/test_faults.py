"""What a terminal gets when something happens that nobody expected, or has to be done first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from desk.commands import opening

Run = Callable[..., Result]


def test_a_fault_is_kept_in_a_file_and_its_words_off_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("queue").exit_code == 0

    def fail(*_: object) -> None:
        raise KeyError("Budi Santoso")

    monkeypatch.setattr("desk.commands.queue.print_queue", fail)
    result = run()
    log = tmp_path / "data" / "faults.log"
    assert (result.exit_code, result.stderr) == (70, f"desk: unexpected fault, KeyError; what happened is in {log}\n")
    assert "KeyError: 'Budi Santoso'" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_screens_open_again_after_the_upgrade_that_was_offered(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from desk.bootstrap import OlderDatabaseError

    for name, value in home.items():
        monkeypatch.setenv(name, value)
    done: list[str] = []

    def open_desk(**_: object) -> None:
        done.append("open")
        if len(done) == 1:
            raise OlderDatabaseError("0001")

    monkeypatch.setattr("desk.tui.start.open_desk", open_desk)
    monkeypatch.setattr(opening, "offer_upgrade", lambda _desk, _error: done.append("upgrade"))
    opening.open_screens("sari")
    assert done == ["open", "upgrade", "open"]
