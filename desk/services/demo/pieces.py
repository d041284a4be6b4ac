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
        if not self.numbers:
            return f"{self.words} {GAP}" if self.words else ""
        return " ".join([self.words, GAP, *(f"{number} {GAP}" for number in self.numbers)])


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
        self.is_casual = text[:1].islower()
        slots: list[str] = []
        shown: list[str] = []
        found: list[str] = []
        start = 0
        for match in _SLOT.finditer(text):
            if match[1] is None:
                continue
            before, after = text[: match.start()][-1:], text[match.end() :][:1]
            if before.isalnum() or after.isalnum():
                raise ValueError(f"{match[0]} touches a letter or digit in {text[:60]!r}; put a blank between")
            for part in (_fixed(text[start : match.start()]), Piece("%s", "%s")):
                shown.append(part.text)
                found.append(part.words)
            slots.append(match[1])
            start = match.end()
        end = _fixed(text[start:])
        self.slots = tuple(slots)
        self._text = "".join([*shown, end.text])
        self._words = " ".join(part for part in [*found, end.words] if part)

    def filled(self, values: Mapping[str, Piece]) -> Piece:
        """The text with its slots filled; raises KeyError for a slot without a value."""
        pieces = [values[slot] for slot in self.slots]
        numbers = [number for part in pieces for number in part.numbers]
        return Piece(
            self._text % tuple([part.text for part in pieces]),
            self._words % tuple([part.words for part in pieces]),
            tuple(dict.fromkeys(numbers)) if numbers else (),
        )


def _fixed(text: str) -> Piece:
    """Text around slots, ready for `%`. Numbers in it would be found in another order than the real one."""
    part = piece(text.replace("{{", "{").replace("}}", "}"))
    if part.numbers:
        raise ValueError(f"{text[:60]!r} holds a written-out number; make it a slot")
    return Piece(part.text.replace("%", "%%"), part.words)
