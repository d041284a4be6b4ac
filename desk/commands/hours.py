"""`desk hours`: when a channel is open, and time that counts only while it is."""

from __future__ import annotations

import json
from typing import Any

import click

from desk.commands.json_questions import answer_objects


@click.group(name="hours", help="When a channel is open, and service time.")
def command() -> None:
    """The group; its commands store nothing."""


@command.command(name="evaluate")
@click.option("--jsonl", is_flag=True, help="Read questions as JSON lines and write an answer for each.")
@click.argument("question", required=False)
def evaluate(*, jsonl: bool, question: str | None) -> None:
    """Answer a QUESTION about a calendar, given as JSON: {"calendar", "op", "at", "minutes" or "seconds", "until"}.

    op is is_open, next_open, next_close, elapsed, add or subtract. Null means never.
    """
    if jsonl:
        answer_objects(("calendar", "op", "at"), _told)
    elif question is None:
        raise click.UsageError("Give a question, or --jsonl and questions on standard input.")
    else:
        try:
            asked = json.loads(question)
        except ValueError as error:
            raise click.UsageError(f"The question is no JSON: {error}.") from error
        told = _told(asked if isinstance(asked, dict) else {})
        if "error" in told:
            raise click.UsageError(told["error"])
        click.echo(json.dumps(told))


def _told(asked: dict[str, Any]) -> dict[str, Any]:
    from desk.rules.hours import CalendarError
    from desk.rules.hours.questions import answer

    try:
        return {"answer": answer(asked)}
    except CalendarError as error:
        return {"error": str(error)}
