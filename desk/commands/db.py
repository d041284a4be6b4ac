"""`desk db`: the database itself: bring it up, look whether it is sound, where it is, copy it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.commands.failures import FAILED
from desk.commands.output import line, print_json

if TYPE_CHECKING:
    from db.backup import Progress
    from db.check import Finding
    from desk.services.desk import Desk


@click.group("db", help="The database: upgrade, check, path, backup.")
def command() -> None:
    """The group; none of its commands needs an agent."""


@command.command("path")
def path() -> None:
    """Print where the database is: a file, or an address without its password."""
    from desk import settings as configuration

    url = configuration.load().url
    name = url.removeprefix("sqlite:///")
    click.echo(line(configuration.without_password(url) if name == url else str(Path(name).absolute())))


@command.command("upgrade")
@click.option("--no-backup", is_flag=True, help="You have a backup; none is made.")
def upgrade(*, no_backup: bool) -> None:
    """Bring the database to this desk's schema, after a backup, and its seeds up to date."""
    from desk.bootstrap import build

    desk = build()
    with closing(desk.database):
        upgrade_with_backup(desk, backup=not no_backup)


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup(file: Path, *, force: bool) -> None:
    """Copy the whole database into FILE while others go on working.

    A SQLite database becomes another one: to go back, stop every desk and put it in the place of the first.
    A PostgreSQL database is written by pg_dump -Fc: pg_restore brings it back.
    """
    from db.backup import back_up

    with _database() as desk, _progress() as progress:
        back_up(desk.database, file, replace=force, progress=progress)
    click.echo(f"Backed up into {line(str(file))}, {file.stat().st_size:,} bytes.")


@command.command("check")
@click.option("--repair", "repairs", is_flag=True, help="Put right what can be made again from what is kept.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_context
def check(ctx: click.Context, *, repairs: bool, as_json: bool) -> None:
    """Look whether the database is sound; 1 when it is not."""
    from desk.services.repair import repair
    from desk.worker import reader_for

    with _database() as desk:
        findings = _findings(desk, is_told=not as_json and not repairs)
        done: list[str] = []
        if repairs and all(not each.problems or each.is_repairable for each in findings):
            done = list(repair(desk, reader_for))
            findings = _findings(desk, is_told=not as_json)
        elif repairs and not as_json:
            _tell(findings)
    is_sound = not any(each.problems for each in findings)
    if as_json:
        checks = [{"name": each.name, "problems": list(each.problems)} for each in findings]
        print_json({"sound": is_sound, "checks": checks, "repaired": done})
    else:
        for words in done:
            click.echo(words)
        click.echo("The database is sound." if is_sound else "The database is not sound.")
    ctx.exit(0 if is_sound else FAILED)


def upgrade_with_backup(desk: Desk, *, backup: bool = True) -> None:
    """Bring an older database up after a backup beside it, and an empty one without; then the seeds.

    Raises `db.backup.BackupError`, `db.migrate.NewerDatabaseError`; nothing is changed then.
    """
    from db import backup as backups
    from db.migrate import SchemaState, head, schema_state
    from db.migrate import upgrade as migrate
    from db.private import make_folder
    from desk.services import seeding

    state, revision = schema_state(desk.database)
    if state is SchemaState.OLDER and backup:
        folder = desk.database.path.parent if desk.database.path else desk.settings.data_folder
        if not desk.database.is_sqlite and not backups.can_dump():
            raise backups.BackupError(
                "Nothing was changed: a backup is made first, and there is no pg_dump here. Make one elsewhere with "
                "pg_dump -Fc, then run `desk db upgrade --no-backup`."
            )
        make_folder(folder)
        target = backups.name_for(desk.database, folder, revision, desk.clock())
        with _progress() as progress:
            backups.back_up(desk.database, target, progress=progress)
        click.echo(f"Backed up into {line(str(target))}.", err=True)
    migrate(desk.database)
    report = seeding.seed(desk)
    _fill_figures(desk)
    moved = f"Upgraded from {revision} to {head()}." if revision != head() else f"The database is at {head()} already."
    seeds = "" if report.is_unchanged else f" Answers added: {len(report.added)}, changed: {len(report.changed)}."
    click.echo((moved if revision else f"Made the database, at {head()}.") + seeds, err=True)


def _fill_figures(desk: Desk) -> None:
    """Count what happened before there were figures, once; a million cases take minutes."""
    from desk.services import recounting

    with _progress("Counting") as progress:
        if recounting.fill(desk, progress):
            click.echo("Counted what happened so far.", err=True)


@contextmanager
def _database() -> Iterator[Desk]:
    """The database as it is, whatever its age; a SQLite file that is not there is not made."""
    from db.engine import DatabaseUnavailableError
    from desk.bootstrap import build

    desk = build()
    with closing(desk.database) as database:
        if database.path is not None and not database.path.exists():
            raise DatabaseUnavailableError(f"There is no database at {database.path}. `desk db upgrade` makes one.")
        yield desk


def _findings(desk: Desk, *, is_told: bool) -> list[Finding]:
    from db.check import check as look

    findings: list[Finding] = []
    with desk.database.read() as connection:
        for each in look(connection, desk.clock()):
            findings.append(each)
            if is_told:
                _tell([each])
    return findings


def _tell(findings: list[Finding]) -> None:
    for each in findings:
        click.echo(f"{each.name}: {'ok' if not each.problems else ''}".rstrip())
        for problem in each.problems:
            click.echo(line(f"  {problem}"))
        if each.problems and each.is_repairable:
            click.echo("  `desk db check --repair` puts this right.")


@contextmanager
def _progress(label: str = "Copying") -> Iterator[Progress]:
    """A bar on standard error, where somebody watches it."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield show
