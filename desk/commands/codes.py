"""`desk codes`: the wallet's error codes, what each means, and what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds import Language
from desk.commands.guides import difference
from desk.commands.opening import opened
from desk.commands.output import line, print_json, table

if TYPE_CHECKING:
    from desk.rules.error_codes import ErrorCode

HEADS = ("CODE", "MEANING", "NEXT")
WIDEST = (10, 70, 40)


@click.group(name="codes", help="The wallet's error codes and what comes next.")
def command() -> None:
    """The group."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/guides.md describes it.")
@click.pass_obj
def list_(login: str | None, *, as_json: bool) -> None:
    """Print every error code in force."""
    from desk.services import codes

    with opened(login) as here:
        known = codes.table(here.desk, here.me)
    if as_json:
        print_json({"codes": [_document(each) for each in known]})
        return
    for row in table(HEADS, [(each.code, each.meaning[Language.ENGLISH], _next(each)) for each in known], WIDEST):
        click.echo(row)


@command.command(name="show")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/guides.md describes it.")
@click.pass_obj
def show(login: str | None, *, code: str, as_json: bool) -> None:
    """Print what CODE means and what a customer is told, in each language."""
    from desk.services import codes

    with opened(login) as here:
        found = codes.find(here.desk, here.me, code)
    if as_json:
        print_json(_document(found))
        return
    click.echo(line(f"{found.code}  {_next(found)}"))
    for language in found.meaning:
        click.echo(line(f"{language.value}  means     {found.meaning[language]}"))
        click.echo(line(f"    customer  {found.say[language]}"))


@command.command(name="apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--check", "only_check", is_flag=True, help="Say what would change, and change nothing; exit code 1 then."
)
@click.pass_obj
def apply(login: str | None, *, file: Path | None, only_check: bool) -> None:
    """Make FILE, by default the shipped one, the table of error codes, the whole of it."""
    from desk.services import codes

    wanted = codes.read_codes(file)
    with opened(login) as here:
        done = (codes.changes if only_check else codes.apply)(here.desk, here.me, wanted)
    for each in done:
        for row in difference(each.code, each.before, each.after):
            click.echo(line(row))
    if not done:
        click.echo("Nothing changes.")
    elif only_check:
        raise click.exceptions.Exit(1)


def _next(code: ErrorCode) -> str:
    return f"guide {code.guide}" if code.guide else f"answer {code.answer}" if code.answer else ""


def _document(code: ErrorCode) -> dict[str, Any]:
    return {
        "code": code.code,
        "meaning": {language.value: text for language, text in code.meaning.items()},
        "say": {language.value: text for language, text in code.say.items()},
        "guide": code.guide or None,
        "answer": code.answer or None,
        "topic": code.topic or None,
    }
