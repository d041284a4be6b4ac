"""`desk stats`: each channel now and over a range, and whether the figures agree with the events."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from db.kinds import Channel
from desk.commands.moments import near, near_day, read_moment
from desk.commands.opening import opened
from desk.commands.output import count, iso, line, local, print_json, table

if TYPE_CHECKING:
    from desk.services.figures import Overview
    from desk.services.recounting import Difference, Progress, Verification

CHANNEL = click.Choice([channel.value for channel in Channel])
HEADS = (
    "CHANNEL", "STANDS", "WAIT", "OLDEST", "DUE<1H", "ON IT", "CAME", "ANSWERED", "SOLVED", "BROKEN", "SLA", "MEDIAN",
    "P90",
)  # fmt: skip
WIDEST = (8, 24, 9, 9, 9, 5, 9, 9, 9, 9, 9, 9, 9)
MOMENT = "A day (2026-11-25), or a moment as ISO 8601 with its offset"


@click.group(name="stats", help="Figures of each channel.", invoke_without_command=True)
@click.option("--from", "start", metavar="TIME", help=f"{MOMENT}; the beginning of today by default.")
@click.option("--to", "end", metavar="TIME", help=f"{MOMENT}, a day with its end; now by default.")
@click.option("--channel", type=CHANNEL, help="One channel; else every one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.option("--csv", "as_csv", is_flag=True, help="A line a channel, under a line of names.")
@click.pass_context
def command(
    context: click.Context, *, start: str | None, end: str | None, channel: str | None, as_json: bool, as_csv: bool
) -> None:
    """Print each channel as it stands now and what was counted from --from to --to, in whole hours."""
    if context.invoked_subcommand is not None:
        return
    if as_json and as_csv:
        raise click.UsageError("Choose one of --json and --csv.")
    shown = _overview(context.obj, start, end)
    channels = [Channel(channel)] if channel else list(Channel)
    if as_json:
        print_json(_document(shown, channels))
    elif as_csv:
        _print_csv(shown, channels)
    else:
        _print_table(shown, channels)


@command.command(name="verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def verify(login: str | None, *, as_json: bool) -> None:
    """Count all events again and compare; exit code 1 when the figures do not agree."""
    from desk.services import recounting

    with opened(login) as here, _progress() as progress:
        found = recounting.verify(here.desk, here.me, progress)
    if as_json:
        print_json(_verification(found))
    else:
        for row in _told(found):
            click.echo(line(row))
    if not found.agrees:
        sys.exit(1)


@command.command(name="rebuild")
@click.pass_obj
def rebuild(login: str | None) -> None:
    """Make the figures what the events say; the desk may be used meanwhile."""
    from desk.services import recounting

    with opened(login) as here, _progress() as progress:
        wrong = recounting.rebuild(here.desk, here.me, progress)
    click.echo(f"{count(wrong, 'sum was', 'sums were')} wrong, and put right." if wrong else "Every sum was right.")


def _overview(login: str | None, start: str | None, end: str | None) -> Overview:
    from desk.rules.ranges import day_begins
    from desk.services import figures

    with opened(login) as here:
        zone = figures.service_zone(here.desk, here.me)
        now = here.desk.clock()
        today = now.astimezone(zone).date()
        first = _moment(start, zone) if start else day_begins(today, zone)
        last = _moment(end, zone, ends=True) if end else now + timedelta(seconds=1)
        try:
            return figures.between(here.desk, here.me, first, last)
        except ValueError as error:
            raise click.UsageError(str(error)) from error


def _moment(typed: str, zone: tzinfo, *, ends: bool = False) -> datetime:
    """What was typed as a moment; a day means its beginning in the service zone, or its end."""
    from desk.rules.ranges import day_begins

    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return near(read_moment(typed, "2026-11-25 or 2026-11-25T09:00+07:00"), typed)
    return day_begins(near_day(day, typed) + timedelta(days=1 if ends else 0), zone)


def _channel(shown: Overview, channel: Channel) -> dict[str, Any]:
    """A channel's numbers by their stable names."""
    from desk.rules.measures import Measure

    now, over = shown.now[channel], shown.over[channel]
    standing = now.standing
    return {
        "channel": channel.value,
        "stands": now.load.value,
        "until": iso(standing.until) if standing else None,
        "why": standing.why if standing else None,
        "waiting": now.waiting,
        "oldest": iso(now.oldest_at),
        "due_within_hour": now.due_soon,
        "agents": now.agents,
        "arrivals": over.count(Measure.ARRIVALS),
        "answered": over.count(Measure.FIRST_RESPONSE),
        **{
            measure.value: over.count(measure)
            for measure in Measure
            if measure not in {Measure.ARRIVALS, Measure.FIRST_RESPONSE}
        },
        "first_response_median": _whole(over.median),
        "first_response_p90": _whole(over.p90),
    }


