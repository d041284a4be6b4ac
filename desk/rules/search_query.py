"""Reading what somebody typed into the search line.

Words all have to occur; the last part of a word may be missing. `"…"` is a phrase as it stands, `-` in front excludes,
`name:value,value` is a condition (`desk.rules.search_operators`), `#1042` alone is the case of that number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from db.rows_search import Condition, SearchQuery, Sought
from desk.rules.search_operators import NAMES, SearchSyntaxError, condition, nearest

MOST_CHARACTERS = 1_000
MOST_PARTS = 50
"""Words, phrases and conditions of one query."""

QUOTES = str.maketrans("“”„‟«»", '""""""')
"""Typographic quotes mean quotes; one sign each, so that positions stay."""

_OPERATOR = re.compile(r"([A-Za-z_]{2,20}):(?!//)")
_REFERENCE = re.compile(r"#([1-9][0-9]{0,17})")
_PIECE = re.compile(r'"([^"]*)(?:"|$)|([^\s",]+)')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a typed query from `start` to `end`: an operator with its values, or words."""

    start: int
    end: int
    excluded: bool
    operator: str | None
    values: tuple[str, ...]
    quoted: bool = False


def parse(text: str, *, zone: tzinfo, now: datetime) -> SearchQuery:
    """What a query asks for; an empty one asks for every case. Days begin and end in `zone`.

    Raises `SearchSyntaxError`, and nothing else.
    """
    if len(text) > MOST_CHARACTERS:
        raise SearchSyntaxError(f"a search may have {MOST_CHARACTERS} characters; shorten it", MOST_CHARACTERS)
    words: list[Sought] = []
    conditions: list[Condition] = []
    for number, part in enumerate(parts(text)):
        if number >= MOST_PARTS:
            raise SearchSyntaxError(f"a search may have {MOST_PARTS} words; leave some out", part.start)
        if part.operator is None:
            words += [Sought(word, part.quoted, part.excluded) for word in part.values if _says_something(word)]
        else:
            conditions.append(
                condition(
                    part.operator,
                    part.values,
                    excluded=part.excluded,
                    position=part.start,
                    zone=zone,
                    now=now,
                )
            )
    if text.strip() and not words and not conditions:
        raise SearchSyntaxError("there is nothing to look for; type letters or digits", 0)
    return _with_reference(tuple(words), tuple(conditions))


def no_condition(text: str) -> str:
    """The first `name:` in a query that is no condition and was looked for as words; empty when there is none.

    That is no error, because texts are full of `name: value`. Raises `SearchSyntaxError` as `parse`.
    """
    for part in parts(text):
        found = None if part.quoted or part.operator else _OPERATOR.match(part.values[0])
        if found:
            return found[0]
    return ""


def parts(text: str) -> Iterator[Part]:
    """The parts of a query in order; a quote that is not closed reaches to the end.

    Raises `SearchSyntaxError` for an operator that is nearly the name of one.
    """
    plain = text.translate(QUOTES)
    place = 0
    while place < len(plain):
        if plain[place].isspace():
            place += 1
            continue
        part = _part(plain, place)
        place = part.end
        yield part


def _part(text: str, start: int) -> Part:
    excluded = text[start] == "-"
    place = start + 1 if excluded else start
    if name := _operator(text, place):
        values, end = _values(text, place + len(name) + 1)
        return Part(start, end, excluded, name.casefold(), values)
    if text[place : place + 1] == '"':
        closing = text.find('"', place + 1)
        inside = text[place + 1 : closing] if closing >= 0 else text[place + 1 :]
        end = closing + 1 if closing >= 0 else len(text)
        return Part(start, end, excluded, None, (inside,), quoted=True)
    end = place
    while end < len(text) and not text[end].isspace() and text[end] != '"':
        end += 1
    return Part(start, end, excluded, None, (text[place:end],))


def _operator(text: str, place: int) -> str | None:
    found = _OPERATOR.match(text, place)
    if not found:
        return None
    name = found[1].casefold()
    if name in NAMES:
        return found[1]
    near = nearest(name, NAMES)
    if near:
        raise SearchSyntaxError(f"there is no {name}: in a search; did you mean {near}:?", place)
    return None


def _values(text: str, place: int) -> tuple[tuple[str, ...], int]:
    """The values from `place` on, separated by commas, and where they end."""
    values: list[str] = []
    while found := _PIECE.match(text, place):
        value = found[1] if found[1] is not None else found[2]
        if value.strip():
            values.append(value.strip())
        place = found.end()
        if text[place : place + 1] != ",":
            break
        place += 1
    return tuple(values), place


def _says_something(word: str) -> bool:
    return any(sign.isalnum() for sign in word)


def _with_reference(words: tuple[Sought, ...], conditions: tuple[Condition, ...]) -> SearchQuery:
    # Among other words a number with # is a word: texts are full of order and transaction numbers.
    if len(words) == 1 and not words[0].excluded and not words[0].exact:
        found = _REFERENCE.fullmatch(words[0].text)
        if found:
            return SearchQuery((), conditions, int(found[1]))
    return SearchQuery(words, conditions)
