"""The language of an answer, against the customer's."""

from __future__ import annotations

from collections.abc import Iterator

from db.kinds import Language
from desk.rules.language import detect
from desk.rules.quality.written import Finding, Written

SURE = 0.7
SHORTEST = 24
"""Characters from which on a text is long enough to tell its language; one of Chinese counts as three."""

NAMES = {Language.INDONESIAN: "Indonesian", Language.ENGLISH: "English", Language.CHINESE: "Chinese"}


def other_language(written: Written) -> Iterator[Finding]:
    """When the answer is surely in another one of our languages than the customer writes."""
    text = written.own.strip()
    if written.language is Language.OTHER or sum(1 if sign < "\u3000" else 3 for sign in text) < SHORTEST:
        return
    found = detect(text, default=written.language)
    if found.language is not written.language and found.language in NAMES and found.certainty >= SURE:
        yield Finding("language", f"this is {NAMES[found.language]}; the customer writes {NAMES[written.language]}")