def _document(shown: Overview, channels: Iterable[Channel]) -> dict[str, Any]:
    return {
        "at": iso(shown.at),
        "from": iso(shown.start),
        "to": iso(shown.end),
        "zone": str(shown.picture.zone),
        "complete": shown.is_complete,
        "channels": [_channel(shown, channel) for channel in channels],
        "week": {"hours": shown.picture.hours, "arrivals": [list(day) for day in shown.picture.arrivals]},
    }


def _print_csv(shown: Overview, channels: Iterable[Channel]) -> None:
    rows = [{"from": iso(shown.start), "to": iso(shown.end), **_channel(shown, channel)} for channel in channels]
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    click.echo(written.getvalue(), nl=False)


def _print_table(shown: Overview, channels: Iterable[Channel]) -> None:
    from desk.rules.ranges import early

    click.echo(f"From {local(shown.start)} to {local(shown.end)}; now is {local(shown.at)}.")
    if minutes := early(shown.picture.zone, shown.start) // timedelta(minutes=1):
        click.echo(f"Days begin {minutes} minutes early: figures are kept by whole hours of UTC.")
    if not shown.is_complete:
        click.echo("What happened before the last upgrade is not counted yet: run `desk stats rebuild`.")
    for row in table(HEADS, _cells(shown, channels), WIDEST):
        click.echo(row)
    click.echo("First responses in service time, within 5 %. docs/figures.md says what each number means.")


def _cells(shown: Overview, channels: Iterable[Channel]) -> Iterator[tuple[str, ...]]:
    for channel in channels:
        told = _channel(shown, channel)
        standing = shown.now[channel].standing
        until = standing.until.astimezone() if standing and standing.until else None
        oldest = shown.now[channel].oldest_at
        yield (
            channel.value,
            f"{told['stands']}{f' until {until:%a %H:%M}' if until else ''}",
            str(told["waiting"]),
            _length((shown.at - oldest).total_seconds()) if oldest else "-",
            *(str(told[name]) for name in ("due_within_hour", "agents", "arrivals", "answered", "solved")),
            str(told["broken"]),
            str(told["breached"]),
            _length(told["first_response_median"]),
            _length(told["first_response_p90"]),
        )


def _length(seconds: float | None) -> str:
    """A length of time as `0:04` (hours and minutes) or `3 d`."""
    if seconds is None:
        return "-"
    minutes = int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02}" if minutes < 48 * 60 else f"{minutes // 1440} d"


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _verification(found: Verification) -> dict[str, Any]:
    return {
        "agrees": found.agrees,
        "cases": found.cases,
        "sums": found.sums,
        "wrong_sums": found.wrong_sums,
        "wrong_cases": list(found.wrong_cases),
        "differences": [_difference(each) for each in found.differences],
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "from": iso(each.at),
        "hours": each.span,
        "channel": each.channel.value,
        "measure": each.measure,
        "bucket": each.bucket,
        "kept": each.kept,
        "counted": each.counted,
    }


def _told(found: Verification) -> Iterator[str]:
    looked = f"{count(found.cases, 'case', 'cases')}, {count(found.sums, 'sum', 'sums')}"
    if found.agrees:
        yield f"The figures agree with the events: {looked}."
        return
    yield f"The figures do not agree with the events: {looked}."
    for each in found.differences:
        hours = f"{each.span} h from " if each.span > 1 else ""
        yield (
            f"  {hours}{iso(each.at)} {each.channel} {each.measure}{f' [{each.bucket}]' if each.bucket else ''}: "
            f"kept {each.kept}, counted {each.counted}"
        )
    if found.wrong_sums > len(found.differences):
        yield f"  and {found.wrong_sums - len(found.differences)} more sums"
    if found.wrong_cases:
        some = ", ".join(f"#{number}" for number in found.wrong_cases[:10])
        yield f"  {count(len(found.wrong_cases), 'case is', 'cases are')} remembered wrongly: {some}"
    yield "`desk stats rebuild` puts this right."


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, where somebody watches it."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with click.progressbar(length=1, label="Counting", file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield show
