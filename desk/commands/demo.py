"""`desk demo`: a world to try the desk on, apart from real data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from desk import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from click._termui_impl import ProgressBar

    from desk.services.demo import DemoReport
    from desk.services.desk import Desk

LOGIN = "sari"
"""Whoever the demo is opened as, unless `--as` names another of its agents."""


@click.command(name="demo", help="Make a demo world and open the desk on it.")
@click.option("--cases", show_default="2000", type=click.IntRange(1, 20_000_000), help="How many cases.")
@click.option("--seed", show_default="1", type=int, help="The same seed gives the same world.")
@click.option("--fresh", is_flag=True, help="Make it anew, even if it stands there already.")
@click.option(
    "--build-only",
    is_flag=True,
    help="Make it in the database in force (which has to be empty or a demo); open nothing.",
)
@click.pass_context
def command(ctx: click.Context, *, cases: int | None, seed: int | None, fresh: bool, build_only: bool) -> None:
    """The world covers the last 30 days. One older than a working day is made again when you come back to it."""
    from desk.bootstrap import build
    from desk.settings import load

    url = None if build_only else f"sqlite:///{_demo_file(load().data_folder)}"
    desk = build(url=url)
    try:
        report = _built(desk, cases, seed, fresh=fresh, build_only=build_only)
    finally:
        desk.database.close()
    if build_only or report.was_built or report.is_kept_open:
        click.echo(_said(report), err=True)
    if url is not None and not terminal.is_here():
        click.echo("To work in it, open the screens in a terminal: desk demo", err=True)
    elif url is not None:
        from desk.tui.start import open_desk

        open_desk(url=url, login=ctx.obj or LOGIN)


def _demo_file(data_folder: Path) -> Path:
    """The demo's own database, beside the desk's."""
    return data_folder / "demo.db"


def _built(desk: Desk, cases: int | None, seed: int | None, *, fresh: bool, build_only: bool) -> DemoReport:
    from db.migrate import NewerDatabaseError
    from desk.services.demo import CASES, SEED, DemoRefusedError, build_demo, open_demo
    from desk.services.seed_files import SeedError

    try:
        with _bar() as progress:
            if not build_only:
                return open_demo(desk, cases=cases, seed=seed, fresh=fresh, progress=progress)
            cases, seed = CASES if cases is None else cases, SEED if seed is None else seed
            return build_demo(desk, cases=cases, seed=seed, until=desk.clock() if fresh else None, progress=progress)
    except (DemoRefusedError, SeedError, NewerDatabaseError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error that appears with the first progress: nothing is shown when nothing is made."""
    with ExitStack() as shown:
        bars: list[ProgressBar[int]] = []

        def progress(done: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=total, label="Making a demo world", file=sys.stderr)
                bars.append(shown.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield progress


def _said(report: DemoReport) -> str:
    if report.is_kept_open:
        return "The demo world is older than a working day, but another program has it open: it is opened as it stands."
    if report.counts is None:
        return f"The demo world stands there already: {report.cases} cases until {report.until:%Y-%m-%d %H:%M} UTC."
    counts = report.counts
    return (
        f"Made {counts.cases} cases of {counts.customers} customers with {counts.messages} messages, "
        f"{counts.queue} of them in the queue, in {report.seconds:.1f} s."
    )
