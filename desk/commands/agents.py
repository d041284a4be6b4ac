"""`desk agents`: who works at the desk."""

from __future__ import annotations

import click

from db.kinds import Role
from desk.commands import agents_work
from desk.commands.opening import opened
from desk.commands.output import line, print_json, table

HEADS = ("LOGIN", "NAME", "ROLE", "LANGUAGES")
WIDEST = (24, 32, 13, 20)
LANGUAGES = click.Choice(["id", "en", "zh"])


@click.group("agents", help="Who works at the desk, and what they are handed.")
def command() -> None:
    """The group."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.pass_obj
def list_agents(login: str | None, *, as_json: bool) -> None:
    """Print everybody who works here, by name."""
    from desk.services import agents

    with opened(login) as at:
        rows = agents.colleagues(at.desk, at.me)
    if as_json:
        known = [
            {"id": row.id, "login": row.login, "name": row.name, "role": row.role.value, "languages": [*row.languages]}
            for row in rows
        ]
        print_json({"agents": known})
        return
    for each in table(HEADS, [(row.login, row.name, row.role.value, " ".join(row.languages)) for row in rows], WIDEST):
        click.echo(each)


@command.command("add")
@click.argument("new_login", metavar="LOGIN")
@click.option("--name", help="How customers and colleagues see them; else the login.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.AGENT.value, show_default=True)
@click.option("--language", "languages", type=LANGUAGES, multiple=True, help="What they write; may be given again.")
@click.pass_obj
def add(login: str | None, *, new_login: str, name: str | None, role: str, languages: tuple[str, ...]) -> None:
    """Add somebody; LOGIN is how the desk knows them. Only an administrator may."""
    from desk.rules.text import is_blank
    from desk.services import agents

    if is_blank(new_login) or new_login != new_login.strip():
        raise click.BadParameter("a login has letters that can be seen, and no blanks around them.")
    with opened(login) as at:
        if any(row.login == new_login for row in agents.colleagues(at.desk, at.me)):
            raise click.BadParameter(f"{line(new_login)} works here already.")
        row = agents.add(
            at.desk, at.me, login=new_login, name=name or new_login, role=Role(role), languages=tuple(languages)
        )
    click.echo(line(f"Added {row.name} ({row.login}) as {row.role.value}."))


@command.command("rename")
@click.argument("whom", metavar="LOGIN")
@click.argument("name", metavar="NAME")
@click.pass_obj
def rename(login: str | None, *, whom: str, name: str) -> None:
    """Change the NAME that customers and colleagues see; the LOGIN stays. One's own, or as an administrator."""
    from desk.rules.text import is_blank
    from desk.services import agents

    if is_blank(name):
        raise click.BadParameter("a name needs something to read.")
    with opened(login) as at:
        row = agents.rename(at.desk, at.me, whom, name)
    click.echo(line(f"{row.login} is {row.name} from now on."))


command.add_command(agents_work.work)
command.add_command(agents_work.set_up)
command.add_command(agents_work.state)
