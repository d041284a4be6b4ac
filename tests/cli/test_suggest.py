"""`desk answers suggest` and `desk quality`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

PAST = {
    "card.lost": ["I lost my card", "my card was stolen on the bus", "kartu saya hilang", "卡丢了怎么办"],
    "card.late": ["my new card has not arrived", "where is the card you sent", "kartu belum sampai", "卡还没收到"],
    "top-up.failed": ["my top up failed", "the top-up did not arrive", "isi saldo gagal", "充值失败"],
    "refund.when": ["when do I get my refund", "refund still missing", "kapan uang kembali", "退款什么时候到"],
}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    rows = [{"text": text, "answer": key} for key, texts in PAST.items() for text in texts]
    path.write_text(lines(*rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("I have lsot my card", "card.lost"),
        ("kartunya belum juga sampai", "card.late"),
        ("我的充值失败了", "top-up.failed"),
        ("still no refund", "refund.when"),
    ],
)
def test_three_keys_come_back_best_first_in_every_language(
    run: Callable[..., Result], history: Path, text: str, key: str
) -> None:
    result = run("answers", "suggest", "--jsonl", "--history", history, typed=lines({"id": "a", "text": text}))

    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["id"] == "a"
    assert told["suggestions"][0] == key
    assert len(set(told["suggestions"])) == 3


def test_the_same_history_gives_the_same_suggestions(run: Callable[..., Result], history: Path) -> None:
    asked = lines(*({"id": number, "text": text} for number, text in enumerate(("card", "money back", "top up"))))
    first, second = (run("answers", "suggest", "--jsonl", "--history", history, typed=asked).output for _ in range(2))
    assert first == second


def test_a_bad_line_is_answered_and_a_bad_history_refused(
    run: Callable[..., Result], history: Path, tmp_path: Path
) -> None:
    told = run("answers", "suggest", "--jsonl", "--history", history, typed='{"id": 1}\n{"id": 2, "text": ""}\n')
    bad, empty = (json.loads(row) for row in told.output.splitlines())
    assert "text" in bad["error"]
    assert len(empty["suggestions"]) == 3

    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"text": "x"}\n', encoding="utf-8")
    refused = run("answers", "suggest", "--jsonl", "--history", wrong, typed="")
    assert refused.exit_code != 0
    assert "wrong.jsonl, line 1" in refused.output


@pytest.mark.slow
def test_without_a_history_the_answers_of_the_desk_are_suggested(run: Callable[..., Result]) -> None:
    told = run("answers", "suggest", "--jsonl", typed=lines({"id": 1, "text": "payment charged twice"}))

    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["suggestions"][0] == "payment-failed.double"
    assert run("answers", "learn").output == "Learned from 0 past answers.\n"


def test_checks_are_shown_and_changed_by_a_reviewed_file(run: Callable[..., Result], tmp_path: Path) -> None:
    assert json.loads(run("quality", "show", "--json").output)["checks"]["secret"] == "block"
    assert run("quality", "apply", "--check").output == "Nothing changes.\n"
    file = tmp_path / "quality.toml"
    file.write_text('language = "block"\n', encoding="utf-8")

    checked = run("quality", "apply", str(file), "--check")
    assert (checked.exit_code, checked.output) == (1, "language: warn -> block\n")
    assert run("quality", "apply", str(file)).exit_code == 0
    assert "language    block" in run("quality", "show").output

    file.write_text('langage = "block"\n', encoding="utf-8")
    assert "langage" in run("quality", "apply", str(file)).output


def test_texts_are_checked_by_lines(run: Callable[..., Result]) -> None:
    told = run("quality", "check", "--jsonl", typed=lines({"id": 1, "text": "PIN: 482913"}))

    (finding,) = json.loads(told.output)["findings"]
    assert (finding["check"], finding["start"], finding["end"]) == ("secret", 5, 11)
