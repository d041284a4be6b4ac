"""`desk open`, and plain `desk`: the screens, or the queue as plain text where there is no terminal."""

from __future__ import annotations

import click

from desk import terminal
from desk.commands.opening import open_screens


def open_or_print(login: str | None) -> None:
    """Open the screens, or print the queue where nobody looks at a terminal, and say how to open them."""
    if terminal.is_here():
        open_screens(login)
        return
    from desk.commands.queue import print_queue

    print_queue(login)
    click.echo("To work the queue, open the screens in a terminal: desk open", err=True)


@click.command("open", help="Open the screens.")
@click.pass_obj
def command(login: str | None) -> None:
    """Open the screens."""
    if not terminal.is_here():
        raise click.UsageError("The screens need a terminal. `desk queue` prints the queue anywhere.")
    open_screens(login)
