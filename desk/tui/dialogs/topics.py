"""Choosing what a case is about."""

from __future__ import annotations

from collections.abc import Sequence

from db.rows import TopicRow
from desk.tui.dialogs.choice import Choice


def topic_choices(topics: Sequence[TopicRow], proposed: str | None, typed: str) -> list[Choice[str]]:
    """The topics in any of whose titles the words typed stand, what is proposed first."""
    said = typed.strip().casefold()
    fitting = [each for each in topics if said in f"{each.key} {' '.join(each.titles.values())}".casefold()]
    fitting.sort(key=lambda each: each.key != proposed)
    return [
        Choice(each.key, each.titles.get("en", each.key), "proposed" if each.key == proposed else each.key)
        for each in fitting
    ]
