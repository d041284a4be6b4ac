"""Opening the screens."""

from __future__ import annotations

import sys

import click


def open_desk(url: str | None = None, login: str | None = None) -> None:
    """Open the screens on `url`, or on the database in force; ends the program with 1 when it cannot be opened."""
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway

    gateway = Gateway(url=url, login=login)
    app = DeskApp(gateway)
    app.run()
    gateway.close()
    if app.failure is not None:
        click.echo(f"desk: {app.failure}", err=True)
        sys.exit(1)
    sys.exit(app.return_code)


def open_or_print(login: str | None) -> None:
    """Open the screens, or print the queue as plain text when nobody looks at a terminal."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        open_desk(login=login)
        return
    from desk.commands.queue import print_queue

    print_queue(login)
    click.echo("To work the queue, open the screens in a terminal: desk open", err=True)


@click.command("open")
@click.pass_obj
def command(login: str | None) -> None:
    """Open the screens."""
    open_desk(login=login)
