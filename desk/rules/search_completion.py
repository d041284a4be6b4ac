"""What a half-typed search can be completed with."""

from __future__ import annotations

from dataclasses import dataclass

from db.rows_search import ME, NOBODY, Field, Vocabulary
from desk.rules.search_operators import NAMES, OPERATORS
from desk.rules.search_query import QUOTES

MOST = 20

DAYS = ("today", "yesterday", "7d", "30d")


@dataclass(frozen=True, slots=True)
class Completion:
    """Put `text` in place of the characters from `start` up to `end`; `help` says what it does."""

    text: str
    start: int
    end: int
    help: str = ""


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> list[Completion]:
    """Operators or values that go on with what stands before `cursor`, likeliest first, 20 at most.

    Nothing within quotes or after a space; `text` need not be correct.
    """
    cursor = max(0, min(cursor, len(text)))
    start = _beginning(text[:cursor].translate(QUOTES))
    typed = text[start:cursor].translate(QUOTES)
    if typed.startswith("-"):
        start, typed = start + 1, typed[1:]
    name, colon, values = typed.partition(":")
    if not colon:
        return _operators(name, start, cursor)
    field = NAMES.get(name.casefold())
    if field is None:
        return []
    value = values.rpartition(",")[2]
    return _values(field, value.removeprefix('"'), cursor - len(value), cursor, vocabulary)


def _beginning(before: str) -> int:
    """Where the part that ends with `before` begins; spaces within quotes belong to it."""
    start, quoted = 0, False
    for place, sign in enumerate(before):
        if sign == '"':
            quoted = not quoted
        elif sign.isspace() and not quoted:
            start = place + 1
    return start


def _operators(begun: str, start: int, end: int) -> list[Completion]:
    if not begun:
        return []
    return [
        Completion(f"{field}:", start, end, operator.help)
        for field, operator in OPERATORS.items()
        if field.startswith(begun.casefold())
    ]


def _values(field: Field, begun: str, start: int, end: int, vocabulary: Vocabulary) -> list[Completion]:
    known: tuple[str, ...] = OPERATORS[field].values
    if field is Field.ASSIGNEE:
        known = (ME, NOBODY, *vocabulary.agents)
    elif field is Field.TAG:
        known = vocabulary.tags
    elif field is Field.TOPIC:
        known = vocabulary.topics
    elif field is Field.QUEUE:
        known = (NOBODY, *vocabulary.queues)
    elif field in {Field.BEFORE, Field.SINCE}:
        known = DAYS
    fitting = [value for value in known if value.casefold().startswith(begun.casefold())]
    meanings = dict(OPERATORS[field].meanings)
    return [Completion(_as_typed(value), start, end, meanings.get(value, "")) for value in fitting[:MOST]]


def _as_typed(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() or sign == "," for sign in value) else str(value)
