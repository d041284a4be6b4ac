"""`desk stats`: figures for people and for machines, and whether they agree with the events."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.cli.conftest import ROOT, document, letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

CHANNELS = ["phone", "email", "chat", "social"]


@pytest.fixture
def url(run: Run, database_url: str) -> str:
    """A desk that three mails have reached just now."""
    for number in range(3):
        mail = letter(number, sender=f"c{number}@example.com")
        assert run("intake", "mail", "-", url=database_url, typed=mail).exit_code == 0
    return database_url


def test_the_figures_are_a_document_with_each_channel(run: Run, url: str) -> None:
    told = document(run("stats", "--json", url=url))
    assert [each["channel"] for each in told["channels"]] == CHANNELS
    email = told["channels"][1]
    assert (email["arrivals"], email["waiting"], email["answered"], email["first_response_median"]) == (3, 3, 0, None)
    assert (told["complete"], told["zone"]) == (True, "Asia/Jakarta")
    assert sum(map(sum, told["week"]["arrivals"])) == 3
    assert email.keys() >= {"stands", "until", "oldest", "due_within_hour", "agents", "broken", "breached", "solved"}


def test_a_range_and_a_channel_narrow_them(run: Run, url: str) -> None:
    told = document(run("stats", "--json", "--from", "2020-01-01", "--to", "2020-01-31", "--channel", "email", url=url))
    assert [each["arrivals"] for each in told["channels"]] == [0]
    assert (told["from"], told["to"]) == ("2019-12-31T17:00:00Z", "2020-01-31T17:00:00Z")  # days of Jakarta


def test_days_of_a_zone_with_odd_minutes_follow_one_another_and_say_when_they_begin(
    run: Run, url: str, tmp_path: Path
) -> None:
    hours = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "seeds" / "hours").glob("*.toml")}
    for name, text in hours.items():
        (tmp_path / name).write_text(text.replace('zone = "Asia/Jakarta"', 'zone = "Asia/Kathmandu"'), encoding="utf-8")
    assert run("hours", "apply", tmp_path, url=url).exit_code == 0

    one, other = (
        document(run("stats", "--json", "--from", day, "--to", day, url=url)) for day in ("2026-11-20", "2026-11-21")
    )
    assert (one["from"], one["to"]) == ("2026-11-19T18:00:00Z", "2026-11-20T18:00:00Z")
    assert other["from"] == one["to"]
    assert "Days begin 15 minutes early" in run("stats", url=url).stdout


def test_csv_has_a_line_a_channel(run: Run, url: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("stats", "--csv", url=url).stdout)))
    assert [(row["channel"], row["arrivals"]) for row in rows] == list(zip(CHANNELS, "0300", strict=True))


def test_people_get_a_table(run: Run, url: str) -> None:
    told = run("stats", url=url)
    heads, *rows = [line.split() for line in told.stdout.splitlines()[1:6]]
    assert heads[:2] == ["CHANNEL", "STANDS"]
    assert [row[0] for row in rows] == CHANNELS


def test_a_time_that_is_none_is_refused_with_what_to_write(run: Run, url: str) -> None:
    for words, hint in (
        (("--from", "soon"), "write 2026-11-25"),
        (("--from", "2026-11-25T09:00"), "has no offset"),
        (("--from", "0001-01-01"), "too far away"),
        (("--to", "9999-12-31"), "too far away"),
        (("--to", "9999-12-31T23:59:59-12:00"), "too far away"),
        (("--from", "2026-11-25", "--to", "2026-11-20"), "later than --from"),
    ):
        told = run("stats", *words, url=url)
        assert told.exit_code == 2
        assert hint in told.stderr


def test_verify_ends_with_1_until_the_figures_are_rebuilt(run: Run, url: str) -> None:
    assert run("stats", "verify", url=url).exit_code == 0
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE hourly_figure SET amount = 4 WHERE span = 1"))
    engine.dispose()
    told = run("stats", "verify", "--json", url=url)
    assert told.exit_code == 1
    assert [(each["measure"], each["kept"], each["counted"]) for each in document(told)["differences"]] == [
        ("arrivals", 4, 3)
    ]
    assert "kept 4, counted 3" in run("stats", "verify", url=url).stdout
    assert "1 sum was wrong" in run("stats", "rebuild", url=url).stdout
    assert run("stats", "verify", url=url).exit_code == 0


def test_only_supervisors_see_them(run: Run, url: str) -> None:
    assert run("agents", "add", "rio", "--name", "Rio", "--role", "agent", url=url).exit_code == 0
    told = run("--as", "rio", "stats", url=url)
    assert told.exit_code != 0
    assert "supervisor" in told.stderr


def test_an_upgrade_counts_what_happened_before(run: Run, url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in ("hourly_figure", "case_figure", "desk_info WHERE key = 'figures'"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    engine.dispose()
    assert document(run("stats", "--json", url=url))["complete"] is False
    assert run("db", "upgrade", "--no-backup", url=url).exit_code == 0
    told = document(run("stats", "--json", url=url))
    assert (told["complete"], told["channels"][1]["arrivals"]) == (True, 3)
