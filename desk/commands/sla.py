"""`desk sla`: what is owed to whom by when, and the clocks that measure it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds import ClockKind
from desk.commands.opening import opened
from desk.commands.output import iso, line, local, print_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from desk.rules.hours import ServiceTime
    from desk.rules.sla import Clock, Policy
    from desk.services.sla import CaseClocks, PolicyChange, Progress

POLICY_HEADS = ("POLICY", "FOR", "CLOCK", "1", "2", "3", "4")
POLICY_WIDEST = (20, 34, 16, 9, 9, 9, 9)
CLOCK_HEADS = ("CLOCK", "STATE", "STARTED", "DUE", "LEFT", "")
CLOCK_WIDEST = (16, 8, 18, 18, 10, 30)
MOST_LISTED = 100


@click.group(name="sla", help="What is owed by when: policies and clocks.")
def command() -> None:
    """The group."""


@command.command(name="apply")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--check", "only_check", is_flag=True, help="Show what would change, and change nothing.")
@click.pass_obj
def apply(login: str | None, *, folder: Path | None, only_check: bool) -> None:
    """Make the policies of FOLDER, by default the shipped ones, those of the desk."""
    from desk.services import sla
    from desk.services.policy_files import read_policies

    files = read_policies(folder)
    if not files:
        raise click.UsageError(f"There is no policy in {folder}: write at least one NAME.toml.")
    with opened(login) as here:
        done = sla.changes(here.desk, here.me, files) if only_check else sla.apply(here.desk, here.me, files)
    for each in done:
        for row in _difference(each):
            click.echo(line(row))
    if not done:
        click.echo("Nothing changes.")
    elif not only_check:
        click.echo("The worker computes the clocks of open cases anew; desk sla recompute does it now.")


@command.command(name="show")
@click.argument("case", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def show(login: str | None, *, case: int | None, as_json: bool) -> None:
    """Print the policies in force, or the clocks of CASE with what was promised."""
    from desk.services import sla

    with opened(login) as here:
        if case is None:
            policies = sla.policies(here.desk, here.me)
        else:
            found = sla.clocks(here.desk, here.me, case)
        now = here.desk.clock()
    if case is not None:
        if as_json:
            print_json(_case_document(case, found, now))
        else:
            _print_case(found, now)
    elif as_json:
        print_json({"policies": [_policy_document(each) for each in policies]})
    else:
        rows = [row for each in policies for row in _policy_rows(each)]
        for row in table(POLICY_HEADS, rows, POLICY_WIDEST):
            click.echo(row)


@command.command(name="recompute")
@click.option("--later", is_flag=True, help="Leave it to the worker.")
@click.pass_obj
def recompute(login: str | None, *, later: bool) -> None:
    """Compute the clocks of all open cases anew from their events."""
    from desk.services import sla

    with opened(login) as here:
        if later:
            sla.request(here.desk, here.me)
            click.echo("The worker will do it.")
            return
        come = sla.recompute(here.desk, here.me, _tell)
    if come is None:
        click.echo("There are no cases.")
    elif come.finished_at is None:
        click.echo("Another process is at it; desk sla status tells how far it has come.")
    else:
        click.echo(f"{come.done} cases looked at, {come.changed} changed.")


@command.command(name="status")
@click.pass_obj
def status(login: str | None) -> None:
    """Say how far the last computing of all clocks has come."""
    from desk.services import sla

    with opened(login) as here:
        come = sla.progress(here.desk)
    if come is None:
        click.echo("Nothing was computed anew yet.")
    elif come.finished_at is not None:
        click.echo(line(f"Ended {local(come.finished_at)}: {come.done} cases, {come.changed} changed ({come.reason})."))
    else:
        share = 100 * come.last_id // max(come.up_to, 1)
        click.echo(line(f"At {share} %: {come.done} cases, {come.changed} changed so far ({come.reason})."))


@command.command(name="verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Compare the clocks that are stored with what the events say; exit code 1 when they differ."""
    from desk.services import sla

    seen = 0

    def told(cases: int) -> None:
        nonlocal seen
        seen = cases

    with opened(ctx.obj) as here:
        found = list(sla.verify(here.desk, here.me, told))
        come = sla.progress(here.desk)
    if as_json:
        rows = [
            {"case": d.case_id, "clock": d.clock, "what": d.what, "stored": d.stored, "computed": d.computed}
            for d in found
        ]
        print_json({"cases": seen, "differences": rows})
    else:
        for each in found[:MOST_LISTED]:
            click.echo(line(f"#{each.case_id} {each.clock}, {each.what}: {each.stored}; by its events {each.computed}"))
        click.echo(f"{seen} cases, {len(found)} differences.")
        if found and come is not None and come.finished_at is None:
            click.echo(
                line(f"They are being computed anew ({come.reason}); verify again when desk sla status says so.")
            )
    ctx.exit(1 if found else 0)


