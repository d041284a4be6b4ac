"""The commands that show how mail and its language are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from desk.commands.language import command as language
from desk.commands.mail import command as mail

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bad_line_and_a_missing_file_are_answered_and_do_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"From: a@b.example\r\nSubject: \xed\xa0\x80 x\r\n\r\nhalo \0")
    paths = enumerate(("one.eml", "none", "."), 1)
    asked = [json.dumps({"id": str(number), "path": str(tmp_path / name)}) for number, name in paths]
    asked[1:1] = ["no json"]
    asked[3:3] = ["[]"]
    run = CliRunner().invoke(mail, ["parse", "--jsonl"], input="\n".join(asked))
    answers = [json.loads(line) for line in run.output.splitlines()]
    assert run.exit_code == 0
    assert run.output.isascii()
    assert [answer["id"] for answer in answers] == ["1", None, "2", None, "3"]
    assert answers[0]["text"] == "halo ␀"
    assert answers[0]["error"] is None
    assert all(answer["error"] for answer in answers[1:])
    json.dumps(answers[0], ensure_ascii=False).encode("utf-8")


def test_files_are_shown_one_after_the_other_and_a_missing_one_fails(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"From: a@b.example\r\nSubject: x\r\n\r\nhalo")
    run = CliRunner().invoke(mail, ["parse", str(tmp_path / "one.eml")])
    assert (run.exit_code, json.loads(run.output)["subject"]) == (0, "x")
    assert CliRunner().invoke(mail, ["parse", str(tmp_path / "none")]).exit_code == 1
    assert CliRunner().invoke(mail, ["parse"]).exit_code == 2


def test_languages_are_told_line_by_line() -> None:
    asked = '{"id": 7, "text": "saldo saya hilang kak"}\nno json\n{"id": 8, "text": "\\ud800"}\n'
    run = CliRunner().invoke(language, ["detect", "--jsonl"], input=asked)
    answers = [json.loads(line) for line in run.output.splitlines()]
    assert [(answer["id"], answer.get("language")) for answer in answers] == [(7, "id"), (None, None), (8, "other")]
    assert '"language": "en"' in CliRunner().invoke(language, ["detect", "where is my money"]).output
