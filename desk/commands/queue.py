"""`desk queue`: the cases that need somebody, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from db.kinds import Lane
from desk.commands import documents
from desk.commands.opening import opened
from desk.commands.output import iso, local, print_json, table
from desk.rules.lookalikes import flagged

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseRow, LaneCounts
    from desk.services.desk import Desk

HEADS = ("DUE", "CASE", "CHANNEL", "PR", "CUSTOMER", "SUBJECT", "TOPIC", "LG", "WHO")
WIDEST = (18, 9, 7, 2, 22, 48, 16, 5, 14)
LANES = click.Choice([lane.value for lane in Lane])


@click.command("queue", help="List the cases that need somebody, most urgent first.")
@click.option("--lane", type=LANES, default=Lane.ALL.value, help="One channel, or mine; else all.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def command(login: str | None, *, lane: str, limit: int, as_json: bool) -> None:
    """Print the queue."""
    if as_json:
        _print_document(login, Lane(lane), limit)
    else:
        print_queue(login, Lane(lane), limit)


def print_queue(login: str | None = None, lane: Lane = Lane.ALL, limit: int = 50) -> None:
    """Print a lane of the queue as plain text, times local."""
    from desk.services import queue

    with opened(login) as at:
        counts = queue.counts(at.desk, at.me)
        rows = list(_rows(at.desk, at.me, lane, limit))
        now = at.desk.clock()
    click.echo("  ".join(f"{name} {number}" for name, number in _by_lane(counts).items()))
    if not rows:
        click.echo("Nothing waits here.")
        return
    for text in table(HEADS, case_lines(rows, now), WIDEST):
        click.echo(text)


def case_lines(rows: Iterable[CaseRow], now: datetime) -> Iterator[tuple[str, ...]]:
    """The cells of `HEADS`, a case a row; `!` marks a promise that is broken."""
    for row in rows:
        broken = row.due_at is not None and row.due_at < now
        yield (
            f"{local(row.due_at)}{' !' if broken else ''}",
            row.reference,
            row.channel.value,
            str(row.priority),
            flagged(row.customer_name),
            row.subject,
            row.topic_key or "",
            row.language.value,
            row.assignee_name or "",
        )


def _print_document(login: str | None, lane: Lane, limit: int) -> None:
    from desk.services import queue

    with opened(login) as at:
        counts = _by_lane(queue.counts(at.desk, at.me))
        rows = list(_rows(at.desk, at.me, lane, limit + 1))
        now = at.desk.clock()
    document = {"lane": lane.value, "at": iso(now), "counts": counts, "has_more": len(rows) > limit}
    print_json(document | {"cases": [documents.case(row) for row in rows[:limit]]})


def _rows(desk: Desk, me: AgentRow, lane: Lane, limit: int) -> Iterator[CaseRow]:
    from db.rows import QueueKey
    from desk.services import queue

    after: QueueKey | None = None
    while limit > 0:
        page = queue.page(desk, me, lane, after=after, limit=limit)
        yield from page.rows
        limit -= len(page.rows)
        if not page.has_more or not page.rows:
            return
        last = page.rows[-1]
        assert last.due_at is not None  # noqa: S101  (a CHECK holds it for every case in the queue)
        after = QueueKey(last.due_at, last.priority, last.id)


def _by_lane(counts: LaneCounts) -> dict[str, int]:
    each = {channel.value: number for channel, number in counts.by_channel.items()}
    return {Lane.ALL.value: counts.total, **each, Lane.MINE.value: counts.mine}
