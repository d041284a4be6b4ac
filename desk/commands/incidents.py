"""`desk incidents`: known outages and planned work, the cases that belong to them, and what customers are told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from db.kinds import Channel, IncidentKind, Status
from desk.commands.moments import read_moment
from desk.commands.opening import opened
from desk.commands.output import block, count, iso, line, local, print_json, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.rows_incidents import IncidentRow, TellingRow

HEADS = ("ID", "STATE", "SINCE", "EXPECTED", "CASES", "WHAT")
WIDEST = (6, 12, 16, 16, 7, 60)
LANGUAGES = ("id", "en", "zh")
THEN = {"solved": Status.SOLVED, "waiting": Status.WAITING_CUSTOMER, "as-they-are": None}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")


def texts_options(command_: Callable[..., Any]) -> Callable[..., Any]:
    """`--text LANGUAGE TEXT` and `--headline LANGUAGE TEXT`, each as often as wanted."""
    for name, words in (("headline", "What the status page calls it"), ("text", "What customers read")):
        command_ = click.option(
            f"--{name}", f"{name}s", nargs=2, type=(click.Choice(LANGUAGES), str), multiple=True,
            metavar="LANGUAGE TEXT", help=f"{words}, in id, en or zh; once a language.",
        )(command_)  # fmt: skip
    return command_


@click.group(name="incidents", help="Known outages and planned work: open, tell, resolve.")
def command() -> None:
    """The group."""


@command.command(name="open")
@click.argument("title")
@texts_options
@click.option("--maintenance", is_flag=True, help="Planned work, which begins and ends by itself.")
@click.option("--since", metavar="TIME", help="When it began or will begin, ISO 8601 with its offset; now by default.")
@click.option("--expected", metavar="TIME", help="When it is expected to be over.")
@click.option("--channel", "channels", type=click.Choice([each.value for each in Channel]), multiple=True,
              help="A channel that it concerns; all by default.")  # fmt: skip
@click.option("--topic", "topics", multiple=True, metavar="KEY", help="A topic by which its cases are known.")
@click.option("--word", "words", multiple=True, metavar="WORD", help="A word or phrase by which they are known.")
@click.option("--code", "codes", multiple=True, metavar="CODE", help="An error code by which they are known.")
@click.option("--by-rule", is_flag=True, help="Link new cases that match by themselves, and tell their customers.")
@click.option("--internal", default="", metavar="TEXT", help="What agents need to know, and customers never read.")
@click.option("--not-public", is_flag=True, help="Keep it off the status page.")
@click.option("--proposal", type=int, metavar="ID", help="The sudden rise that it was proposed by.")
@AS_JSON
@click.pass_obj
def open_(login: str | None, /, *, title: str, as_json: bool, proposal: int | None, **said: Any) -> None:
    """Open an incident called TITLE, or plan work to come."""
    from desk.services import incidents

    draft = incidents.Draft(
        title=title,
        texts=_texts(said["texts"], said["headlines"]),
        kind=IncidentKind.MAINTENANCE if said["maintenance"] else IncidentKind.OUTAGE,
        internal=said["internal"],
        links_by_rule=said["by_rule"],
        is_public=not said["not_public"],
        starts_at=_moment(said["since"]),
        expected_at=_moment(said["expected"]),
        **{name: said[name] for name in ("channels", "topics", "words", "codes")},
    )
    with opened(login) as here:
        row = incidents.open_incident(here.desk, here.me, draft, proposal_id=proposal)
    _print(row, as_json=as_json)


@command.command(name="list")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended, too.")
@AS_JSON
@click.pass_obj
def list_(login: str | None, *, with_ended: bool, as_json: bool) -> None:
    """List the incidents, and the sudden rises that may be one."""
    from desk.rules.permissions import Permission, may
    from desk.services import incidents

    with opened(login) as here:
        rows = incidents.every(here.desk, here.me, ended=with_ended)
        sees = may(here.me, Permission.MANAGE_INCIDENTS)
        rises = incidents.proposals(here.desk, here.me) if sees else ()
    if as_json:
        proposals = [
            {"id": each.id, "topic": each.topic_key, "code": each.code, "since": iso(each.since),
             "raised": iso(each.raised_at), "cases": each.cases, "expected": float(each.expected)}
            for each in rises
        ]  # fmt: skip
        print_json({"incidents": [document(row) for row in rows], "proposals": proposals})
        return
    for each in rises:
        click.echo(
            line(
                f"Rise {each.id}: {each.cases} cases about {each.subject} since {local(each.since)}, "
                f"{each.expected} were to be expected. desk incidents open … --proposal {each.id}, or: "
                f"desk incidents put-aside {each.id}"
            )
        )
    if not rows:
        click.echo("No incident is known.")
        return
    cells = [
        (str(row.id), row.state.value, local(row.starts_at), local(row.expected_at), str(row.linked), row.title)
        for row in rows
    ]
    for text in table(HEADS, cells, WIDEST):
        click.echo(text)


@command.command(name="show")
@click.argument("incident_id", type=int, metavar="ID")
@AS_JSON
@click.pass_obj
def show(login: str | None, *, incident_id: int, as_json: bool) -> None:
    """Show one: its texts, how far each was told, and its cases."""
    from desk.services import incidents

    with opened(login) as here:
        shown = incidents.show(here.desk, here.me, incident_id)
    if as_json:
        print_json(
            document(shown.incident)
            | {
                "updates": [_telling(each) for each in shown.tellings],
                "linked_cases": [{"case": case_id, "why": why} for case_id, why in shown.cases],
            }
        )
        return
    row = shown.incident
    click.echo(line(f"{row.id} {row.title} ({row.kind}, {row.state}), {count(row.linked, 'case', 'cases')}"))
    click.echo(f"since {local(row.starts_at)}, expected to be over {local(row.expected_at) or 'nobody knows when'}")
    by = [f"{name}: {', '.join(those)}" for name, those in _signs(row).items() if those]
    click.echo(line(f"known by {'; '.join(by) or 'nothing'}; linked {'by rule' if row.links_by_rule else 'by a key'}"))
    if row.internal:
        click.echo(block(row.internal))
    for each in shown.tellings:
        click.echo(
            f"-- {local(each.at)} ({each.state}): told {each.told}, heard on another case {each.heard}, "
            f"passed over {each.skipped}, stopped {each.cancelled}, to come {each.pending}"
        )
        for language, words in each.texts.items():
            click.echo(block(f"[{language}] {words['title']}: {words['text']}"))
    for case_id, why in shown.cases[:50]:
        click.echo(line(f"#{case_id} {why}"))


@command.command(name="update")
@click.argument("incident_id", type=int, metavar="ID")
@texts_options
@click.option("--expected", metavar="TIME", help="Another time at which it is expected to be over; `none` for none.")
@click.option("--recovering", "state", flag_value="recovering", help="It is getting better.")
@click.option("--open", "state", flag_value="open", help="It is not getting better after all.")
@click.option("--tell", is_flag=True, help="Tell all linked cases the new text.")
@AS_JSON
@click.pass_obj
def update(
    login: str | None, *, incident_id: int, expected: str | None, state: str | None, tell: bool, as_json: bool,
    texts: Any, headlines: Any,
) -> None:  # fmt: skip
    """Give another text, time or state."""
    from desk.services import incidents

    said = _texts(texts, headlines)
    if not said and expected is None and state is None:
        raise click.UsageError("Say what is new: --text, --expected, --recovering or --open.")
    if tell and not said:
        raise click.UsageError("--tell goes with a new --text; for the text in force: desk incidents tell.")
    until = None if expected in {None, "none"} else _moment(expected)
    row: IncidentRow | None = None
    with opened(login) as here:
        if expected is not None:
            row = incidents.set_expected(here.desk, here.me, incident_id, until)
        if state is not None:
            act = incidents.set_recovering if state == "recovering" else incidents.set_open
            row = act(here.desk, here.me, incident_id)
        if said:
            row = incidents.update(here.desk, here.me, incident_id, said, tell=tell)
    assert row is not None  # noqa: S101  (one of the three was given)
    _print(row, as_json=as_json)


@command.command(name="resolve")
@click.argument("incident_id", type=int, metavar="ID")
@texts_options
@click.option("--then", type=click.Choice(list(THEN)), default="as-they-are", help="How its cases are left.")
@click.option("--quietly", is_flag=True, help="Tell nobody.")
@AS_JSON
@click.pass_obj
def resolve(
    login: str | None, *, incident_id: int, then: str, quietly: bool, as_json: bool, texts: Any, headlines: Any
) -> None:
    """Say that it is over, and tell all linked cases."""
    from desk.services import incidents

    with opened(login) as here:
        row = incidents.resolve(
            here.desk, here.me, incident_id, _texts(texts, headlines) or None, tell=not quietly, then=THEN[then]
        )
    _print(row, as_json=as_json)


@command.command(name="cancel")
@click.argument("incident_id", type=int, metavar="ID")
@AS_JSON
@click.pass_obj
def cancel(login: str | None, *, incident_id: int, as_json: bool) -> None:
    """Call it off: it was a mistake, or the work does not happen. Nobody is told."""
    from desk.services import incidents

    with opened(login) as here:
        row = incidents.cancel(here.desk, here.me, incident_id)
    _print(row, as_json=as_json)


@command.command(name="tell")
@click.argument("incident_id", type=int, metavar="ID")
@click.option("--stop", is_flag=True, help="Stop what is being told.")
@AS_JSON
@click.pass_obj
def tell(login: str | None, *, incident_id: int, stop: bool, as_json: bool) -> None:
    """Tell all linked cases the text in force; who has been told it is left out."""
    from desk.services import incidents

    with opened(login) as here:
        if stop:
            stopped, told = incidents.stop_telling(here.desk, here.me, incident_id)
            if as_json:
                print_json({"stopped": stopped, "told": told})
            else:
                click.echo(f"Stopped: {count(stopped, 'case is', 'cases are')} not told, {told} had been.")
            return
        row = incidents.tell(here.desk, here.me, incident_id)
        shown = incidents.show(here.desk, here.me, incident_id)
    if as_json:
        print_json(document(row) | {"updates": [_telling(each) for each in shown.tellings]})
    else:
        pending = sum(each.pending for each in shown.tellings)
        click.echo(f"{count(pending, 'case is', 'cases are')} told from now on; the worker sends it.")


def _linking(login: str | None, act: str, incident_id: int, cases: tuple[int, ...], *, as_json: bool) -> None:
    from desk.services import incident_links

    with opened(login) as here:
        done = getattr(incident_links, act)(here.desk, here.me, incident_id, cases)
    if as_json:
        print_json({"incident": incident_id, "cases": list(done)})
    else:
        click.echo(f"{count(len(done), 'case', 'cases')} {act}ed.")


@command.command(name="link")
@click.argument("incident_id", type=int, metavar="ID")
@click.argument("cases", type=int, nargs=-1, required=True, metavar="CASE…")
@AS_JSON
@click.pass_obj
def link(login: str | None, *, incident_id: int, cases: tuple[int, ...], as_json: bool) -> None:
    """Note that these cases belong to it."""
    _linking(login, "link", incident_id, cases, as_json=as_json)


@command.command(name="unlink")
@click.argument("incident_id", type=int, metavar="ID")
@click.argument("cases", type=int, nargs=-1, required=True, metavar="CASE…")
@AS_JSON
@click.pass_obj
def unlink(login: str | None, *, incident_id: int, cases: tuple[int, ...], as_json: bool) -> None:
    """Take these cases off it; they are not proposed for it again."""
    _linking(login, "unlink", incident_id, cases, as_json=as_json)


@command.command(name="put-aside")
@click.argument("proposal_id", type=int, metavar="ID")
@click.pass_obj
def put_aside(login: str | None, *, proposal_id: int) -> None:
    """Judge that a sudden rise is no incident."""
    from desk.services import incidents

    with opened(login) as here:
        incidents.put_aside(here.desk, here.me, proposal_id)
    click.echo("Put aside.")


def document(row: IncidentRow) -> dict[str, Any]:
    """An incident for machines."""
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind.value,
        "state": row.state.value,
        "title": row.title,
        "since": iso(row.starts_at),
        "expected": iso(row.expected_at),
        "ended": iso(row.ended_at),
        "by_rule": row.links_by_rule,
        "public": row.is_public,
        **_signs(row),
        "texts": {language: dict(words) for language, words in row.texts.items()},
        "internal": row.internal,
        "cases": row.linked,
    }


def _signs(row: IncidentRow) -> dict[str, list[str]]:
    return {name: list(getattr(row, name)) for name in ("channels", "topics", "words", "codes")}


def _telling(row: TellingRow) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in ("pending", "told", "heard", "skipped", "cancelled")}
    return {
        "id": row.update_id,
        "at": iso(row.at),
        "state": row.state.value,
        "texts": {language: dict(words) for language, words in row.texts.items()},
        "then": row.then.value if row.then else None,
        "running": row.is_running,
        **counts,
    }


def _print(row: IncidentRow, *, as_json: bool) -> None:
    if as_json:
        print_json(document(row))
    else:
        click.echo(line(f"{row.id} {row.title}: {row.state}, {count(row.linked, 'case', 'cases')}"))


def _texts(texts: Any, headlines: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, those in (("text", texts), ("title", headlines)):
        for language, words in those:
            found.setdefault(language, {})[name] = words
    if missing := [language for language, words in found.items() if "text" not in words]:
        raise click.UsageError(f"--headline {missing[0]} goes with --text {missing[0]}.")
    return found


def _moment(text: str | None) -> datetime | None:
    return read_moment(text) if text else None
