"""`desk route`: which rule decides about a case and why, and what a file of rules would do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.opening import opened
from desk.commands.output import count, iso, line, local, print_json, table

if TYPE_CHECKING:
    from db.kinds import Language
    from desk.rules.routing import Verdict
    from desk.services.proposals import HitRate
    from desk.services.route_reports import Explanation, Recorded
    from desk.services.routing_store import RoutingChange

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
HEADS = ("TOPIC", "PROPOSED", "SETTLED", "KEPT", "RATE")
WIDEST = (32, 9, 9, 9, 7)
QUEUE_HEADS = ("QUEUE", "TITLE", "MODE", "HOURS", "RESERVED")
QUEUE_WIDEST = (24, 32, 6, 40, 9)


@click.group(name="route", help="Which queue a case goes into, and why.")
def command() -> None:
    """The group."""


@command.command(name="queues")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def queues(login: str | None, *, as_json: bool) -> None:
    """Print the queues, in their order."""
    from desk.rules.routing import named
    from desk.services import hours, routing_store

    with opened(login) as at:
        rows = routing_store.queues(at.desk, at.me)
        plans = hours.plans(at.desk, at.me).queues
    own: dict[str | None, dict[Language | None, str]] = {}
    for (queue, language), plan in plans.items():
        own.setdefault(queue, {})[language] = plan.key
    if as_json:
        known = [
            {
                "key": row.key,
                "titles": dict(row.titles),
                "mode": row.mode.value,
                "calendar": own.get(named(row.key), {}).get(None),
                "languages": {each.value: key for each, key in own.get(named(row.key), {}).items() if each},
                "reserved": row.reserved_percent,
            }
            for row in rows
        ]
        print_json({"queues": known})
        return
    shown = [
        (
            row.key,
            row.titles.get("en", ""),
            row.mode.value,
            _hours(own.get(named(row.key), {})),
            f"{row.reserved_percent} %",
        )
        for row in rows
    ]
    for text in table(QUEUE_HEADS, shown, QUEUE_WIDEST):
        click.echo(text)


@command.command(name="apply")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def apply(login: str | None, *, file: Path, only_check: bool, as_json: bool) -> None:
    """Put FILE in force: queues, rules, or the words by which topics are known."""
    from desk.services import routing_store
    from desk.services.routing_files import read_routing

    read = read_routing(file)
    with opened(login) as at, _naming_lines(file):
        done = (routing_store.changes if only_check else routing_store.apply)(at.desk, at.me, read)
    if as_json:
        print_json({"changes": [{"name": each.name, "before": each.before, "after": each.after} for each in done]})
        return
    for each in done:
        for row in _difference(each):
            click.echo(line(row))
    if not done:
        click.echo("Nothing to change.")


@command.command(name="explain")
@click.argument("reference", metavar="CASE")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def explain(login: str | None, *, reference: str, as_json: bool) -> None:
    """Say what was recorded of where CASE went, and of every rule today whether it fits CASE as it came in."""
    from desk.services import route_reports

    number = reference.removeprefix("#")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise click.BadParameter(f"{line(reference)!r} is no reference; it looks like 1042 or '#1042'.")
    with opened(login) as at:
        told = route_reports.explain(at.desk, at.me, int(number))
    if as_json:
        print_json(_document(told))
        return
    for row in _sentences(told):
        click.echo(line(row))


@command.command(name="test")
@click.argument("file", type=FILE)
@click.option("--days", type=click.IntRange(0, 3650), default=0, help="Also count what it would do to past cases.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def test(login: str | None, *, file: Path, days: int, as_json: bool) -> None:
    """Try the rules of FILE on its own examples; ends with 1 when one comes out otherwise. Nothing is changed."""
    from desk.services import route_reports
    from desk.services.routing_files import RulesFile, read_routing

    read = read_routing(file)
    if not isinstance(read, RulesFile):
        raise click.UsageError(f"{file} holds no rules; name a file with [[rule]] in it.")
    with opened(login) as at, _naming_lines(file):
        tried = route_reports.try_examples(at.desk, at.me, read)
        past = route_reports.try_past(at.desk, at.me, read, days) if days else {}
    wrong = [each for each in tried if each.wrong]
    if as_json:
        examples = [{"example": each.place, "rule": each.rule, "wrong": list(each.wrong)} for each in tried]
        print_json({"examples": examples, "past": past})
    else:
        for each in wrong:
            click.echo(line(f"example {each.place}: " + "; ".join(each.wrong)))
        click.echo(f"{len(tried) - len(wrong)} of {count(len(tried), 'example', 'examples')} as expected.")
        for name, number in past.items():
            click.echo(line(f"{number:>6}  {name or '(no rule)'}"))
    sys.exit(1 if wrong else 0)


@command.command(name="proposals")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.option("--days", type=click.IntRange(1, 3650), help="Of the last so many days; else all.")
@click.pass_obj
def proposals(login: str | None, *, as_json: bool, days: int | None) -> None:
    """Print how many of the topics and priorities proposed on arrival people kept."""
    from datetime import timedelta

    from desk.services import proposals as service

    with opened(login) as at:
        since = at.desk.clock() - timedelta(days=days) if days else None
        told = service.evaluate(at.desk, at.me, since=since)
    if as_json:
        by_topic = {topic: _rate(each) for topic, each in told.by_topic.items()}
        whole = {"topics": _rate(told.topics), "priorities": _rate(told.priorities), "by_topic": by_topic}
        print_json({"since": iso(since)} | whole)
        return
    rows = [*told.by_topic.items(), ("all topics", told.topics), ("all priorities", told.priorities)]
    shown = [(name, f"{each.proposed}", f"{each.settled}", f"{each.kept}", _percent(each)) for name, each in rows]
    for text in table(HEADS, shown, WIDEST):
        click.echo(text)


def _hours(own: Mapping[Language | None, str]) -> str:
    """The calendar of a queue, and those that it has for a language alone."""
    alone = (f"{language.value}: {key}" for language, key in own.items() if language is not None)
    return ", ".join((own.get(None, "channel's"), *alone))


@contextmanager
def _naming_lines(file: Path) -> Iterator[None]:
    """What does not fit the desk is told with its line in the file."""
    from desk.services.routing_checks import RoutingError

    try:
        yield
    except RoutingError as error:
        raise error.in_file(file) from error


def _percent(rate: HitRate) -> str:
    return "" if rate.rate is None else f"{rate.rate:.1%}"


def _rate(rate: HitRate) -> dict[str, Any]:
    return {"proposed": rate.proposed, "settled": rate.settled, "kept": rate.kept, "rate": rate.rate}


def _document(told: Explanation) -> dict[str, Any]:
    return {
        "case": told.case_id,
        "recorded": _recorded(told.recorded),
        "decided": told.decided or None,
        "proposal": {
            "topic": told.proposal.topic or None,
            "priority": told.proposal.priority,
            "reasons": list(told.proposal.reasons),
        },
        "rules": [
            {
                "rule": verdict.rule.name,
                "fits": verdict.fits,
                "checks": [{"part": each.part, "holds": each.holds, "words": each.words} for each in verdict.checks],
            }
            for verdict in told.verdicts
        ],
    }


def _recorded(was: Recorded) -> dict[str, Any]:
    return {
        "rule": was.rule or None,
        "why": was.why or None,
        "at": iso(was.at),
        "after": dict(was.after),
        "queue": was.queue,
        "moves": [
            {"at": iso(each.at), "by": each.by, "from": each.before, "to": each.after, "why": each.why or None}
            for each in was.moves
        ],
    }


def _where(told: Explanation) -> Iterator[str]:
    """Where the case is, and what brought it there."""
    was = told.recorded
    yield f"#{told.case_id} is in the queue {was.queue}: " + (
        f"the rule {was.rule} decided when it came in, {local(was.at)}"
        if was.rule
        else "no rule decided when it came in"
    )
    if was.why:
        yield f"  because {was.why}"
    done = (f"{name.replace('_', ' ')} {value}" for name, value in was.after.items())
    if was.after:
        yield f"  it set: {', '.join(done)}"
    for each in was.moves:
        why = f" ({each.why})" if each.why else ""
        yield f"  {local(each.at)}  {each.by or 'the desk'} moved it from {each.before} to {each.after}{why}"


def _sentences(told: Explanation) -> Iterator[str]:
    yield from _where(told)
    yield "as the rules stand today: " + (f"the rule {told.decided} decides" if told.decided else "no rule fits")
    if told.proposal.reasons:
        yield "proposed: " + "; ".join(told.proposal.reasons)
    is_open = True
    for verdict in told.verdicts:
        why = f"  ({verdict.rule.why})" if verdict.rule.why else ""
        yield f"{_sign(verdict, is_open=is_open)} {verdict.rule.name}{why}"
        for check in verdict.checks:
            yield f"      {'✓' if check.holds else '✗'} {check.words}"
        if not verdict.checks:
            yield "      ✓ fits every case"
        is_open = is_open and not verdict.fits


def _sign(verdict: Verdict, *, is_open: bool) -> str:
    if not verdict.fits:
        return "  no  "
    return "  YES " if is_open else "  too late, an earlier one decided:"


def _difference(change: RoutingChange) -> list[str]:
    """What a file changes, a line each: the entry, and each part that is new, gone or another one."""
    before, after = change.before or {}, change.after or {}
    word = "gone" if change.after is None else "changed" if change.before is not None else "new"
    rows = [f"{change.name}: {word}"]
    for name in sorted(before.keys() | after.keys()) if word != "gone" else ():
        if before.get(name) != after.get(name):
            rows += [f"  - {name} = {_text(before[name])}"] if name in before else []
            rows += [f"  + {name} = {_text(after[name])}"] if name in after else []
    return rows


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
