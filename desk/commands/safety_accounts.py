"""`desk safety signs`, `playbook`, `watched`, `freeze`: account safety without screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from desk.commands.case import LARGEST, case_number
from desk.commands.opening import opened
from desk.commands.output import iso, line, local, print_json, table

if TYPE_CHECKING:
    from db.rows_safety import SafetyRunRow
    from desk.rules.safety.playbook import Standing
    from desk.services.safety.playbook import Playbook

JSON_HELP = "One JSON document; docs/command-line.md describes it."
HEADS = ("CASE", "REPORT", "ACCOUNT", "STATE", "SINCE", "UNTIL", "CUSTOMER")
WIDEST = (9, 14, 16, 10, 16, 16, 30)


def _case(ctx: click.Context, parameter: click.Parameter, value: str) -> int:
    number = case_number(ctx, parameter, value)
    if number > LARGEST:
        raise click.BadParameter(f"There is no case #{number}. Check the number, or search for the customer.")
    return number


@click.command(name="signs")
@click.argument("reference", metavar="REF", callback=_case)
@click.option("--ask", is_flag=True, help="Ask the wallet first; it may take seconds.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def signs(login: str | None, *, reference: int, ask: bool, as_json: bool) -> None:
    """Print the signs of a takeover or an impostor on the case REF, and how old what is known of the account is."""
    from desk.services import safety, wallets

    with opened(login) as here:
        if ask:
            safety.reading.read_now(here.desk, here.me, wallets.wallet_of(here.desk), reference)
        found = safety.signs.of_case(here.desk, here.me, reference)
    row = found.facts
    if as_json:
        print_json(
            {
                "case": reference,
                "signs": [{"key": each.key, "said": each.said} for each in found.signs],
                "second_person": found.is_risky,
                "account": (row.account_id or None) if row is not None else None,
                "state": row.facts.state if row is not None and row.facts is not None else None,
                "read_at": iso(row.read_at) if row is not None else None,
                "unknown": found.gap,
            }
        )
        return
    for each in found.signs:
        click.echo(line(f"⚠ {each.said}"))
    if not found.signs:
        click.echo("No signs of a takeover in what is known.")
    if found.gap:
        click.echo(line(f"Account: {found.gap}."))


@click.command(name="playbook")
@click.argument("reference", metavar="REF", callback=_case)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def playbook(login: str | None, *, reference: int, as_json: bool) -> None:
    """Print how the playbook for a stolen account stands on the case REF: each step, its clock, what it waits for."""
    from desk.services import safety

    with opened(login) as here:
        book = safety.playbook.required(here.desk, here.me, reference)
    if as_json:
        print_json(_document(book))
        return
    run = book.run
    click.echo(line(f"#{run.case_id} {run.customer_name}: {run.state.value}, report {run.report}, {run.reason}"))
    click.echo(line(f"Account {run.account_id or 'not known yet'}. {book.gap}".strip()))
    for each in book.steps:
        done = (
            f" ({local(each.done_at)})" if each.done_at else f" (since {local(each.begun_at)})" if each.begun_at else ""
        )
        said = f": {each.said}" if each.said else ""
        click.echo(line(f"  {each.about.title:<36} {each.state}{done}{said}"))


@click.command(name="watched")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def watched(login: str | None, *, as_json: bool) -> None:
    """List the playbooks that are under way or watch an account, the oldest first; at most 100."""
    from desk.services import safety

    with opened(login) as here:
        rows = safety.playbook.watched(here.desk, here.me)
    if as_json:
        print_json({"playbooks": [_run(row) for row in rows]})
        return
    cells = [
        (f"#{row.case_id}", row.report, row.account_id, row.state.value, local(row.begun_at), local(row.watch_until),
         row.customer_name)
        for row in rows
    ]  # fmt: skip
    for text in table(HEADS, cells, WIDEST):
        click.echo(text)
    if not rows:
        click.echo("No account is watched.")


@click.command(name="freeze")
@click.argument("reference", metavar="REF", callback=_case)
@click.option("--reason", required=True, help="Why: it is kept, and the wallet is told.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def freeze(login: str | None, *, reference: int, reason: str, as_json: bool) -> None:
    """Begin the playbook for a stolen account on the case REF: a worker has the account frozen at once."""
    from desk.services import safety

    with opened(login) as here:
        run = safety.playbook.begin(here.desk, here.me, reference, reason)
    if as_json:
        print_json(_run(run))
        return
    click.echo(
        line(f"#{run.case_id}: freezing is kept, and asked of the wallet by the next worker. Report {run.report}.")
    )
    click.echo(f"desk safety playbook {run.case_id} says whether the wallet has confirmed it.")


def _when(each: Standing) -> str:
    if each.done_at is not None:
        return f" ({local(each.done_at)})"
    return f" (since {local(each.begun_at)})" if each.begun_at is not None else ""


def _document(book: Playbook) -> dict[str, Any]:
    return _run(book.run) | {
        "unknown": book.gap,
        "signs": [each.said for each in book.signs],
        "steps": [_step(each) for each in book.steps],
        "transactions": [
            {
                "id": each.movement.id, "at": iso(each.movement.at), "amount": each.movement.amount,
                "currency": each.movement.currency, "merchant": each.movement.merchant_name,
                "verdict": each.verdict.value, "dispute": each.refund_id, "said": each.said,
            }
            for each in book.payments
        ],
    }  # fmt: skip


def _step(each: Standing) -> dict[str, Any]:
    return {
        "step": each.step.value, "state": each.state.name.lower(), "begun_at": iso(each.begun_at),
        "done_at": iso(each.done_at), "said": each.said, "answer": each.about.answer,
        "asked_by": each.act.asked_by_name if each.act else None,
        "agreed_by": each.act.approved_by_name if each.act else None,
    }  # fmt: skip


def _run(row: SafetyRunRow) -> dict[str, Any]:
    return {
        "case": row.case_id, "customer": {"id": row.customer_id, "name": row.customer_name}, "report": row.report,
        "account": row.account_id or None, "state": row.state.value, "reason": row.reason,
        "begun_by": row.begun_by_name, "begun_at": iso(row.begun_at), "told_at": iso(row.told_at),
        "watch_until": iso(row.watch_until), "closed_at": iso(row.closed_at),
    }  # fmt: skip
