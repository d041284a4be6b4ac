"""`desk simulate`: what a month of arrivals and a roster would be like."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.opening import opened
from desk.commands.output import print_json, table

if TYPE_CHECKING:
    from desk.simulation.report import Hour, Report, Waits

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
WAITS = ("", "CAME", "ANSWERED", "GAVE UP", "WAITING", "MEAN", "P90", "LONGEST", "LATE", "KEPT")
WIDEST = (16, 7, 8, 8, 7, 8, 8, 9, 6, 8)
GROUPS = ("ROSTER", "AGENTS", "HOURS", "CASES", "BUSY")
HOURS = ("HOUR", "CAME", "AGENTS", "WAIT", "ERLANG C", "ERLANG A", "GAVE UP", "ERLANG A", "NEEDED")


@click.command(name="simulate", help="Play a month of arrivals against a roster, by the desk's own routing and hours.")
@click.argument("plan", type=FILE, required=False)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same customers.")
@click.option("--days", type=click.IntRange(1, 400), help="Another number of days than the plan's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/simulation.md describes it.")
@click.pass_obj
def command(login: str | None, plan: Path | None, seed: int, days: int | None, *, as_json: bool) -> None:
    """Play it and print the figures."""
    import msgspec

    from desk.services.seed_files import SeedError
    from desk.simulation.plan import read_plan
    from desk.simulation.report import report
    from desk.simulation.run import simulate
    from desk.simulation.scratch import policies_of

    try:
        read = read_plan(plan)
    except SeedError as error:
        raise click.UsageError(str(error)) from error
    if days is not None:
        read = msgspec.structs.replace(read, days=days)
    with opened(login) as at:
        policies = policies_of(at.desk, at.me, read.begin)
    shows = sys.stderr.isatty()
    bar = click.progressbar(length=100, file=sys.stderr, label="customers") if shows else nullcontext()
    with bar as shown:
        told = 0

        def progress(done: int, of: int) -> None:
            nonlocal told
            step = done * 100 // of - told
            if step and shown is not None:
                told += step
                shown.update(step)

        outcome = simulate(read, policies, seed, progress)
    found = report(outcome)
    if as_json:
        print_json({"plan": {"start": read.start, "days": read.days, "zone": read.zone, "seed": seed}} | found.as_json)
        return
    for text in _lines(found):
        click.echo(text)


def _lines(found: Report) -> Iterable[str]:
    yield "Waits in minutes of service time, from arrival or from the opening that they wait for."
    yield "KEPT is the share that was answered in time; who gave up was not, however early."
    for name, rows in (
        ("CHANNEL", found.by_channel),
        ("PRIORITY", found.by_priority),
        ("QUEUE", found.by_queue),
        ("LANGUAGE", found.by_language),
    ):
        yield ""
        yield from table((name, *WAITS[1:]), [_waits(key, waits) for key, waits in rows.items()], WIDEST)
    yield ""
    groups = [
        (each.name, str(each.agents), f"{each.hours:.0f}", str(each.cases), _percent(each.occupancy))
        for each in found.groups
    ]
    yield from table(GROUPS, groups, (24, 7, 8, 8, 7))
    yield ""
    yield "Phone and chat while they are open, and by formula as if the agents at work did nothing else; minutes."
    yield from table(HOURS, [_hour(each) for each in found.hours], (5, 7, 7, 8, 9, 9, 8, 9, 7))


def _waits(name: str, waits: Waits) -> Sequence[str]:
    counts = (waits.came, waits.answered, waits.gave_up, waits.waiting)
    times = (waits.mean, waits.p90, waits.longest)
    return (name, *map(str, counts), *map(_number, times), str(waits.late), _percent(waits.kept))


def _hour(each: Hour) -> Sequence[str]:
    return (
        f"{each.hour:02}:00",
        f"{each.came:.1f}",
        f"{each.agents:.1f}",
        _number(each.simulated),
        _number(each.erlang_c),
        _number(each.erlang_a),
        _percent(each.gave_up),
        _percent(each.gave_up_by_formula),
        str(each.needed or "–"),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _percent(value: Any) -> str:
    return "–" if value is None else f"{value:.1%}"
