"""`desk language`: in which language a text is written."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.group(name="language", help="Tell the language of texts.")
def command() -> None:
    """The group; its commands store nothing."""


@command.command(name="detect")
@click.argument("texts", nargs=-1)
@click.option("--jsonl", is_flag=True, help='Read lines of {"id","text"} and write a line for each.')
def detect(texts: tuple[str, ...], *, jsonl: bool) -> None:
    """Print the language of each TEXT: id, en, zh or other, and how certain that is."""
    from desk.rules.language import detect as tell

    if jsonl:
        for answer in _answers(iter(sys.stdin.buffer.readline, b"")):
            click.echo(json.dumps(answer))
            sys.stdout.flush()
        return
    for text in texts:
        found = tell(text)
        click.echo(json.dumps({"language": found.language.value, "certainty": round(found.certainty, 3)}))


def _answers(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    from desk.rules.language import detect as tell

    for line in lines:
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            name, text = asked["id"], str(asked["text"])
        except (ValueError, KeyError, TypeError, RecursionError) as reason:
            yield {"id": None, "error": f"the line is not an object with id and text: {type(reason).__name__}"}
            continue
        found = tell(text)
        yield {"id": name, "language": found.language.value, "certainty": round(found.certainty, 3)}
