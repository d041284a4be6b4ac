"""`desk route` and what `desk agents` says about work, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import letter

Run = Callable[..., Result]

RULES = """
[[rule]]
name = "all-of-it"
[rule.do]
queue = "money"
priority = 2

[[example]]
text = "Halo"
rule = "all-of-it"
queue = "{queue}"
"""


def test_a_file_is_checked_tried_and_put_in_force(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(RULES.format(queue="money"), encoding="utf-8")
    bad.write_text(RULES.format(queue="slow"), encoding="utf-8")

    assert "1 of 1 example as expected" in run("route", "test", good).output
    failed = run("route", "test", bad)
    assert (failed.exit_code, "example 1: queue is money, not slow" in failed.output) == (1, True)
    checked = run("route", "apply", good, "--check", "--json").output
    assert checked == run("route", "apply", good, "--json").output
    assert {each["name"] for each in json.loads(checked)["changes"]} > {"rule all-of-it", "rule stolen-account"}
    assert "Nothing to change." in run("route", "apply", good).output


def test_a_bad_file_ends_with_a_sentence_that_names_the_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[[rule]]\nname = "a"\n[rule.do]\nqueue = "nowhere"\n', encoding="utf-8")
    told = run("route", "apply", path)
    assert (told.exit_code, "no queue 'nowhere'" in told.output) == (1, True)
    path.write_text('[[rule]]\nname = "a"\n[rule.do]\npriority = 9\n', encoding="utf-8")
    told = run("route", "apply", path)
    assert (told.exit_code, "bad.toml, line 4" in told.output) == (1, True)


@pytest.mark.parametrize(
    ("when", "do", "said"),
    [
        (
            'topics = ["refund", "nope"]',
            'queue = "money"',
            "bad.toml, line 4: rule a: there is no topic 'nope'; there are ",
        ),
        ('topics = [\n"refund",\n"nope",\n]', 'queue = "money"', "bad.toml, line 6: rule a: there is no topic 'nope'"),
        ('queues = ["mony"]', 'queue = "money"', "bad.toml, line 4: rule a: there is no queue 'mony'; there are "),
        (
            'load = { queue = "mony", at_least = 5 }',
            "priority = 2",
            "bad.toml, line 4: rule a: there is no queue 'mony'",
        ),
        ('topics = ["refund"]', 'queue = "mony"', "bad.toml, line 6: rule a: there is no queue 'mony'; there are "),
        (
            'topics = ["refund"]',
            'answer = "no.such"',
            "bad.toml, line 6: rule a: there is no approved answer 'no.such'",
        ),
    ],
)
def test_trying_and_applying_refuse_what_is_not_there_with_its_line(
    run: Run, tmp_path: Path, when: str, do: str, said: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f'[[rule]]\nname = "a"\n[rule.when]\n{when}\n[rule.do]\n{do}\n', encoding="utf-8")

    for words in (("test", path), ("apply", path, "--check"), ("apply", path)):
        told = run("route", *words)
        assert (told.exit_code, said in told.output) == (1, True), told.output


def test_a_bad_queue_is_refused_with_its_line_and_its_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "queues.toml"
    title = 'titles = { id = "a", en = "a", zh = "a" }'
    path.write_text(f'[[queue]]\nkey = "a"\n{title}\n\n[[queue]]\nkey = "b"\n{title}\ncalendar = "fone"\n', "utf-8")
    assert "queues.toml, line 8: queue b: there is no calendar 'fone'" in run("route", "apply", path).output
    path.write_text(
        f'[[queue]]\nkey = "a"\n{title}\nreserved = 50\n[[queue]]\nkey = "b"\n{title}\nreserved = 9', "utf-8"
    )
    assert "queues.toml, the file: All queues together reserve 59 %" in run("route", "apply", path).output


def test_a_case_is_explained_in_words_and_for_machines(run: Run) -> None:
    run("intake", "mail", "-", typed=letter())

    told = run("route", "explain", "#1")
    assert "decides" in told.output
    assert "✗ the channel is email, not phone" in told.output
    document = json.loads(run("route", "explain", "1", "--json").output)
    assert document["decided"] == "missing-money"
    assert [rule["rule"] for rule in document["rules"] if rule["fits"]] == ["missing-money"]
    assert run("route", "explain", "77").exit_code == 1


def test_a_case_is_explained_by_what_was_recorded_before_how_rules_stand_today(run: Run, tmp_path: Path) -> None:
    run("intake", "mail", "-", typed=letter())
    path = tmp_path / "rules.toml"
    path.write_text(RULES.format(queue="money").replace('queue = "money"\npr', 'queue = "slow"\npr'), encoding="utf-8")
    run("route", "apply", path)

    rows = run("route", "explain", "1").output.splitlines()
    assert rows[0].startswith("#1 is in the queue money: the rule missing-money decided when it came in, ")
    assert rows[1].startswith("  because ")
    assert rows[2].startswith("  it set: queue money")
    assert rows[3] == "as the rules stand today: the rule all-of-it decides"
    document = json.loads(run("route", "explain", "1", "--json").output)
    assert (document["decided"], document["recorded"]["rule"]) == ("all-of-it", "missing-money")
    assert document["recorded"]["after"]["queue"] == document["recorded"]["queue"] == "money"
    assert document["recorded"]["moves"] == []


def test_queues_and_the_hit_rate_are_printed(run: Run) -> None:
    run("intake", "mail", "-", typed=letter())

    keys = [each["key"] for each in json.loads(run("route", "queues", "--json").output)["queues"]]
    assert keys == ["common", "security", "money", "call-backs", "slow"]
    assert "call-backs" in run("route", "queues").output
    rates = json.loads(run("route", "proposals", "--json").output)
    assert rates["topics"] == {"proposed": 1, "settled": 0, "kept": 0, "rate": None}
    assert "all topics" in run("route", "proposals").output


def test_the_hours_of_a_queue_are_told_wherever_they_are_written(run: Run, tmp_path: Path) -> None:
    head = 'title = { id = "x", en = "x", zh = "x" }\nzone = "Asia/Jakarta"\n'
    (tmp_path / "nights.toml").write_text(f'{head}queues = ["slow", "common"]\n', encoding="utf-8")
    (tmp_path / "zh.toml").write_text(f'{head}queues = ["slow", "money"]\nlanguages = ["zh"]\n', encoding="utf-8")
    assert run("hours", "apply", tmp_path).exit_code == 0

    told = {each["key"]: each for each in json.loads(run("route", "queues", "--json").output)["queues"]}
    assert {key: (each["calendar"], each["languages"]) for key, each in told.items()} == {
        "common": ("nights", {}),
        "security": (None, {}),
        "money": (None, {"zh": "zh"}),
        "call-backs": ("phone", {}),
        "slow": ("nights", {"zh": "zh"}),
    }
    rows = {line.split()[0]: line for line in run("route", "queues").output.splitlines()}
    assert "nights, zh: zh" in rows["slow"]
    assert "channel's, zh: zh" in rows["money"]


def test_what_agents_are_handed_is_set_and_printed(run: Run) -> None:
    run("agents", "add", "rio", "--language", "id")
    told = run("agents", "set", "rio", "--queue", "money", "--skill", "refunds", "--limit", "chat=3")
    assert (told.exit_code, "chat=3" in told.output) == (0, True)
    told = run("--as", "rio", "agents", "state", "break")
    assert "rio is break since" in told.output
    rio = next(each for each in json.loads(run("agents", "work", "--json").output)["agents"] if each["login"] == "rio")
    assert (rio["state"], rio["queues"], rio["limits"]) == ("break", ["money"], {"chat": 3})
    assert run("agents", "set", "rio", "--limit", "chat").exit_code != 0
    assert run("--as", "rio", "agents", "set", "rio", "--queue", "all").exit_code == 77
