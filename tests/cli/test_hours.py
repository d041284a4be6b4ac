"""`desk hours evaluate`: questions as JSON lines, and the vectors of other projects where they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.cli import cli

VECTORS = Path(__file__).parents[3] / "shared" / "corpora" / "hours" / "vectors.jsonl"
OURS = [
    ({"op": "is_open", "at": "2026-11-23T02:00:00Z"}, True),
    ({"op": "next_close", "at": "2026-11-23T02:00:00Z"}, "2026-11-23T10:00:00Z"),
    ({"op": "next_open", "at": "2026-11-20T18:00:00+07:00"}, "2026-11-23T02:00:00Z"),
    ({"op": "elapsed", "at": "2026-11-23T00:00:00Z", "until": "2026-11-22T00:00:00Z"}, 0),
    ({"op": "add", "at": "2026-11-23T02:00:00Z", "minutes": 90}, "2026-11-23T03:30:00Z"),
    ({"op": "subtract", "at": "2026-11-23T02:00:00Z", "seconds": 60}, "2026-11-20T09:59:00Z"),
]
CALENDAR = {"zone": "Asia/Jakarta", "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "fri")}}


def evaluated(questions: list[dict[str, object]]) -> list[dict[str, object]]:
    feed = "".join(json.dumps(each) + "\n" for each in questions)
    done = CliRunner().invoke(cli, ["hours", "evaluate", "--jsonl"], input=feed)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_question_gets_a_line_with_its_answer() -> None:
    asked = [{"id": number, "calendar": CALENDAR, **question} for number, (question, _) in enumerate(OURS)]

    assert evaluated(asked) == [{"id": number, "answer": expected} for number, (_, expected) in enumerate(OURS)]


def test_a_question_that_cannot_be_read_gets_its_reason_and_stops_nothing() -> None:
    good = {"id": 2, "calendar": CALENDAR, **OURS[0][0]}
    bad = [{"id": 1, "calendar": {"zone": "Mars"}, "op": "add", "at": "x"}, {"op": "add"}]

    told = evaluated([*bad, good])

    assert [each["id"] for each in told] == [1, None, 2]
    assert ["error" in each for each in told] == [True, True, False]


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors of other projects are not beside this checkout")
def test_every_vector_of_other_projects_holds() -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    asked = [{name: value for name, value in each.items() if name not in {"expect", "source"}} for each in vectors]

    told = {each["id"]: each.get("answer") for each in evaluated(asked)}

    assert {name: told[name] for name in told} == {each["id"]: each["expect"] for each in vectors}
