"""`desk hours` for a queue that has hours of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
ROOT = Path(__file__).parents[2]


def test_a_queue_with_hours_of_its_own_is_shown_closed_and_opened_by_its_name(
    run: Callable[..., Result], database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "slow.toml").write_text(
        'title = { id = "Lambat", en = "Slow matters", zh = "慢" }\nzone = "Asia/Jakarta"\nqueues = ["slow"]\n'
        '[weekly]\nmon = ["09:00-12:00"]\n',
        encoding="utf-8",
    )

    def said(*words: str | Path) -> str:
        result = run("hours", *words, url=database_url)
        assert result.exit_code == 0, result.output
        return result.output

    said("apply", tmp_path)
    told = json.loads(said("check", "slow", "--at", "2026-11-23T10:00+07:00", "--json"))
    assert (told["channel"], told["open"]) == ("slow", True)
    assert "Slow matters (slow)" in said("show", "slow")
    assert "Slow matters (slow)" in said("show")
    assert 'queues = ["slow"]' in said("show", "slow", "--toml")
    assert "stock taking" in said("close", "slow", "--until", TOMORROW, "--reason", "stock taking")
    assert "stock taking" in json.loads(said("check", "slow", "--json"))["why"]
    assert "stock taking" not in said("reopen", "slow")
    refused = run("hours", "close", "money", "--until", TOMORROW, "--reason", "x", url=database_url)
    assert refused.exit_code == 2
    assert "No queue 'money' has hours of its own" in refused.output


def test_a_queue_that_shares_the_hours_of_a_channel_is_not_closed_alone(
    run: Callable[..., Result], database_url: str, tmp_path: Path
) -> None:
    queues = (ROOT / "seeds" / "routing" / "queues.toml").read_text(encoding="utf-8")
    (tmp_path / "queues.toml").write_text(queues.replace('key = "slow"', 'key = "slow"\ncalendar = "chat"'), "utf-8")
    assert run("route", "apply", tmp_path / "queues.toml", url=database_url).exit_code == 0
    refused = run("hours", "close", "slow", "--until", TOMORROW, "--reason", "x", url=database_url)
    assert refused.exit_code == 1
    assert "goes by the hours of chat" in refused.output


def test_hours_that_queues_share_or_have_for_a_language_alone(
    run: Callable[..., Result], database_url: str, tmp_path: Path
) -> None:
    head = 'title = { id = "x", en = "x", zh = "x" }\nzone = "Asia/Jakarta"\n'
    weekly = '[weekly]\nmon = ["09:00-12:00"]\n'
    (tmp_path / "two.toml").write_text(f'{head}queues = ["money", "security"]\n{weekly}', encoding="utf-8")
    (tmp_path / "zh.toml").write_text(f'{head}queues = ["slow"]\nlanguages = ["zh"]\n{weekly}', encoding="utf-8")
    assert run("hours", "apply", tmp_path, url=database_url).exit_code == 0
    closing = ("--until", TOMORROW, "--reason", "stock taking")
    refused = run("hours", "close", "money", *closing, url=database_url)
    assert refused.exit_code == 1
    assert "shares its hours with security" in refused.output
    assert run("hours", "close", "slow", *closing, url=database_url).exit_code == 0
    assert "stock taking" in run("hours", "check", "slow", "--language", "zh", url=database_url).output
