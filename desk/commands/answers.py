"""`desk answers`: canned answers, and which of them fit."""

from __future__ import annotations

import click

from desk.commands.answers_suggest import learn, suggest


@click.group(name="answers", help="Canned answers, and which of them fit a message.")
def command() -> None:
    """The group."""


command.add_command(suggest)
command.add_command(learn)
