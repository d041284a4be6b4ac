"""`desk open`, and plain `desk`: the screens, or the queue as plain text where there is no terminal."""

from __future__ import annotations

import gc
import os
import sys

import click


def open_desk(url: str | None = None, login: str | None = None) -> None:
    """Open the screens on `url`, or on the database in force, and stay until they are left.

    Raises what `desk.bootstrap.open_desk` raises.
    """
    from desk.head_start import HeadStart

    head_start = HeadStart.begin(url, login)
    gc.disable()  # most of starting is making objects that stay; the application turns it on again
    os.environ.setdefault("TEXTUAL_FPS", "120")  # a key's repaint waits for the next frame: half as long at 120
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway

    gateway = Gateway(url=url, login=login, head_start=head_start)
    app = DeskApp(gateway)
    try:
        app.run()
    finally:
        gateway.close()
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        sys.exit(app.return_code)


def open_or_print(login: str | None) -> None:
    """Open the screens, or print the queue where nobody looks at a terminal, and say how to open them."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        open_desk(login=login)
        return
    from desk.commands.queue import print_queue

    print_queue(login)
    click.echo("To work the queue, open the screens in a terminal: desk open", err=True)


@click.command("open", help="Open the screens.")
@click.pass_obj
def command(login: str | None) -> None:
    """Open the screens."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The screens need a terminal. `desk queue` prints the queue anywhere.")
    open_desk(login=login)
