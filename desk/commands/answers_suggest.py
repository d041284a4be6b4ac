"""`desk answers suggest` and `desk answers learn`: which canned answers fit a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.json_questions import answer_questions
from desk.commands.opening import at_desk, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.learning.model import Example

MOST = 3


@click.command(name="suggest")
@click.option("--jsonl", is_flag=True, required=True, help="Messages come as JSON lines on standard input.")
@click.option(
    "--history",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help='Learn from this file alone: lines {"text", "answer"}. Without it, from the cases of the desk.',
)
@click.pass_obj
def suggest(login: str | None, *, jsonl: bool, history: Path | None) -> None:  # noqa: ARG001  (the only way there is)
    """Print the three answers that fit each message {"id", "text"}, best first: {"id", "suggestions"}."""
    if history is not None:
        from desk.services.suggestions import taught

        best = taught(_read(history))
    else:
        from desk.services.suggestions import for_texts

        with opened(login) as here:
            best = for_texts(here.desk, here.me)
    answer_questions("text", _answer(best))


@click.command(name="learn")
@click.option("--if-stale", is_flag=True, help="Only when enough is new, and nobody else does it now.")
def learn(*, if_stale: bool) -> None:
    """Learn from all past cases which answers fit; the worker does it by itself."""
    from desk.services import suggestions

    with at_desk() as desk:
        if if_stale and not (suggestions.is_stale(desk) and suggestions.claim_learning(desk)):
            return
        examples = suggestions.learn(desk)
    click.echo(f"Learned from {examples:,} past answers.")


def _answer(best: Callable[[str], list[str]]) -> Callable[[str], dict[str, Any]]:
    return lambda text: {"suggestions": best(text)}


def _read(path: Path) -> list[Example]:
    from desk.services.suggestions import require_learning

    require_learning()
    from desk.learning.model import Example

    found = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                found.append(Example(str(row["text"]), str(row["answer"])))
            except (ValueError, KeyError, TypeError) as error:
                raise click.UsageError(
                    f'{path.name}, line {number}: write an object with "text" and "answer".'
                ) from error
    if not found:
        raise click.UsageError(f"{path.name} has no line to learn from.")
    return found
