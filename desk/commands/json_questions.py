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
    answer_objects((field,), lambda asked: answer(str(asked[field])))


def answer_objects(fields: tuple[str, ...], answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """For each line, an object with `id` and these fields, print `answer` of it with its id; or an `error`."""
    for line in iter(sys.stdin.buffer.readline, b""):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            name, _ = asked["id"], [asked[field] for field in fields]
        except (ValueError, KeyError, TypeError, RecursionError) as reason:
            wanted = " and ".join(("id", *fields))
            told: dict[str, Any] = {"id": None, "error": f"not an object with {wanted}: {type(reason).__name__}"}
        else:
            told = {"id": name, **answer(asked)}
        click.echo(json_text(told, indent=None))
        sys.stdout.flush()
