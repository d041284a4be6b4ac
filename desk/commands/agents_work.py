"""The parts of `desk agents` about what agents are handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from db.kinds import AgentState, Channel, Language
from desk.commands.opening import opened
from desk.commands.output import iso, line, local, print_json, table

if TYPE_CHECKING:
    from db.rows_routing import AgentWorkRow

HEADS = ("LOGIN", "STATE", "SINCE", "LANGUAGES", "QUEUES", "SKILLS", "LIMITS")
WIDEST = (20, 9, 16, 12, 30, 24, 24)
STATES = click.Choice([state.value for state in AgentState])
LANGUAGES = click.Choice([language.value for language in Language if language is not Language.OTHER])
ALL = "all"


def _limits(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[Channel, int] | None:
    if not values:
        return None
    found = {}
    for value in values if values != (ALL,) else ():
        channel, _, number = value.partition("=")
        if channel not in {each.value for each in Channel} or not (number.isascii() and number.isdecimal()):
            raise click.BadParameter(f"{line(value)!r} is no limit; write chat=3, or all for no limit.")
        found[Channel(channel)] = int(number)
    return found


def _names(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> list[str] | None:
    return None if not values else [] if values == (ALL,) else list(values)


def _skills(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> list[str] | None:
    return None if not values else [] if values == ("none",) else list(values)


@click.command("work")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def work(login: str | None, *, as_json: bool) -> None:
    """Print what everybody may be handed, and how they stand."""
    from desk.services import agent_work

    with opened(login) as at:
        rows = agent_work.everybody(at.desk, at.me)
    if as_json:
        print_json({"agents": [_document(row) for row in rows]})
        return
    for text in table(HEADS, [_cells(row) for row in rows], WIDEST):
        click.echo(text)


@click.command("set")
@click.argument("of_login", metavar="LOGIN")
@click.option("--language", "languages", type=LANGUAGES, multiple=True, help="What they write; may be given again.")
@click.option("--skill", "skills", multiple=True, callback=_skills, help="What they know; none takes all away.")
@click.option("--queue", "queues", multiple=True, callback=_names, help="Whose cases they get; all for every queue.")
@click.option("--limit", "limits", multiple=True, callback=_limits, metavar="CHANNEL=N",
              help="Most cases that stand open with them; all for no limit.")  # fmt: skip
@click.pass_obj
def set_up(
    login: str | None,
    *,
    of_login: str,
    languages: tuple[str, ...],
    skills: list[str] | None,
    queues: list[str] | None,
    limits: dict[Channel, int] | None,
) -> None:
    """Set what LOGIN may be handed; what is not named stays. Only a supervisor may."""
    from desk.services import agent_work

    spoken = [Language(each) for each in languages] or None
    with opened(login) as at:
        row = agent_work.set_up(at.desk, at.me, of_login, languages=spoken, skills=skills, queues=queues, limits=limits)
    for text in table(HEADS, [_cells(row)], WIDEST):
        click.echo(text)


@click.command("state")
@click.argument("state", type=STATES)
@click.option("--of", "of_login", metavar="LOGIN", help="A colleague's; only a supervisor may.")
@click.option("--hand-back", is_flag=True, help="Give the cases that stand open with me back to the queue.")
@click.pass_obj
def state(login: str | None, *, state: str, of_login: str | None, hand_back: bool) -> None:
    """Say whether I take cases: available, busy (only those I ask for), break or away (none)."""
    from desk.services import agent_work

    if hand_back and of_login:
        raise click.UsageError("A colleague's cases are transferred one by one; --hand-back gives back mine.")
    with opened(login) as at:
        row = agent_work.set_state(at.desk, at.me, AgentState(state), of_login)
        given = agent_work.hand_back(at.desk, at.me).changed if hand_back else ()
    click.echo(line(f"{row.name} is {row.state.value} since {local(row.state_since)}."))
    if given:
        click.echo("Given back: " + " ".join(f"#{case_id}" for case_id in given))


def _cells(row: AgentWorkRow) -> tuple[str, ...]:
    return (
        row.login,
        row.state.value,
        local(row.state_since),
        " ".join(row.languages) or ALL,
        " ".join(row.queues) or ALL,
        " ".join(row.skills),
        " ".join(f"{channel.value}={most}" for channel, most in row.limits.items()) or "none",
    )


def _document(row: AgentWorkRow) -> dict[str, Any]:
    return {
        "login": row.login,
        "state": row.state.value,
        "since": iso(row.state_since),
        "languages": list(row.languages),
        "queues": list(row.queues),
        "skills": list(row.skills),
        "limits": {channel.value: most for channel, most in row.limits.items()},
    }