def _tell(come: Progress) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{100 * come.last_id // max(come.up_to, 1)} %, {come.done} cases ", nl=False, err=True)


def length(seconds: int) -> str:
    """Service seconds as `1h30m`, `45m`."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}h{minutes:02}m" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"


def _policy_rows(policy: Policy) -> list[tuple[str, ...]]:
    names = {
        "": [each.value for each in policy.channels],
        "priority ": [str(each) for each in policy.priorities],
        "topic ": list(policy.topics),
        "tier ": list(policy.tiers),
    }
    whom = "; ".join(word + ", ".join(values) for word, values in names.items() if values) or "everybody"
    heads = [(policy.key, whom), (f"  v{policy.version}, rank {policy.rank}", ""), ("", "")]
    return [
        (*head, kind.value.replace("_", " "), *(length(each) for each in policy.targets[kind]))
        for head, kind in zip(heads, ClockKind, strict=True)
    ]


def _policy_document(policy: Policy) -> dict[str, Any]:
    return {
        "key": policy.key,
        "version": policy.version,
        "title": policy.title,
        "rank": policy.rank,
        "channels": list(policy.channels),
        "priorities": list(policy.priorities),
        "topics": list(policy.topics),
        "tiers": list(policy.tiers),
        "targets": {kind.value: list(seconds) for kind, seconds in policy.targets.items()},
        "pauses": sorted(policy.pauses),
        "warn": list(policy.warnings),
        "breach": {
            "raise_priority": policy.breach.raise_priority,
            "notify": policy.breach.notify,
            "queue": policy.breach.queue,
        },
    }


def _print_case(found: CaseClocks, now: datetime) -> None:
    click.echo(line(f"Policy {found.policy.key}, version {found.policy.version}, priority {found.priority}"))
    rows = [_clock_row(each, now, _hours(found)) for each in found.clocks]
    for row in table(CLOCK_HEADS, rows, CLOCK_WIDEST):
        click.echo(row)
    for each in found.promises:
        click.echo(line(f"promised {local(each.made_at)}: an answer by {local(each.until)} ({each.state})"))


def _hours(found: CaseClocks) -> ServiceTime | None:
    return found.plan.hours if found.plan is not None else None


def _clock_row(clock: Clock, now: datetime, hours: ServiceTime | None) -> tuple[str, ...]:
    state = "late" if clock.is_late else clock.state.value
    notes = [f"broke {local(clock.due_at)}"] if clock.breached_at is not None and clock.due_at is not None else []
    notes += [f"warned at {clock.warned} %"] if clock.warned and not notes else []
    due = local(clock.due_at) if clock.due_at else "–"
    left = clock.left(now, hours)
    sign = "−" if left < 0 else ""
    return (
        clock.kind.value.replace("_", " "), state, local(clock.started_at), due,
        sign + length(abs(left)), ", ".join(notes),
    )  # fmt: skip


def _case_document(case_id: int, found: CaseClocks, now: datetime) -> dict[str, Any]:
    return {
        "case": case_id,
        "policy": found.policy.key,
        "version": found.policy.version,
        "clocks": [
            {
                "clock": each.kind.value,
                "state": each.state.value,
                "started_at": iso(each.started_at),
                "due_at": iso(each.due_at),
                "paused_at": iso(each.paused_at),
                "ended_at": iso(each.ended_at),
                "breached_at": iso(each.breached_at),
                "target": each.target,
                "taken": each.taken,
                "remaining": each.left(now, _hours(found)),
                "warned": each.warned,
            }
            for each in found.clocks
        ],
        "promises": [
            {"made_at": iso(p.made_at), "until": iso(p.until), "told": p.told, "state": p.state.value}
            for p in found.promises
        ],
    }


def _difference(change: PolicyChange) -> list[str]:
    what = "changed" if change.before and change.after else "new" if change.after else "gone"
    before, after = change.before or {}, change.after or {}
    rows = [f"{change.key}: {what}"]
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            rows += [f"  - {name} = {json.dumps(before[name])}"] if name in before else []
            rows += [f"  + {name} = {json.dumps(after[name])}"] if name in after else []
    return rows
