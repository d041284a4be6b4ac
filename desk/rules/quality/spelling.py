"""Words that the dictionary of the answer's language does not have."""

from __future__ import annotations

from collections.abc import Iterator

from desk.rules.quality.written import Finding, Written

MOST = 5


def misspelt_words(written: Written) -> Iterator[Finding]:
    """The words at `misspelt`, at most five; empty where no dictionary was asked."""
    for start, end in written.misspelt[:MOST]:
        yield Finding("spelling", f"spelling: {written.text[start:end]}", start, end)
