"""`desk safety`: accounts kept safe, masking what was stored before, and the key for encrypted originals."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from desk.commands import safety_accounts
from desk.commands.opening import opened
from desk.commands.output import line, print_json

NAMES = {"card": "card numbers", "pin": "PINs", "otp": "one-time codes", "password": "passwords"}


@click.group(name="safety", help="Stolen accounts, signs of a takeover, and masking what is stored.")
def command() -> None:
    """The group."""


for each in (safety_accounts.signs, safety_accounts.playbook, safety_accounts.watched, safety_accounts.freeze):
    command.add_command(each)


@command.command(name="mask")
@click.option("--check", is_flag=True, help="Only say what would be masked; exit code 1 when there is something.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_context
def mask(ctx: click.Context, *, check: bool, as_json: bool) -> None:
    """Mask what customers sent before masking was there; a run that was interrupted goes on where it ended."""
    from desk.services.stored_masking import mask_stored

    with opened(ctx.obj) as here:
        report = mask_stored(here.desk, here.me, check=check, progress=_tell)
    if as_json:
        print_json(
            {"checked": check, "messages": report.seen, "masked": report.masked, "originals": report.originals,
             "found": dict(report.found)}
        )  # fmt: skip
    else:
        kinds = ", ".join(f"{number} {NAMES[kind]}" for kind, number in sorted(report.found.items()))
        done = "to be masked" if check else "masked"
        click.echo(line(f"{report.seen} messages, {report.masked} {done}{f': {kinds}' if kinds else ''}."))
        if report.originals:
            click.echo(f"{report.originals} originals {'to be closed' if check else 'closed'}.")
    ctx.exit(1 if check and (report.masked or report.originals) else 0)


@command.command(name="new-key")
@click.argument("file", type=click.Path(path_type=Path))
def new_key(file: Path) -> None:
    """Make a key for encrypted originals in FILE, which must not be there yet; name it in safety.key_file."""
    from desk.services.originals import new_key as make

    try:
        make(file)
    except FileExistsError as error:
        raise click.UsageError(f"{file} is there already; a key that is overwritten opens nothing again.") from error
    click.echo(line(f"{file} holds a new key. Keep a copy away from the database: without it no original opens."))


def _tell(reached: int, last: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{100 * reached // max(last, 1)} % ", nl=False, err=True)
