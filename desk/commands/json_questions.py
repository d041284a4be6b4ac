"""Questions that come as JSON lines on standard input, each answered by a line at once."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from desk.commands.output import json_text

if TYPE_CHECKING:
    from collections.abc import Callable


def answer_questions(field: str, answer: Callable[[str], dict[str, Any]]) -> None:
    """For each line `{"id", field}` print `answer` of the field with its id; a bad line gets an `error` instead."""
    for line in iter(sys.stdin.buffer.readline, b""):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            name, question = asked["id"], str(asked[field])
        except (ValueError, KeyError, TypeError, RecursionError) as reason:
            told: dict[str, Any] = {"id": None, "error": f"not an object with id and {field}: {type(reason).__name__}"}
        else:
            told = {"id": name, **answer(question)}
        click.echo(json_text(told, indent=None))
        sys.stdout.flush()
