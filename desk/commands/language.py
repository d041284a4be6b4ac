"""`desk language`: in which language a text is written."""

from __future__ import annotations

import json
from typing import Any

import click

from desk.commands.json_questions import answer_questions


@click.group(name="language", help="Tell the language of texts.")
def command() -> None:
    """The group; its commands store nothing."""


@command.command(name="detect")
@click.argument("texts", nargs=-1)
@click.option("--jsonl", is_flag=True, help='Read lines of {"id","text"} and write a line for each.')
def detect(texts: tuple[str, ...], *, jsonl: bool) -> None:
    """Print the language of each TEXT: id, en, zh or other, and how certain that is."""
    if jsonl:
        answer_questions("text", _told)
    for text in texts:
        click.echo(json.dumps(_told(text)))


def _told(text: str) -> dict[str, Any]:
    from desk.rules.language import detect as tell

    found = tell(text)
    return {"language": found.language.value, "certainty": round(found.certainty, 3)}
