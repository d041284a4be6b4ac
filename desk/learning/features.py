"""What a text is compared by: its words, two words in a row, and pieces of words, which survive typing errors."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from db.segment import words

TEXT_LENGTH = 4_000
"""Characters of one text that are read: what a customer wants stands at the beginning."""

MOST_WORDS = 400
PIECES = (2, 3, 4)
"""Lengths of the pieces, in characters; the edges of a word count as one each."""


def phrases(text: str) -> list[str]:
    """The words of a text and each two in a row, as `db.segment` cuts them; in order, repeats included."""
    found = _cut(text)
    return [*found, *(f"{first} {second}" for first, second in pairwise(found))]


def pieces(text: str) -> list[str]:
    """Pieces of the words of a text; `#` marks them, so that none is taken for a word."""
    found = []
    for word in _cut(text):
        edged = f"_{word}_"
        for length in PIECES:
            found += ["#" + edged[at : at + length] for at in range(len(edged) - length + 1)]
    return found


@lru_cache(maxsize=2)
def _cut(text: str) -> tuple[str, ...]:
    """The words of a text, cut once for all that is made of them."""
    return tuple(words(text[:TEXT_LENGTH])[:MOST_WORDS])


def code(feature: str) -> int:
    """The number of a feature, in 32 bits; two that share one are as good as never met."""
    return crc32(feature.encode("utf-8", "surrogatepass"))


def counted(text: str, facts: tuple[str, ...] = ()) -> dict[int, int]:
    """How often each feature occurs in a text; `facts` are features beside its words, as `topic=refund`."""
    found = Counter(phrases(text) + pieces(text))
    found.update(f"={fact}" for fact in facts)
    counts: dict[int, int] = {}
    for feature, times in found.items():
        number = code(feature)
        counts[number] = counts.get(number, 0) + times
    return counts


def phrase_codes(text: str) -> dict[int, str]:
    """The words and pairs of words of a text by their numbers: what a likeness can be put into words with."""
    return {code(phrase): phrase for phrase in phrases(text)}
