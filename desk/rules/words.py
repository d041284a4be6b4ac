"""Finding given words in a text, whatever its case, spaces and accents; one pass a word, so that no text takes long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MOST_TEXT = 20_000
"""Characters of a text in which words are looked for."""
MOST_WORDS = 500
"""Words that one list may have."""

_NOT_LETTERS = re.compile(r"[\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def folded(text: str) -> str:
    """Lower case without accents, its words between single blanks, a blank at both ends."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:MOST_TEXT]).casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return f" {_NOT_LETTERS.sub(' ', unicodedata.normalize('NFC', plain)).strip()} "


def found(words: Iterable[str], text: str) -> tuple[str, ...]:
    """Those of the words and phrases that stand in a `folded` text, as they were given.

    A word is found as a whole, one that ends in `*` as the beginning of one. What is written without blanks, such as
    Chinese, is found wherever it stands.
    """
    return tuple(word for word in words if _pattern(word) in text)


def is_findable(word: str) -> bool:
    """Whether there is anything in it to look for."""
    return bool(folded(word.removesuffix("*")).strip())


@lru_cache(maxsize=8192)
def _pattern(word: str) -> str:
    plain = folded(word.removesuffix("*")).strip()
    if _UNSPACED.search(plain):
        return plain
    return f" {plain}" if word.endswith("*") else f" {plain} "
