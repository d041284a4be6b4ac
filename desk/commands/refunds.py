"""`desk refunds`: money back to customers, the merchants who owe an answer, and the wallet's books."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds_refunds import RefundLane, RefundReason, RefundState
from desk.commands.opening import opened
from desk.commands.output import count, iso, line, local, print_json, table

if TYPE_CHECKING:
    from db.rows_refunds import ComparisonRow, RefundRow
    from desk.rules.refunds.policy import Finding
    from desk.services.refunds.reconciling import Report

HEADS = ("REFUND", "CASE", "STATE", "AMOUNT", "MERCHANT", "DUE", "")
WIDEST = (8, 9, 14, 16, 24, 18, 40)
JSON_HELP = "One JSON document; docs/command-line.md describes it."


@click.group(name="refunds", help="Money back to customers, and the merchants who owe an answer.")
def command() -> None:
    """The group."""


@command.command(name="list")
@click.option("--lane", type=click.Choice([each.value for each in RefundLane]), help="Only those that wait there.")
@click.option("--state", "states", multiple=True, type=click.Choice([each.value for each in RefundState]))
@click.option("--flagged", is_flag=True, help="Only those in which something is unusual.")
@click.option("--all", "everything", is_flag=True, help="Not the first 100 only.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def list_command(
    login: str | None, *, lane: str | None, states: tuple[str, ...], flagged: bool, everything: bool, as_json: bool
) -> None:
    """List a lane in its order, or refunds newest first."""
    from desk.services import refunds

    with opened(login) as here:
        wanted = [RefundState(each) for each in states]
        rows = refunds.listing.pages(
            here.desk, here.me, RefundLane(lane) if lane else None, states=wanted, flagged=flagged,
            least=None if everything else 1,
        )  # fmt: skip
    if as_json:
        print_json({"refunds": [document(row) for row in rows]})
        return
    for text in table(HEADS, [_cells(row) for row in rows], WIDEST):
        click.echo(text)
    if not rows:
        click.echo("No refund waits there.")


@command.command(name="show")
@click.argument("refund", type=int)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def show(login: str | None, *, refund: int, as_json: bool) -> None:
    """Print one refund: how it stands, the five steps as the customer reads them, and what happened."""
    from desk.services import refunds

    with opened(login) as here:
        found = refunds.listing.show(here.desk, here.me, refund)
    row = found.refund
    if as_json:
        steps = [{"label": step.label, "done": step.is_done, "now": step.is_now} for step in found.steps]
        events = [{"at": iso(e.at), "kind": e.kind, "who": e.agent_name, "data": dict(e.data)} for e in found.events]
        print_json(document(row) | {"steps": steps, "events": events})
        return
    click.echo(line(f"Refund {row.id} of #{row.case_id} ({row.customer_name}): {_state(row)}"))
    click.echo(
        line(f"{_amount(row)} of {_paid(row)}, paid {local(row.paid_at)} at {row.merchant_name}, {row.reference}")
    )
    click.echo(
        line(f"Reason: {row.reason.value.replace('_', ' ')}. Opened by {row.opened_by_name}, {local(row.opened_at)}.")
    )
    if row.evidence:
        click.echo(line(f"Evidence: {', '.join(row.evidence)}"))
    for said in _notes(row):
        click.echo(line(said))
    click.echo(line("  ".join(f"{'✓' if s.is_done else '▸' if s.is_now else '·'} {s.label}" for s in found.steps)))
    for event in reversed(found.events):
        data = event.data
        who = event.agent_name or data.get("by", "the desk")
        click.echo(
            line(f"  {local(event.at)}  {who}: {data.get('act', event.kind.rpartition('.')[2])} {data.get('said', '')}")
        )


@command.command(name="remind")
@click.argument("refund", type=int, nargs=-1)
@click.option("--late", is_flag=True, help="All whose merchant has used up the first reminder's share of its time.")
@click.option("--check", "only_check", is_flag=True, help="Say whom it would remind, and remind nobody.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def remind(login: str | None, *, refund: tuple[int, ...], late: bool, only_check: bool, as_json: bool) -> None:
    """Remind the merchants of REFUNDs now, or of all that are late."""
    from desk.rules.refunds.life import RefundStateError
    from desk.services import refunds
    from desk.services.errors import CaseError

    if bool(refund) == late:
        raise click.UsageError("Name refunds, or say --late.")
    failed: list[tuple[int, str]] = []
    with opened(login) as here:
        wanted = (
            refunds.listing.late(here.desk, here.me)
            if late
            else tuple(refunds.listing.show(here.desk, here.me, each).refund for each in refund)
        )
        done = list(wanted)
        if not only_check and late:
            reminded = refunds.deciding.remind_late(here.desk, here.me, [row.id for row in wanted])
            done, failed = [row for row in wanted if row.id in reminded.done], list(reminded.refused)
        elif not only_check:
            done = []
            for row in wanted:
                try:
                    done.append(refunds.deciding.remind(here.desk, here.me, row.id))
                except (CaseError, RefundStateError) as error:
                    failed.append((row.id, str(error)))
    if as_json:
        refused = [{"refund": each, "why": why} for each, why in failed]
        print_json(
            {"reminded": [] if only_check else [r.id for r in done], "would": [r.id for r in done], "refused": refused}
        )
    else:
        for row in done:
            did = "would remind" if only_check else "reminded"
            click.echo(line(f"{did} {row.merchant_name}: refund {row.id}, {_amount(row)}"))
        for each, why in failed:
            click.echo(line(f"refund {each}: {why}"))
        click.echo(f"{count(len(done), 'merchant mail', 'merchant mails')}.")
    if failed:
        raise click.exceptions.Exit(1)


@command.command(name="reconcile")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--wallet", "from_wallet", is_flag=True, help="Ask the wallet for its report.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How far back to compare.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def reconcile(login: str | None, *, file: Path | None, from_wallet: bool, days: int, as_json: bool) -> None:
    """Compare our books with the wallet's: FILE is CSV with key,transaction,amount,currency; amounts in minor units.

    Each difference becomes a case, once. Exit code 1 when the books differ.
    """
    from desk.services import refunds, wallets

    if (file is None) == (not from_wallet):
        raise click.UsageError("Name the wallet's report as FILE, or say --wallet.")
    with opened(login) as here:
        until = here.desk.clock()
        since = until - timedelta(days=days)
        if file is not None:
            paid = _lines(file)
        else:
            earlier = since - refunds.reconciling.TAKEN_BEFORE
            paid = refunds.reconciling.from_wallet(wallets.wallet_of(here.desk), earlier, until)
        report = refunds.reconciling.reconcile(here.desk, here.me, paid, since=since, until=until)
    _tell(report, as_json=as_json)
    if not report.are_equal:
        raise click.exceptions.Exit(1)


@command.command(name="reconciled")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def reconciled(login: str | None, *, as_json: bool) -> None:
    """List when the books were compared, each night by a worker or by somebody, and what came of it."""
    from desk.services import refunds

    with opened(login) as here:
        rows = refunds.nightly.comparisons(here.desk, here.me)
    if as_json:
        print_json({"comparisons": [_comparison(row) for row in rows]})
        return
    for row in rows:
        who = f"night of {row.night}" if row.night else row.agent_name or ""
        if row.ended_at is None:
            click.echo(line(f"{local(row.begun_at)}  {who}: not done yet. {row.said}".rstrip()))
        else:
            differing = count(row.differences, "difference", "differences")
            click.echo(line(f"{local(row.ended_at)}  {who}: {row.ours} of ours, {row.theirs} of theirs, {differing}"))
    if not rows:
        click.echo("The books were never compared. A worker does it each night, or: desk refunds reconcile --wallet")


@command.group(name="policy")
def policy() -> None:
    """What merchants and payment paths allow."""


@policy.command(name="check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def check(login: str | None, *, folder: Path | None, as_json: bool) -> None:
    """Check the files in FOLDER, by default the shipped ones, and say what applying them would change; code 1 then."""
    from desk.services import refunds
    from desk.services.refunds.policy_files import read_refund_policies

    files = read_refund_policies(folder)
    with opened(login) as here:
        done = refunds.policies.changes(here.desk, here.me, files)
    _differences(done, as_json=as_json)
    if done:
        raise click.exceptions.Exit(1)


@policy.command(name="apply")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def apply(login: str | None, *, folder: Path | None, as_json: bool) -> None:
    """Bring the policies in line with the files in FOLDER; those that no file describes stay."""
    from desk.services import refunds
    from desk.services.refunds.policy_files import read_refund_policies

    files = read_refund_policies(folder)
    with opened(login) as here:
        _differences(refunds.policies.apply(here.desk, here.me, files), as_json=as_json)


@policy.command(name="explain")
@click.argument("transaction")
@click.option("--amount", help="A part, as 150.000; else all that is left.")
@click.option("--reason", type=click.Choice([each.value for each in RefundReason]), default="not_received")
@click.option("--evidence", type=click.IntRange(0, 100), default=0, help="How many files the customer has sent.")
@click.option("--language", type=click.Choice(["id", "en", "zh"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_obj
def explain(
    login: str | None, *, transaction: str, amount: str | None, reason: str, evidence: int, language: str, as_json: bool
) -> None:
    """Ask the wallet for TRANSACTION (its id or reference), and say what each rule says; code 1 when one refuses."""
    from db.kinds import Language
    from desk.rules.refunds.money import read_money, written
    from desk.rules.refunds.policy import Asked
    from desk.services import refunds, wallets
    from desk.services.refunds.errors import RefundError
    from desk.services.refunds.payments import payment_row
    from desk.services.refunds.words import refused

    with opened(login) as here:
        payment = payment_row(wallets.wallet_of(here.desk).transaction(transaction))
        if payment is None:
            raise RefundError(f"{transaction} is no payment to a merchant, so nothing of it can be refunded.")
        wanted = read_money(amount, payment.currency) if amount else None
        asked = Asked(RefundReason(reason), wanted, evidence)
        verdict, merchant = refunds.policies.explain(here.desk, here.me, payment, asked)
        deadline = merchant.deadline(here.desk.clock())
    spoken = Language(language)
    rules = [
        {
            "rule": each.rule.value, "met": each.is_met, "at": iso(each.at),
            "said": "" if each.is_met else refused(each, spoken, payment.merchant_name),
        }
        for each in verdict.findings
    ]  # fmt: skip
    if as_json:
        print_json({
            "transaction": payment.id, "merchant": merchant.key, "path": payment.path, "allowed": verdict.is_allowed,
            "amount": verdict.amount.amount, "left": verdict.left.amount, "currency": payment.currency,
            "until": iso(verdict.until), "not_before": iso(verdict.not_before), "automatic": verdict.is_automatic,
            "merchant_answers_by": iso(deadline), "rules": rules,
        })  # fmt: skip
    else:
        click.echo(line(f"{payment.merchant_name} ({merchant.key}), {payment.path}, paid {local(payment.paid_at)}"))
        click.echo(line(f"{written(verdict.amount, spoken)} of {written(verdict.left, spoken)} that is left"))
        for each in verdict.findings:
            said = "" if each.is_met else f": {refused(each, spoken, payment.merchant_name)}"
            click.echo(line(f"  {'ok ' if each.is_met else 'NO '} {each.rule.value}{_date(each)}{said}"))
        if verdict.is_allowed:
            how = "agreed beforehand" if verdict.is_automatic else f"the merchant answers by {local(deadline)}"
            click.echo(line(f"Allowed until {local(verdict.until)}; {how}."))
    if not verdict.is_allowed:
        raise click.exceptions.Exit(1)


def document(row: RefundRow) -> dict[str, Any]:
    """A refund for machines: amounts in minor units, moments in UTC."""
    return {
        "refund": row.id, "case": row.case_id, "customer": row.customer_name, "state": row.state.value,
        "since": iso(row.state_since), "reason": row.reason.value, "amount": row.amount, "currency": row.currency,
        "paid": row.paid_amount, "paid_at": iso(row.paid_at), "transaction": row.transaction,
        "reference": row.reference, "merchant": row.merchant, "merchant_name": row.merchant_name, "key": row.key,
        "opened_by": row.opened_by_name, "opened_at": iso(row.opened_at), "deadline": iso(row.deadline_at),
        "said": row.said, "question": row.question, "wallet_reference": row.wallet_reference, "flags": list(row.flags),
        "approvals": list(row.approvals), "needed": row.needed, "reminders": row.reminders,
        "evidence": list(row.evidence),
    }  # fmt: skip


def _comparison(row: ComparisonRow) -> dict[str, Any]:
    return {
        "night": row.night.isoformat() if row.night else None, "by": row.agent_name, "since": iso(row.since),
        "until": iso(row.until), "begun": iso(row.begun_at), "ended": iso(row.ended_at), "ours": row.ours,
        "theirs": row.theirs, "differences": row.differences, "said": row.said,
    }  # fmt: skip


def _lines(file: Path) -> tuple[Any, ...]:
    from desk.services.refunds.errors import RefundError
    from desk.services.refunds.reconciling import paid_lines

    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            return paid_lines(list(csv.DictReader(rows)))
    except (ValueError, csv.Error) as error:
        raise RefundError(f"{file.name}, {error}.") from error


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"kind": d.kind.value, "key": d.key, "said": d.said, "case": d.case_id, "new": d.is_new}
            for d in report.differences
        ]
        print_json({"ours": report.ours, "theirs": report.theirs, "equal": report.are_equal, "differences": rows})
        return
    for each in report.differences:
        click.echo(
            line(
                f"#{each.case_id} {'new' if each.is_new else 'known'}: {each.kind.value.replace('_', ' ')}, {each.said}"
            )
        )
    click.echo(
        f"{count(report.ours, 'refund', 'refunds')} of ours, {count(report.theirs, 'line', 'lines')} of the wallet's, "
        f"{count(len(report.differences), 'difference', 'differences')}."
    )


def _differences(done: Any, *, as_json: bool) -> None:
    if as_json:
        rows = [{"kind": d.kind, "key": d.key, "before": d.before, "after": d.after} for d in done]
        print_json({"changes": rows})
        return
    for each in done:
        if each.before is None:
            click.echo(line(f"{each.kind} {each.key}: new"))
            continue
        for name in sorted(each.before.keys() | each.after.keys()):
            if each.before.get(name) != each.after.get(name):
                click.echo(line(f"{each.kind} {each.key}, {name}: {each.before.get(name)} → {each.after.get(name)}"))
    if not done:
        click.echo("Nothing changes.")


def _cells(row: RefundRow) -> tuple[str, ...]:
    due = local(row.deadline_at) if row.state is RefundState.WITH_MERCHANT else ""
    return (str(row.id), f"#{row.case_id}", _state(row), _amount(row), row.merchant_name, due, "; ".join(_notes(row)))


def _notes(row: RefundRow) -> list[str]:
    found = [f"! {flag}" for flag in row.flags]
    if row.question:
        found.append(f"the merchant asks: {row.question}")
    elif row.said:
        found.append(row.said)
    if row.approvals:
        found.append(f"approved by {', '.join(row.approvals)} ({len(row.approvals)} of {row.needed})")
    return found


def _state(row: RefundRow) -> str:
    return row.state.value.replace("_", " ")


def _amount(row: RefundRow) -> str:
    from desk.rules.refunds.money import Money, written

    return written(Money(row.amount, row.currency))


def _paid(row: RefundRow) -> str:
    from desk.rules.refunds.money import Money, written

    return written(Money(row.paid_amount, row.currency))


def _date(finding: Finding) -> str:
    return f" ({local(finding.at)})" if finding.at is not None else ""
