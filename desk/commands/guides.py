"""`desk guides`: troubleshooting step by step: checking files, putting them in force, and how far customers come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.kinds import Language
from desk.commands.opening import opened
from desk.commands.output import count, line, print_json, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from desk.rules.guides import Guide
    from desk.services.guide_figures import GuideFigures

LANGUAGE = click.Choice(["id", "en", "zh"])
LIST_HEADS = ("GUIDE", "VERSION", "STEPS", "TITLE", "FIRST FOR")
LIST_WIDEST = (24, 8, 6, 40, 40)
STATS_HEADS = ("STEP", "REACHED", "OF ALL", "WHAT CAME OF IT", "DROPPED", "STANDING")
STATS_WIDEST = (32, 9, 7, 60, 9, 22)


@click.group(name="guides", help="Troubleshooting step by step: check, apply, figures.")
def command() -> None:
    """The group."""


@command.command(name="lint")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def lint(*, paths: tuple[Path, ...]) -> None:
    """Say all that is wrong with guides: files, or folders of them; the shipped ones by default. No database is asked.

    Exit code 1 when something is wrong. What guides name (topics, queues, answers) is looked for in the seeds.
    """
    from desk.rules.guides import problems
    from desk.services.guide_files import guide_of, guide_paths, read_guide
    from desk.services.guide_store import missing, shipped_keys
    from desk.services.seed_files import SeedError, seeds_folder

    known = shipped_keys(seeds_folder())
    files = [each for path in paths for each in (guide_paths(path) if path.is_dir() else [path])]
    files = files if paths else guide_paths()
    if not files:
        raise click.UsageError("There is no guide here: write at least one NAME.toml.")
    wrong = 0
    for path in files:
        try:
            file = read_guide(path)
        except SeedError as error:
            found = [str(error)]
        else:
            found = [f"{path.name}, {each}" for each in problems(guide_of(file))]
            found += [f"{path.name}, {where}: {what} of the seeds" for where, what in missing(file, **known)]
        for each in found:
            click.echo(line(each))
        wrong += len(found)
    click.echo(f"{count(len(files), 'guide', 'guides')}, {count(wrong, 'problem', 'problems')}.")
    if wrong:
        raise click.exceptions.Exit(1)


@command.command(name="apply")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option(
    "--check", "only_check", is_flag=True, help="Say what would change, and change nothing; exit code 1 then."
)
@click.pass_obj
def apply(login: str | None, *, folder: Path | None, only_check: bool) -> None:
    """Make the guides of FOLDER, by default the shipped ones, those of the desk."""
    from desk.services import guide_store
    from desk.services.guide_files import read_guides

    files = read_guides(folder)
    if not files:
        raise click.UsageError(f"There is no guide in {folder}: write at least one NAME.toml.")
    with opened(login) as here:
        act = guide_store.changes if only_check else guide_store.apply
        done = act(here.desk, here.me, files)
    for each in done:
        for row in difference(each.key, each.before, each.after):
            click.echo(line(row))
    if not done:
        click.echo("Nothing changes.")
    elif only_check:
        raise click.exceptions.Exit(1)
    else:
        click.echo("Cases that are in a guide go on in the version with which they began.")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/guides.md describes it.")
@click.pass_obj
def list_(login: str | None, *, as_json: bool) -> None:
    """Print the guides in force."""
    from desk.services import guide_store

    with opened(login) as here:
        guides = guide_store.catalogue(here.desk, here.me)
    if as_json:
        print_json({"guides": [_document(each) for each in guides]})
        return
    rows = [
        (each.key, str(each.version), str(len(each.steps)), _said(each.title), ", ".join(each.topics))
        for each in guides
    ]
    for row in table(LIST_HEADS, rows, LIST_WIDEST):
        click.echo(row)


@command.command(name="show")
@click.argument("key")
@click.option("--language", type=LANGUAGE, default="en", show_default=True, help="Whose words are printed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/guides.md describes it.")
@click.pass_obj
def show(login: str | None, *, key: str, language: str, as_json: bool) -> None:
    """Print one guide: its steps, what may come of each, and its ends."""
    from desk.services import guide_store

    with opened(login) as here:
        guide = guide_store.find(here.desk, here.me, key)
    if as_json:
        print_json(_document(guide))
        return
    for row in _told(guide, Language(language)):
        click.echo(line(row))


@command.command(name="stats")
@click.argument("key", required=False)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="Days of UTC, today included."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/guides.md describes it.")
@click.pass_obj
def stats(login: str | None, *, key: str | None, days: int, as_json: bool) -> None:
    """Print how far customers come in each guide, or in KEY, and where they drop."""
    from desk.services import guide_figures

    with opened(login) as here:
        found = guide_figures.figures(here.desk, here.me, days=days, key=key)
    if as_json:
        print_json({"guides": [_figures_document(each) for each in found]})
        return
    for each in found:
        click.echo(line(f"{each.guide.key}: {_said(each.guide.title)}, {each.since} to {each.until}"))
        if not each.begun and not any(step.standing for step in each.steps):
            click.echo("  Nobody has begun it.")
            continue
        for row in table(STATS_HEADS, _stats_rows(each), STATS_WIDEST):
            click.echo(f"  {row}")


def difference(key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """What a change is, a row for each part that is another one."""
    yield f"{key}: {'changed' if before and after else 'new' if after else 'gone'}"
    if before and after:
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield from _parts(name, before.get(name), after.get(name))


def _parts(name: str, before: Any, after: Any) -> Iterator[str]:
    """The parts that differ, as deep as both have the same shape."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield from _parts(f"{name}.{key}", before.get(key), after.get(key))
        return
    if before is not None:
        yield f"  - {name} = {json.dumps(before, ensure_ascii=False)}"
    if after is not None:
        yield f"  + {name} = {json.dumps(after, ensure_ascii=False)}"


