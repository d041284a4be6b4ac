"""`desk answers`: canned answers as files and in review, how they do, and which of them fit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds import AnswerState
from desk.commands.answers_suggest import learn, suggest
from desk.commands.opening import opened
from desk.commands.output import block, count, iso, line, local, print_json, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from desk.services.answer_files import Finding
    from desk.services.answer_folders import Folder
    from desk.services.answer_review import VersionRow

STATE = click.Choice([state.value for state in AnswerState])
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")


@click.group(name="answers", help="Canned answers: files, review, figures, and which fit a message.")
def command() -> None:
    """The group."""


command.add_command(suggest)
command.add_command(learn)


@command.command(name="list")
@click.option("--state", type=STATE, help="Versions in this state; else the newest of every answer.")
@AS_JSON
@click.pass_obj
def list_(login: str | None, *, state: str | None, as_json: bool) -> None:
    """List answers with state and version."""
    from desk.services import answer_review

    with opened(login) as here:
        rows = answer_review.versions(here.desk, here.me, AnswerState(state) if state else None)
    if as_json:
        print_json({"answers": [_document(row) for row in rows]})
        return
    shown = [(row.key, f"v{row.number}", _said(row.state), row.topic or "", row.owner or "", row.title) for row in rows]
    for each in table(("KEY", "VERSION", "STATE", "TOPIC", "WRITTEN BY", "TITLE"), shown, (32, 8, 10, 18, 16, 40)):
        click.echo(each)


@command.command(name="show")
@click.argument("key")
@AS_JSON
@click.pass_obj
def show(login: str | None, *, key: str, as_json: bool) -> None:
    """Print the newest version of KEY as its file, and what became of each version."""
    from desk.services import answer_review

    with opened(login) as here:
        rows = answer_review.show(here.desk, here.me, key)
    if as_json:
        print_json({"versions": [_document(row) | {"text": row.text} for row in rows]})
        return
    for row in rows:
        who = ", ".join(f"{what} {name}" for what, name in (("by", row.owner), ("decided by", row.approver)) if name)
        force = ", in force" if row.is_in_force else ""
        said = f"# version {row.number}, {local(row.created_at)}: {_said(row.state)}{force} {who}".rstrip()
        click.echo(line(said + (f"; sent back: {row.reason}" if row.reason else "")))
    click.echo(block(rows[-1].text), nl=False)


@command.command(name="export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def export(login: str | None, *, folder: Path) -> None:
    """Write every answer that is not retired as a file into FOLDER."""
    from desk.services import answer_folders

    with opened(login) as here:
        keys = answer_folders.export(here.desk, here.me, folder)
    click.echo(line(f"{count(len(keys), 'answer', 'answers')} written to {folder}."))


@command.command(name="import")
@click.argument("folder", type=FOLDER)
@click.option("--check", "only_check", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--draft", "as_draft", is_flag=True, help="As drafts, to be submitted later; else they go into review.")
@AS_JSON
@click.pass_obj
def import_(login: str | None, *, folder: Path, only_check: bool, as_draft: bool, as_json: bool) -> None:
    """Bring the answers in line with the files of FOLDER; what differs goes into review."""
    from desk.services import answer_folders
    from desk.services.answer_files import AnswerFilesError

    with opened(login) as here:
        try:
            if only_check:
                done = answer_folders.changes(here.desk, here.me, folder)
            else:
                done = answer_folders.import_folder(here.desk, here.me, folder, as_draft=as_draft)
        except AnswerFilesError as error:
            _refuse(error.findings)
    _print_changes(done, as_json=as_json, state="draft" if as_draft else "in review", would=only_check)


@command.command(name="diff")
@click.argument("folder", type=FOLDER)
@AS_JSON
@click.pass_obj
def diff(login: str | None, *, folder: Path, as_json: bool) -> None:
    """Show how the files of FOLDER differ from what is in force; exit code 1 when any does."""
    from desk.services import answer_folders
    from desk.services.answer_files import AnswerFilesError

    with opened(login) as here:
        try:
            done = answer_folders.changes(here.desk, here.me, folder)
        except AnswerFilesError as error:
            _refuse(error.findings)
    _print_changes(done, as_json=as_json, state="", would=True)
    if done.changes:
        sys.exit(1)


@command.command(name="lint")
@click.argument("folder", type=FOLDER, required=False)
@AS_JSON
@click.pass_obj
def lint(login: str | None, *, folder: Path | None, as_json: bool) -> None:
    """Check the files of FOLDER, or the desk's own answers; exit code 1 for errors, hints alone are 0."""
    from desk.services import answer_folders

    with opened(login) as here:
        found = answer_folders.lint(here.desk, here.me, folder)
    if as_json:
        print_json(
            {
                "findings": [
                    {"file": each.path.name, "line": each.line, "what": each.what, "error": each.is_error}
                    for each in found
                ]
            }
        )
    else:
        for each in found:
            click.echo(line(str(each)))
        errors = sum(each.is_error for each in found)
        hints = len(found) - errors
        click.echo(f"{count(errors, 'error', 'errors')}, {count(hints, 'hint', 'hints')}.")
    if any(each.is_error for each in found):
        sys.exit(1)


