"""The page on canned answers names what the registry holds."""

from __future__ import annotations

from pathlib import Path

from desk.rules.answer_variables import FILTERS, TAGS, table
from desk.services.answer_lint import LIMITS

PAGE = (Path(__file__).parents[2] / "docs" / "answers.md").read_text(encoding="utf-8")


def test_the_table_of_variables_is_current() -> None:
    assert f"<!-- variables -->\n{table()}\n<!-- /variables -->" in PAGE


def test_filters_tags_and_limits_are_named() -> None:
    assert [name for name in FILTERS if f"`{name}" not in PAGE] == []
    assert [name for name in TAGS if f"{{% {name}" not in PAGE] == []
    for channel, limit in LIMITS.items():
        size = limit.most_characters or limit.most_bytes
        assert f"| {channel.value} | {size:,}" in PAGE
