"""What tests of routing do again and again: a desk with topics, queues, words and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.services import routing_store
from desk.services.routing_files import read_routing

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk

QUEUE = """
[[queue]]
key = "{key}"
titles = {{ id = "{key}", en = "{key}", zh = "{key}" }}
"""


def put_rules(desk: Desk, me: AgentRow, folder: Path, text: str) -> None:
    """Make these rules the ones in force."""
    routing_store.apply(desk, me, read_routing(written(folder, "rules.toml", text)))


def put_queues(desk: Desk, me: AgentRow, folder: Path, **queues: str) -> None:
    """Make these the queues, beside those that rules in force name; the values are lines of each: `mode = "push"`."""
    with desk.database.read() as connection:
        named = {rule.do.queue for rule in routing_store.in_force(connection).rules if rule.do.queue}
    every = queues | dict.fromkeys(sorted(named - queues.keys()), "")
    text = "".join(QUEUE.format(key=key) + more + "\n" for key, more in every.items())
    routing_store.apply(desk, me, read_routing(written(folder, "queues.toml", text)))


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
