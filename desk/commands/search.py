"""`desk search`: cases by words and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import click

from desk.commands import documents
from desk.commands.opening import opened
from desk.commands.output import line, local, print_json, table
from desk.rules.lookalikes import flagged

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from db.rows import CaseRow
    from desk.bootstrap import Opened

HEADS = ("OPENED", "CASE", "STATUS", "CHANNEL", "PR", "CUSTOMER", "SUBJECT", "WHO")
WIDEST = (16, 9, 16, 7, 2, 22, 48, 14)


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from desk.rules.search_operators import OPERATORS

    name, colon, value = incomplete.partition(":")
    if not colon:
        return [CompletionItem(f"{each}:", help=OPERATORS[each].help) for each in OPERATORS if each.startswith(name)]
    operator = next((operator for field, operator in OPERATORS.items() if field == name), None)
    known = operator.values if operator else ()
    meanings = dict(operator.meanings) if operator else {}
    return [CompletionItem(f"{name}:{each}", help=meanings.get(each)) for each in known if each.startswith(value)]


# A word after a minus must not occur in the case; it is no option.
@click.command("search", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, required=True, shell_complete=_complete)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def command(login: str | None, *, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find cases, newest first.

    All words must occur; '"in quotes"' as it stands, -word must not. Conditions: channel:email status:open (new ones
    too) assignee:me tag:vip topic:refund from:name before:2026-11-01 since:7d is:overdue; #1042 is that case.
    """
    text = " ".join(query)
    zone = datetime.now(UTC).astimezone().tzinfo or UTC
    with opened(login) as at:
        rows = list(_found(at, text, limit + 1, zone))
    if as_json:
        found = [documents.case(row) for row in rows[:limit]]
        print_json({"query": text, "has_more": len(rows) > limit, "cases": found})
        return
    if not rows:
        from desk.rules.search_operators import OPERATORS
        from desk.rules.search_query import no_condition

        click.echo(f"Nothing found for: {line(text)}")
        if name := no_condition(text):
            click.echo(f"{name} is no condition, so it was looked for as words. There are {', '.join(OPERATORS)}.")
        return
    for each in table(HEADS, map(_line, rows[:limit]), WIDEST):
        click.echo(each)
    if len(rows) > limit:
        click.echo("There are more; narrow the search, or use --limit.")


def _found(at: Opened, text: str, limit: int, zone: tzinfo) -> Iterator[CaseRow]:
    from desk.services import search

    after: int | None = None
    while limit > 0:
        page = search.find(at.desk, at.me, text, after=after, limit=limit, zone=zone)
        yield from page.rows
        limit -= len(page.rows)
        after = page.last_id
        if not page.has_more or after is None:
            return


def _line(row: CaseRow) -> tuple[str, ...]:
    return (
        local(row.created_at),
        row.reference,
        row.status.value,
        row.channel.value,
        str(row.priority),
        flagged(row.customer_name),
        row.subject,
        row.assignee_name or "",
    )