@command.command(name="submit")
@click.argument("key")
@click.pass_obj
def submit(login: str | None, *, key: str) -> None:
    """Put the draft of KEY into review."""
    from desk.services import answer_review

    with opened(login) as here:
        _print_row(answer_review.submit(here.desk, here.me, key))


@command.command(name="approve")
@click.argument("key")
@click.option("--version", "number", type=int, help="The version in review; the newest by default.")
@click.pass_obj
def approve(login: str | None, *, key: str, number: int | None) -> None:
    """Let agents use the version of KEY that is in review; somebody else has to have written it."""
    from desk.services import answer_review

    with opened(login) as here:
        _print_row(answer_review.approve(here.desk, here.me, key, number))


@command.command(name="send-back")
@click.argument("key")
@click.option("--reason", required=True, help="What has to be changed.")
@click.pass_obj
def send_back(login: str | None, *, key: str, reason: str) -> None:
    """Make the version of KEY in review a draft again."""
    from desk.services import answer_review

    with opened(login) as here:
        _print_row(answer_review.send_back(here.desk, here.me, key, reason))


@command.command(name="retire")
@click.argument("key")
@click.pass_obj
def retire(login: str | None, *, key: str) -> None:
    """Take KEY out of use."""
    from desk.services import answer_review

    with opened(login) as here:
        _print_row(answer_review.retire(here.desk, here.me, key))


@command.command(name="stats")
@AS_JSON
@click.pass_obj
def stats(login: str | None, *, as_json: bool) -> None:
    """How often each answer is sent in each language, and how many cases it solved that stayed so for 7 days."""
    from desk.services import answer_review

    with opened(login) as here:
        found = answer_review.outcomes(here.desk, here.me)
    if as_json:
        rows = [
            {
                "key": each.key, "language": each.language.value, "messages": each.messages, "cases": each.cases,
                "solved": each.solved, "share": each.share,
            }
            for each in found
        ]  # fmt: skip
        print_json({"answers": rows})
        return
    shown = [
        (each.key, each.language.value, f"{each.messages:,}", f"{each.cases:,}", f"{each.solved:,}", _share(each.share))
        for each in found
    ]
    for row in table(("KEY", "LANGUAGE", "SENT", "CASES", "SOLVED", "SHARE"), shown, (36, 8, 9, 9, 9, 6)):
        click.echo(row)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _refuse(findings: Iterable[Finding]) -> None:
    for each in findings:
        click.echo(line(str(each)), err=True)
    raise click.ClickException("Nothing was changed: correct these files first.")


def _print_changes(done: Folder, *, as_json: bool, state: str, would: bool) -> None:
    if as_json:
        rows = [
            {"key": each.key, "new": not each.before, "kept": each.kept, "difference": each.difference}
            for each in done.changes
        ]
        print_json({"changes": rows, "hints": [str(each) for each in done.hints]})
        return
    for each in done.changes:
        if each.kept:
            click.echo(line(f"{each.key}: retired here, so its file changes nothing; desk answers submit revives it"))
            continue
        becomes = f", {'would be' if would else 'now'} {state}" if state else ""
        click.echo(line(f"{each.key}: {'changed' if each.before else 'new'}{becomes}"))
        for row in each.difference:
            click.echo(line(f"  {row}"))
    for hint in done.hints:
        click.echo(line(str(hint)))
    if not done.changes:
        click.echo("Nothing to change.")


def _print_row(row: VersionRow) -> None:
    click.echo(line(f"{row.key}: version {row.number} is {_said(row.state)}"))


def _document(row: VersionRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "version": row.number,
        "state": row.state.value,
        "in_force": row.is_in_force,
        "topic": row.topic,
        "titles": {language.value: title for language, title in row.titles.items()},
        "written_by": row.owner,
        "decided_by": row.approver,
        "reason": row.reason,
        "at": iso(row.created_at),
    }


def _said(state: AnswerState) -> str:
    return state.value.replace("_", " ")
