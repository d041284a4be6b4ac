"""The words of a search as an expression of either engine's text index; the two expressions mean the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from db.rows_search import Condition, Field, SearchQuery, Sought
from db.segment import SENDER, Phrase, joined_numbers, phone_number, phrase


@dataclass(frozen=True, slots=True)
class Clause:
    """Phrases of which one has to occur, or none when `excluded`."""

    phrases: tuple[Phrase, ...]
    excluded: bool = False


def clauses(query: SearchQuery) -> tuple[Clause, ...]:
    """What the text index has to answer for a query; words without letters or digits ask nothing."""
    found = [_clause(sought) for sought in _with_numbers_joined(query.words)]
    found += [_senders(condition) for condition in query.conditions if condition.field is Field.FROM]
    return tuple(clause for clause in found if clause.phrases)


def fts5(asked: Iterable[Clause]) -> str:
    """An FTS5 expression; at least one clause must not be excluded. Words go in as quoted strings only."""
    asked = tuple(asked)
    wanted = " AND ".join(_any_fts5(clause) for clause in asked if not clause.excluded)
    unwanted = " OR ".join(_any_fts5(clause) for clause in asked if clause.excluded)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def tsquery(asked: Iterable[Clause]) -> str:
    """The same as the text of a `tsquery`."""
    return " & ".join(("!" if clause.excluded else "") + _any_tsquery(clause) for clause in asked)


def _clause(sought: Sought) -> Clause:
    direct = phrase(sought.text, open_end=not sought.exact)
    numbers = [Phrase((number,)) for number in joined_numbers(sought.text)] if _is_number(sought.text) else []
    phrases = [direct, *numbers] if direct else []
    return Clause(tuple(phrases), sought.excluded)


def _with_numbers_joined(words: Iterable[Sought]) -> Iterator[Sought]:
    """The words, and what was typed as `0812 3456 7890` as one: its parts say little, and may be written `+62…`."""
    for plain_number, row in groupby(words, lambda word: _is_number(word.text) and not word.excluded | word.exact):
        parts = list(row)
        text = " ".join(part.text for part in parts)
        if plain_number and phone_number(text):
            yield Sought(text)
        else:
            yield from parts


def _senders(condition: Condition) -> Clause:
    phrases = (clause for value in condition.values for clause in _clause(Sought(value)).phrases)
    marked = (Phrase(tuple(SENDER + word for word in part.words), part.open) for part in phrases)
    return Clause(tuple(marked), condition.excluded)


def _is_number(text: str) -> bool:
    return not any(sign.isalpha() for sign in text)


def _any_fts5(clause: Clause) -> str:
    phrases = (f'"{" ".join(part.words)}"' + (" *" if part.open else "") for part in clause.phrases)
    return f"({' OR '.join(phrases)})"


def _any_tsquery(clause: Clause) -> str:
    phrases = (
        " <-> ".join(f"'{word}'" for word in part.words) + (":*" if part.open else "") for part in clause.phrases
    )
    return "(" + " | ".join(f"({part})" for part in phrases) + ")"
