"""`desk quality`: what is looked at before an answer is sent, and how strictly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds import Language
from desk.commands.json_questions import answer_questions
from desk.commands.opening import opened
from desk.commands.output import print_json, table

if TYPE_CHECKING:
    from desk.rules.quality import Finding


@click.group(name="quality", help="What is looked at before an answer is sent.")
def command() -> None:
    """The group."""


@command.command(name="apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--check", "only_check", is_flag=True, help="Say what would change, and change nothing; exit code 1 then."
)
@click.pass_obj
def apply(login: str | None, *, file: Path | None, only_check: bool) -> None:
    """Hold the checks as FILE says, by default the shipped one."""
    from desk.services import quality

    wanted = quality.read_levels(file)
    with opened(login) as here:
        done = (quality.changes if only_check else quality.apply)(here.desk, here.me, wanted)
    for each in done:
        click.echo(f"{each.check}: {each.before} -> {each.after}")
    if not done:
        click.echo("Nothing changes.")
    elif only_check:
        raise click.exceptions.Exit(1)


@command.command(name="show")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def show(login: str | None, *, as_json: bool) -> None:
    """Print each check and how strictly it is held."""
    from desk.rules.quality import TITLES
    from desk.services import quality

    with opened(login) as here:
        held = quality.levels(here.desk, here.me)
    if as_json:
        print_json({"checks": {name: level.value for name, level in held.items()}})
        return
    rows = [(name, level.value, TITLES[name]) for name, level in held.items()]
    for row in table(("CHECK", "LEVEL", "FINDS"), rows, (12, 5, 70)):
        click.echo(row)


@command.command(name="check")
@click.option("--jsonl", is_flag=True, required=True, help="Texts come as JSON lines on standard input.")
@click.option("--language", type=click.Choice([each.value for each in Language]), default="other", show_default=True)
def check(*, jsonl: bool, language: str) -> None:  # noqa: ARG001  (the only way there is)
    """Print what is found in each text {"id", "text"} for a customer of that language: {"id", "findings"}."""
    from db.clock import now
    from desk.services.quality import check_texts

    wanted = Language(language)
    answer_questions("text", lambda text: {"findings": [_document(each) for each in check_texts(text, wanted, now())]})


def _document(finding: Finding) -> dict[str, Any]:
    return {"check": finding.check, "says": finding.says, "start": finding.start, "end": finding.end}
