"""The messages of public test suites, read by the command as their judges would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
RUN = "from desk.commands.{0} import command; command()"
SENDER, NEW_TEXT = ("from_email", "from_name"), ("reply_text", "reply_contains", "reply_not_contains")


def judged(corpus: Path, *arguments: str, command: list[str]) -> str:
    run = subprocess.run(
        [sys.executable, str(corpus / "evaluate.py"), *arguments, "--", *command],
        capture_output=True, text=True, encoding="utf-8", check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return run.stdout


@pytest.mark.slow
@pytest.mark.skipif(not (CORPORA / "mail").is_dir(), reason="the corpus of mail is not beside this checkout")
def test_every_kind_of_statement_about_the_corpus_holds(tmp_path: Path) -> None:
    counts = tmp_path / "counts.json"
    command = [sys.executable, "-c", RUN.format("mail"), "parse", "--jsonl"]
    judged(CORPORA / "mail", "--json", str(counts), command=command)
    told = json.loads(counts.read_text(encoding="utf-8"))
    assert told["answers"] == told["messages"]
    assert sum(told["held"].values()) >= 0.97 * sum(told["stated"].values())
    kinds: list[tuple[str, ...]] = [SENDER, NEW_TEXT, ("text_contains", "text_not_contains")]
    kinds += [(kind,) for kind in ("subject", "attachments", "is_auto", "is_bounce", "language")]
    for kind in kinds:
        held, stated = (sum(told[which][name] for name in kind) for which in ("held", "stated"))
        assert held >= 0.93 * stated, kind


@pytest.mark.skipif(
    not (CORPORA / "languages").is_dir(), reason="the corpus of short texts is not beside this checkout"
)
def test_the_language_of_short_texts_is_told_right() -> None:
    command = [sys.executable, "-c", RUN.format("language"), "detect", "--jsonl"]
    last = judged(CORPORA / "languages", command=command).splitlines()[-1]
    assert float(last.split()[-1].rstrip("%")) >= 97
