"""Pieces of text that bring their search words along, so that a million letters need not be cut into words again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from db.segment import GAP, joined_numbers, words

_SLOT = re.compile(r"\{\{|\}\}|\{([a-z_.]+)\}")


class Piece(NamedTuple):
    """Some text, its words as search stores them (`db.segment.words`, joined), and the numbers within it."""

    text: str
    words: str
    numbers: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """What this piece adds to `search_document.terms` as a part of its own."""
        return " ".join([self.words, GAP, *(f"{number} {GAP}" for number in self.numbers)]) if self.words else ""


EMPTY = Piece("", "")


def piece(text: str) -> Piece:
    """A piece made from any text; the slow way."""
    return Piece(text, " ".join(words(text)), tuple(joined_numbers(text)))


def joined(between: str, *pieces: Piece) -> Piece:
    """Pieces one after another; `between` holds neither letters nor digits and is not empty."""
    return Piece(
        between.join([part.text for part in pieces]),
        " ".join([part.words for part in pieces if part.words]),
        tuple(dict.fromkeys([number for part in pieces for number in part.numbers])),
    )


class Template:
    """A text with `{slots}`, each between blanks or punctuation, so that its words are those of its pieces."""

    def __init__(self, text: str) -> None:
        self._parts: list[Piece | str] = []
        start = 0
        for match in _SLOT.finditer(text):
            if match[1] is None:
                continue
            before, after = text[: match.start()][-1:], text[match.end() :][:1]
            if before.isalnum() or after.isalnum():
                raise ValueError(f"{match[0]} touches a letter or digit in {text[:60]!r}; put a blank between")
            self._add(text[start : match.start()])
            self._parts.append(match[1])
            start = match.end()
        self._add(text[start:])
        self.is_casual = text[:1].islower()
        self.slots = frozenset(part for part in self._parts if isinstance(part, str))

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(piece(text.replace("{{", "{").replace("}}", "}")))

    def filled(self, values: Mapping[str, Piece]) -> Piece:
        """The text with its slots filled; raises KeyError for a slot without a value."""
        if not self.slots:
            first = self._parts[0]
            return first if isinstance(first, Piece) else EMPTY
        parts = [values[part] if isinstance(part, str) else part for part in self._parts]
        numbers = [number for part in parts for number in part.numbers]
        return Piece(
            "".join([part.text for part in parts]),
            " ".join([part.words for part in parts if part.words]),
            tuple(dict.fromkeys(numbers)) if numbers else (),
        )
