"""`desk hours`: when a channel is open, and time that counts only while it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from db.kinds import Channel, Language
from desk.commands.json_questions import answer_objects
from desk.commands.moments import near, read_day, read_moment
from desk.commands.opening import opened
from desk.commands.output import iso, line, local, print_json, table

if TYPE_CHECKING:
    from desk.bootstrap import Opened
    from desk.rules.hours import HoursPlan, Standing
    from desk.services.hours import HoursChange, Unnamed

CHANNELS = [channel.value for channel in Channel]


class WhoseHours(click.ParamType[Any]):
    """A channel's name, or a queue's key."""

    name = "channel or queue"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> Channel | str:
        """The channel of that name, else the text."""
        return Channel(value) if value in CHANNELS else str(value)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The channels."""
        return [CompletionItem(each) for each in CHANNELS if each.startswith(incomplete)]


WHOSE = WhoseHours()
LANGUAGE = click.Choice([language.value for language in Language if language is not Language.OTHER])
HEADS = ("DAY", "HOURS", "")
WIDEST = (16, 40, 80)
DAY_MINUTES = 1440


@click.group(name="hours", help="When a channel is open, and service time.")
def command() -> None:
    """The group."""


@command.command(name="check")
@click.argument("whose", metavar="[CHANNEL|QUEUE]", type=WHOSE, required=False)
@click.option("--at", "at", metavar="TIME", help="A moment as ISO 8601 with its offset; now by default.")
@click.option("--language", type=LANGUAGE, help="As it is staffed for this language.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.option("--jsonl", is_flag=True, help='Read lines of {"id","channel","at"} and write a line for each.')
@click.pass_obj
def check(
    login: str | None, *, whose: Channel | str | None, at: str | None, language: str | None, as_json: bool, jsonl: bool
) -> None:
    """Say whether a channel, or a queue with hours of its own, is open, why, since when and until when."""
    from desk.services import hours

    with opened(login) as here:
        if jsonl:
            plans = hours.plans(here.desk, here.me)
            answer_objects(("channel", "at"), lambda asked: _answered(plans, asked))
            return
        if whose is None:
            raise click.UsageError(f"Name a channel: {', '.join(CHANNELS)}; or a queue with hours of its own.")
        moment = near(read_moment(at), at) if at else here.desk.clock()
        plan, standing = _checked(here, whose, moment, Language(language or Language.OTHER))
    if as_json:
        print_json({"channel": whose, "at": iso(moment), **_document(plan, standing)})
        return
    for row in _sentences(plan, standing, moment):
        click.echo(row)


@command.command(name="show")
@click.argument("whose", metavar="[CHANNEL|QUEUE]", type=WHOSE, required=False)
@click.option(
    "--week", metavar="[DATE]", is_flag=False, flag_value="", help="The week of that date; this one by default."
)
@click.option("--toml", "as_toml", is_flag=True, help="The calendar in force as a file of hours, to be put into git.")
@click.pass_obj
def show(login: str | None, *, whose: Channel | str | None, week: str | None, as_toml: bool) -> None:
    """Print a week of hours in the service's own zone, without what is closed on the spot.

    Of a channel, of a queue with hours of its own, or of all.
    """
    from desk.rules.routing import COMMON
    from desk.services import hour_edits, hours

    if whose is None and week in CHANNELS:
        whose, week = Channel(week), None  # as in `--week phone`: the date may be left out
    if as_toml:
        if whose is None:
            raise click.UsageError(f"Name a channel: {', '.join(CHANNELS)}; or a queue with hours of its own.")
        with opened(login) as here:
            known = hour_edits.calendar(here.desk, here.me, whose)
        click.echo(hour_edits.as_toml(known.file), nl=False)
        return
    with opened(login) as here:
        plans = hours.plans(here.desk, here.me)
        if whose is not None:
            _checked(here, whose)
        today = here.desk.clock()
    found: list[tuple[Channel | str, Language | None, HoursPlan]] = [
        *((each, None, plan) for each, plan in plans.items()),
        *((each, language, plan) for (each, language), plan in plans.staffed.items()),
        *((queue or COMMON, language, plan) for (queue, language), plan in plans.queues.items()),
    ]
    for each, language, plan in found:
        if whose is None or whose == each:
            alone = f", {language.value} alone" if language is not None else ""
            day = read_day(week) if week else today.astimezone(plan.zone).date()
            monday = day - timedelta(days=day.weekday())
            click.echo(line(f"{plan.title} ({each}{alone}), times in {_zones(plan, monday)}"))
            rows = [_day(plan, monday + timedelta(days=number)) for number in range(7)]
            for row in table(HEADS, rows, WIDEST):
                click.echo(row)


@command.command(name="apply")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--check", "only_check", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--prune", is_flag=True, help="Remove the calendars that no file of FOLDER names.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def apply(login: str | None, *, folder: Path | None, only_check: bool, prune: bool, as_json: bool) -> None:
    """Bring the desk's hours in line with the files of FOLDER, by default those that a new desk starts with."""
    from desk.services import hours
    from desk.services.hour_files import read_hours

    if prune and folder is None:
        raise click.UsageError("Name the FOLDER with all of the desk's files: --prune removes what is not in it.")
    files = read_hours(folder)
    if not files:
        raise click.UsageError(f"There is no file of hours (*.toml) in {folder}.")
    with opened(login) as here:
        done = (hours.changes if only_check else hours.apply)(here.desk, here.me, files, prune=prune)
        stays = () if prune else hours.unnamed(here.desk, here.me, files)
    if as_json:
        changed = [{"key": each.key, "before": each.before, "after": each.after} for each in done]
        print_json({"changes": changed, "stays": [each.key for each in stays]})
        return
    for each in done:
        for row in _difference(each):
            click.echo(line(row))
    if not done:
        click.echo("Nothing to change.")
    if folder is not None:
        for row in _staying(stays):
            click.echo(line(row))


@command.command(name="close")
@click.argument("whose", metavar="CHANNEL|QUEUE", type=WHOSE)
@click.option("--until", required=True, metavar="TIME", help="A moment as ISO 8601 with its offset.")
@click.option("--reason", required=True, help="What agents read, and customers may.")
@click.pass_obj
def close(login: str | None, *, whose: Channel | str, until: str, reason: str) -> None:
    """Close a channel, or a queue's own hours, from now on, whatever they say; once more for another end or reason."""
    from desk.services import hours

    with opened(login) as here:
        before = _checked(here, whose)[0].closure_at(here.desk.clock())
        standing = hours.close(here.desk, here.me, whose, read_moment(until), reason)
    click.echo(line(f"{whose}: {standing.why}; opens {_when(standing.until)}"))
    if before is not None:
        click.echo(line(f"  in place of: {before.reason}, until {_when(before.ends_at)}"))


@command.command(name="reopen")
@click.argument("whose", metavar="CHANNEL|QUEUE", type=WHOSE)
@click.pass_obj
def reopen(login: str | None, *, whose: Channel | str) -> None:
    """End what closes a channel, or a queue, beside its hours."""
    from desk.services import hours

    with opened(login) as here:
        _checked(here, whose)
        standing = hours.reopen(here.desk, here.me, whose)
    click.echo(line(f"{whose}: {'open' if standing.is_open else 'closed'}, {standing.why}"))


@command.command(name="evaluate")
@click.option("--jsonl", is_flag=True, help="Read questions as JSON lines and write an answer for each.")
@click.argument("question", required=False)
def evaluate(*, jsonl: bool, question: str | None) -> None:
    """Answer a QUESTION about a calendar, given as JSON: {"calendar", "op", "at", "minutes" or "seconds", "until"}.

    op is is_open, next_open, next_close, elapsed, add or subtract. Null means never.
    """
    if jsonl:
        answer_objects(("calendar", "op", "at"), _told)
    elif question is None:
        raise click.UsageError("Give a question, or --jsonl and questions on standard input.")
    else:
        try:
            asked = json.loads(question)
        except ValueError as error:
            raise click.UsageError(f"The question is no JSON: {error}.") from error
        told = _told(asked if isinstance(asked, dict) else {})
        if "error" in told:
            raise click.UsageError(told["error"])
        click.echo(json.dumps(told))


def _checked(
    here: Opened, whose: Channel | str, at: datetime | None = None, language: Language = Language.OTHER
) -> tuple[HoursPlan, Standing]:
    """As `hours.check`; a name that is neither a channel nor such a queue's is wrong usage."""
    from desk.services import hours

    try:
        return hours.check(here.desk, here.me, whose, at, language)
    except hours.HoursError as error:
        if isinstance(whose, Channel):
            raise
        raise click.UsageError(f"{error} Channels are {', '.join(CHANNELS)}.") from error


def _told(asked: dict[str, Any]) -> dict[str, Any]:
    from desk.rules.hours import CalendarError
    from desk.rules.hours.questions import answer

    try:
        return {"answer": answer(asked)}
    except CalendarError as error:
        return {"error": str(error)}


def _answered(plans: dict[Channel, HoursPlan], asked: dict[str, Any]) -> dict[str, Any]:
    try:
        text = str(asked["at"])
        plan, at = plans[Channel(asked["channel"])], near(read_moment(text), text)
    except (ValueError, KeyError):
        return {"error": f"{asked['channel']!r} is no channel with hours"}
    except click.UsageError as error:
        return {"error": error.message}
    return _document(plan, plan.standing(at))


def _document(plan: HoursPlan, standing: Standing) -> dict[str, Any]:
    return {
        "calendar": plan.key,
        "zone": plan.zone.key,
        "open": standing.is_open,
        "why": standing.why,
        "since": iso(standing.since),
        "until": iso(standing.until),
        "next_open": iso(standing.next_open),
    }


def _sentences(plan: HoursPlan, standing: Standing, at: datetime) -> list[str]:
    now = "open" if standing.is_open else "closed"
    change = "closes" if standing.is_open else "opens"
    rows = [f"{plan.title} is {now}: {standing.why}."]
    if standing.since is not None:
        rows.append(f"  since   {_both(plan, standing.since)}")
    rows.append(f"  {change:7} {_both(plan, standing.until)}")
    if standing.is_open:
        rows.append(f"  opens   {_both(plan, standing.next_open)}")
    rows.append(f"  asked   {_both(plan, at)}")
    return [line(row) for row in rows]


def _both(plan: HoursPlan, moment: datetime | None) -> str:
    if moment is None:
        return "never"
    there = moment.astimezone(plan.zone)
    return f"{there:%a %Y-%m-%d %H:%M} {there:%Z}, here {local(moment)}"


def _zones(plan: HoursPlan, monday: date) -> str:
    """The zone of the service with its offset that Monday, and the one here where it is another."""
    midnight = datetime.combine(monday, time(), plan.zone)
    there, here = (moment.isoformat()[-6:] for moment in (midnight, midnight.astimezone()))
    return f"{plan.zone.key}, UTC{there}" + (f" (here UTC{here})" if here != there else "")


def _day(plan: HoursPlan, day: date) -> tuple[str, str, str]:
    named, closures = plan.day(day), plan.closures_on(day)
    hours = ", ".join(_span(*each) for each in (plan.open_on(day) if closures else named.intervals))
    notes = [named.name] if named.name else []
    notes += [f"closed {_part(*of)}: {closure.reason}" for closure, of in closures]
    return f"{day:%a %Y-%m-%d}", hours or "closed", "; ".join(notes)


def _span(start: int, end: int) -> str:
    beyond = "next day " if start >= DAY_MINUTES else ""
    return f"{beyond}{_clock(start % DAY_MINUTES)}-{_clock(end if end <= DAY_MINUTES else end - DAY_MINUTES)}"


def _part(start: int, end: int) -> str:
    """Which part of a day, whose minutes these are, lies between two of them."""
    if start <= 0:
        return f"until {_clock(end)}" if end < DAY_MINUTES else "all day"
    return f"{_clock(start)}-{_clock(end)}" if end <= DAY_MINUTES else f"from {_clock(start)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _difference(change: HoursChange) -> list[str]:
    """What a file changes, a line each: the key, and each part that is new, gone or another one."""
    if change.after is None:
        return [f"{change.key}: removed"]
    before, after = _flat(change.before or {}), _flat(change.after)
    rows = [f"{change.key}: {'changed' if change.before else 'new'}"]
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            rows += [f"  - {name} = {before[name]}"] if name in before else []
            rows += [f"  + {name} = {after[name]}"] if name in after else []
    return rows


def _staying(found: Iterable[Unnamed]) -> Iterator[str]:
    """What stays in force although no file names it: what can go, then what cannot and why."""
    if free := [each.key for each in found if not each.needed_by]:
        yield f"No file names {', '.join(free)}: stays in force; --prune removes it."
    if needed := [each.key for each in found if each.needed_by]:
        yield f"No file names {', '.join(needed)}: stays in force, because channels or queues go by it."


def _flat(data: Any, name: str = "") -> dict[str, str]:
    if not isinstance(data, dict):
        return {name: json.dumps(data, ensure_ascii=False)}
    return {
        key: text for part, inner in data.items() for key, text in _flat(inner, f"{name}.{part}".strip(".")).items()
    }


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else local(moment)
