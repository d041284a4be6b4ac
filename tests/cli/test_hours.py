"""`desk hours`: open or closed and why, a week, what files would change, and questions about calendars."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from desk.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

ROOT = Path(__file__).parents[2]
VECTORS = ROOT.parent / "shared" / "corpora" / "hours" / "vectors.jsonl"
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
    far = [
        {"id": 3, "calendar": CALENDAR, "op": "is_open", "at": "0001-01-01T00:00:00+14:00"},
        {"id": 4, "calendar": CALENDAR, "op": "next_open", "at": "9999-12-31T23:59:59-12:00"},
    ]

    told = evaluated([*bad, *far, good])

    assert [each["id"] for each in told] == [1, None, 3, 4, 2]
    assert ["error" in each for each in told] == [True, True, True, True, False]


@pytest.mark.slow
@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors of other projects are not beside this checkout")
def test_every_vector_of_other_projects_holds() -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    asked = [{name: value for name, value in each.items() if name not in {"expect", "source"}} for each in vectors]

    told = {each["id"]: each.get("answer") for each in evaluated(asked)}

    assert {name: told[name] for name in told} == {each["id"]: each["expect"] for each in vectors}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DESK_AGENT", "boss")
    monkeypatch.setenv("DESK_CONFIG", str(tmp_path / "none.toml"))
    return lambda *arguments, **how: CliRunner().invoke(cli, ["hours", *arguments], **how)


@pytest.mark.slow
def test_check_says_open_or_closed_why_and_until_when(run: Callable[..., Result]) -> None:
    done = run("check", "email", "--at", "2026-12-25T10:00+07:00", "--json")

    assert json.loads(done.stdout) == {
        "channel": "email",
        "at": "2026-12-25T03:00:00Z",
        "calendar": "email",
        "zone": "Asia/Jakarta",
        "open": False,
        "why": "Christmas Day: closed",
        "since": "2026-12-23T11:00:00Z",
        "until": "2026-12-26T02:00:00Z",
        "next_open": "2026-12-26T02:00:00Z",
    }
    assert "E-mail is closed: Christmas Day: closed." in run("check", "email", "--at", "2026-12-25T10:00+07:00").stdout


@pytest.mark.slow
def test_check_answers_lines_and_goes_on_after_a_bad_one(run: Callable[..., Result]) -> None:
    asked = [
        {"id": 1, "channel": "chat", "at": "2026-11-28T01:59:00+07:00"},
        {"id": 2, "channel": "fax", "at": "2026-11-28T01:59:00+07:00"},
        {"id": 3, "channel": "chat", "at": "noon"},
        {"id": 4, "channel": "chat", "at": "2026-11-28T02:00:00+07:00"},
    ]

    done = run("check", "--jsonl", input="".join(json.dumps(each) + "\n" for each in asked))

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("open") for each in told] == [True, None, None, False]
    assert ["error" in each for each in told] == [False, True, True, False]


def test_a_week_is_shown_with_the_names_of_its_days(run: Callable[..., Result]) -> None:
    shown = run("show", "email", "--week", "2026-12-24").stdout

    assert "Thu 2026-12-24  closed       Christmas Joint Holiday" in shown
    assert "Fri 2026-12-18" not in shown


def test_apply_shows_what_would_change_before_it_does(run: Callable[..., Result], tmp_path: Path) -> None:
    assert run("apply", "--check").stdout == "Nothing to change.\n"
    file = (ROOT / "seeds" / "hours" / "phone.toml").read_text(encoding="utf-8")
    (tmp_path / "phone.toml").write_text(file.replace("09:00-18:00", "10:00-17:00"), encoding="utf-8")

    shown = run("apply", str(tmp_path), "--check").stdout
    assert '  - weekly.sat = ["09:00-18:00"]\n  + weekly.sat = ["10:00-17:00"]' in shown
    assert "No file names chat, email, social: stays in force, because channels or queues go by it." in shown
    assert run("apply", str(tmp_path)).stdout == shown
    again = run("apply", str(tmp_path)).stdout
    assert again.startswith("Nothing to change.\n")
    assert "+" not in again


def test_a_file_taken_out_of_the_folder_is_told_and_pruned(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = tmp_path / "hours"
    shutil.copytree(ROOT / "seeds" / "hours", folder)
    nights = 'title = { id = "x", en = "x", zh = "x" }\nzone = "Asia/Jakarta"\nqueues = ["slow"]\n'
    (folder / "nights.toml").write_text(nights, encoding="utf-8")
    assert run("apply", str(folder)).stdout.startswith("nights: new\n")
    (folder / "nights.toml").unlink()

    told = "Nothing to change.\nNo file names nights: stays in force; --prune removes it.\n"
    assert run("apply", str(folder)).stdout == told
    assert run("apply", str(folder), "--check").stdout == told
    assert json.loads(run("apply", str(folder), "--json").stdout) == {"changes": [], "stays": ["nights"]}
    assert run("apply", str(folder), "--check", "--prune").stdout == "nights: removed\n"
    assert run("apply", str(folder), "--prune").stdout == "nights: removed\n"
    assert json.loads(run("apply", str(folder), "--json").stdout) == {"changes": [], "stays": []}

    (folder / "chat.toml").unlink()
    refused = run("apply", str(folder), "--prune")
    assert refused.exit_code == 1
    assert "chat cannot go: the channel chat goes by it" in refused.stderr
    assert run("apply", "--prune").exit_code == 2


@pytest.mark.slow
def test_a_channel_is_closed_and_opened_again(run: Callable[..., Result]) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    assert (
        "closed for now: lines down; opens" in run("close", "chat", "--until", later, "--reason", "lines down").stdout
    )
    assert json.loads(run("check", "chat", "--json").stdout)["why"] == "closed for now: lines down"
    assert run("reopen", "chat").exit_code == 0
    assert run("reopen", "chat").exit_code == 1


def test_a_week_shows_what_is_closed_on_the_spot_and_whose_clock_it_speaks(run: Callable[..., Result]) -> None:
    now = datetime.now(ZoneInfo("Asia/Jakarta"))
    day = now.date() + timedelta(days=7 - now.weekday())
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=now.tzinfo)
    run("close", "phone", "--until", noon.isoformat(), "--reason", "lines down")

    shown = run("show", "phone", "--week", f"{noon:%Y-%m-%d}").stdout.splitlines()
    assert shown[0].startswith("Phone (phone), times in Asia/Jakarta, UTC+07:00")
    assert shown[2].startswith(f"Mon {noon:%Y-%m-%d}  12:00-")
    assert shown[2].endswith("closed until 12:00: lines down")
    assert "lines down" not in shown[3]
    today = run("show", "phone", "--week", f"{now:%Y-%m-%d}").stdout.splitlines()[2 + now.weekday()]
    assert "closed from " in today
    assert run("show", "phone", "--toml").stdout.count("lines down") == 0


def test_week_needs_no_date(run: Callable[..., Result]) -> None:
    plain = run("show", "phone").stdout
    assert plain
    assert run("show", "phone", "--week").stdout == plain
    assert run("show", "--week", "phone").stdout == plain
    assert run("show", "phone", "--week", "noon").exit_code == 2


@pytest.mark.parametrize("until", ["9999-12-31T00:00:00+00:00", "9999-12-31T23:59:59-12:00", "2126-11-27T00:00:00Z"])
def test_what_would_be_closed_for_longer_than_a_year_is_refused(run: Callable[..., Result], until: str) -> None:
    refused = run("close", "chat", "--until", until, "--reason", "x")
    assert refused.exit_code == 1
    assert "more than a year away" in refused.stderr
    assert "change the hours themselves" in refused.stderr


def test_closing_again_says_what_it_stands_in_place_of(run: Callable[..., Result]) -> None:
    now = datetime.now(UTC)
    run("close", "chat", "--until", (now + timedelta(days=2)).isoformat(), "--reason", "lines down")

    again = run("close", "chat", "--until", (now + timedelta(days=1)).isoformat(), "--reason", "a drill").stdout
    assert "chat: closed for now: a drill; opens" in again
    assert "in place of: lines down, until " in again


def test_check_tells_the_next_opening_while_open_too(run: Callable[..., Result]) -> None:
    told = json.loads(run("check", "phone", "--at", "2026-11-27T10:00+07:00", "--json").stdout)
    assert (told["until"], told["next_open"]) == ("2026-11-27T14:00:00Z", "2026-11-28T02:00:00Z")
    rows = run("check", "phone", "--at", "2026-11-27T10:00+07:00").stdout.splitlines()
    assert [each.split()[0] for each in rows[1:]] == ["since", "closes", "opens", "asked"]
    assert "Sat 2026-11-28 09:00 WIB" in rows[3]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "fax"],
        ["check", "chat", "--at", "noon"],
        ["check", "chat", "--at", "0001-01-01T00:00:00+14:00"],
        ["check", "chat", "--at", "9999-12-31T23:59:59-12:00"],
        ["show", "--week", "9999-12-31"],
        ["show", "--week", "0001-01-01"],
        ["evaluate", "{"],
    ],
)
def test_wrong_usage_is_named(run: Callable[..., Result], arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_calendar_in_force_is_printed_as_a_file_that_changes_nothing(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "phone.toml").write_text(run("show", "phone", "--toml").stdout, encoding="utf-8")
    assert run("apply", str(tmp_path)).stdout.startswith("Nothing to change.\n")
    assert run("show", "--toml").exit_code == 2