def _said(words: Mapping[Language, str], language: Language = Language.ENGLISH) -> str:
    from desk.rules.guides import in_language

    return in_language(words, language)


def _told(guide: Guide, language: Language) -> Iterator[str]:
    yield f"{guide.key}, version {guide.version}: {_said(guide.title, language)}"
    for step in guide.steps.values():
        yield ""
        yield f"{step.key}{' (first)' if step.key == guide.start else ''}: {_said(step.title, language)}"
        yield f"  agent     {_said(step.ask, language)}"
        if step.say or step.answer:
            yield f"  customer  {_said(step.say, language) if step.say else 'canned answer ' + step.answer}"
        if step.collect:
            yield f"  collects  {', '.join(step.collect)}"
        for number, (outcome, to) in enumerate(step.outcomes, start=1):
            yield f"  {number} {_said(guide.outcome_words(outcome), language)} → {to}"
    for end in guide.ends.values():
        yield ""
        where = f" to {end.queue}" if end.queue else ""
        topic = f", topic {end.topic}" if end.topic else ""
        yield f"{end.key}: {_said(end.title, language)} ({end.kind.value}{where}{topic})"
        if end.say or end.answer:
            yield f"  customer  {_said(end.say, language) if end.say else 'canned answer ' + end.answer}"


def _document(guide: Guide) -> dict[str, Any]:
    return {
        "key": guide.key,
        "version": guide.version,
        "title": _words(guide.title),
        "topics": list(guide.topics),
        "start": guide.start,
        "fields": {key: each.kind.value for key, each in guide.fields.items()},
        "steps": [
            {
                "step": step.key,
                "title": _words(step.title),
                "ask": _words(step.ask),
                "say": _words(step.say) if step.say else None,
                "answer": step.answer or None,
                "collect": list(step.collect),
                "to": dict(step.outcomes),
            }
            for step in guide.steps.values()
        ],
        "ends": [
            {
                "end": end.key,
                "kind": end.kind.value,
                "title": _words(end.title),
                "queue": end.queue or None,
                "topic": end.topic or None,
            }
            for end in guide.ends.values()
        ],
    }


def _words(words: Mapping[Language, str]) -> dict[str, str]:
    return {language.value: text for language, text in words.items()}


def _stats_rows(of: GuideFigures) -> Iterator[tuple[str, ...]]:
    for step in of.steps:
        came = ", ".join(
            f"{outcome.replace('_', ' ')} {number}"
            for outcome, number in sorted(step.outcomes.items(), key=lambda each: -each[1])
            if number and outcome not in {"stopped", "left"}
        )
        share = f"{100 * step.reached // of.begun} %" if of.begun else ""
        quiet = f" ({step.silent} for a week)" if step.silent else ""
        standing = f"{step.standing}{quiet}" if step.standing else ""
        yield step.step, str(step.reached), share, came, str(step.dropped or ""), standing


def _figures_document(of: GuideFigures) -> dict[str, Any]:
    return {
        "key": of.guide.key,
        "version": of.guide.version,
        "from": of.since.isoformat(),
        "to": of.until.isoformat(),
        "begun": of.begun,
        "steps": [
            {
                "step": step.step,
                "reached": step.reached,
                "outcomes": dict(step.outcomes),
                "dropped": step.dropped,
                "standing": step.standing,
                "silent": step.silent,
            }
            for step in of.steps
        ],
    }
