"""`desk wallet`: which wallet is in force, whether it answers, and what goes wrong at the simulated one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from desk.settings import Settings, SettingsError, load, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

HTTP = {
    "DESK_WALLET__KIND": "http",
    "DESK_WALLET__URL": "https://wallet.example",
    "DESK_WALLET__PARTNER_ID": "desk",
    "DESK_WALLET__PRIVATE_KEY_FILE": "key.pem",
}


def test_a_new_desk_has_a_simulated_wallet_that_answers(run: Callable[..., Result], sqlite_url: str) -> None:
    result = run("wallet", "status", url=sqlite_url)
    assert result.exit_code == 0
    assert "The wallet answers." in result.output
    told = json.loads(run("wallet", "status", "--json", url=sqlite_url).stdout)
    assert (told["kind"], told["answers"], told["state"]) == ("simulator", True, "yes")


@pytest.mark.slow
def test_a_silent_wallet_is_told_with_since_when_and_ends_with_75(run: Callable[..., Result], sqlite_url: str) -> None:
    assert run("wallet", "faults", "timeout_before=1", url=sqlite_url).output == "timeout_before=1\n"
    assert run("wallet", "status", url=sqlite_url).exit_code == 75
    result = run("wallet", "status", url=sqlite_url)
    assert result.exit_code == 75
    assert "has not been answering since" in result.output
    told = json.loads(run("wallet", "status", "--no-ask", "--json", url=sqlite_url).stdout)
    assert (told["answers"], told["state"], told["failures"]) == (False, "no", 5)
    assert told["said"] == "The wallet did not answer in time."
    assert run("wallet", "faults", "none", url=sqlite_url).output == "none\n"


def test_a_fault_that_does_not_exist_is_told(run: Callable[..., Result], sqlite_url: str) -> None:
    result = run("wallet", "faults", "fast=1", url=sqlite_url)
    assert "There is no fault 'fast'" in result.output
    result = run("wallet", "status", url=sqlite_url, env={"DESK_WALLET__FAULTS": "fast=1"})
    assert (result.exit_code, "wallet.faults" in result.output) == (78, True)


def test_a_wallet_over_http_without_its_key_says_what_to_set(run: Callable[..., Result], sqlite_url: str) -> None:
    result = run("wallet", "status", url=sqlite_url, env=HTTP | {"DESK_WALLET__CLIENT_SECRET": "hunter2"})
    assert result.exit_code == 78
    assert "wallet.private_key_file: key.pem cannot be read" in result.output
    result = run("wallet", "status", url=sqlite_url, env=HTTP)
    assert "There is no secret for the wallet" in result.output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DESK_WALLET__URL": ""}, "url is not set"),
        ({"DESK_WALLET__URL": "http://wallet.example"}, "no https:// address"),
        ({"DESK_WALLET__URL": "ftp://127.0.0.1"}, "no https:// address"),
        ({"DESK_WALLET__PARTNER_ID": ""}, "partner_id is not set"),
        ({"DESK_WALLET__CLIENT_SECRET_FILE": "a", "DESK_WALLET__KEYRING": "b"}, "both set"),
        ({"DESK_WALLET__CHANNEL_ID": "12"}, "channel_id"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load({"DESK_CONFIG": str(tmp_path / "none.toml")} | HTTP | changed)


def test_plain_http_stays_on_this_machine_and_secrets_unseen(tmp_path: Path) -> None:
    local = {"DESK_WALLET__URL": "http://127.0.0.1:8700", "DESK_WALLET__CLIENT_SECRET": "hunter2"}
    settings: Settings = load({"DESK_CONFIG": str(tmp_path / "none.toml")} | HTTP | local)
    assert settings.wallet.client_secret == "hunter2"
    values: Any = shown(settings)
    assert "hunter2" not in json.dumps(values)
    assert values["wallet"]["private_key_file"] == "key.pem"
