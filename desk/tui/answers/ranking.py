"""Which canned answers fit what is being typed: fuzzy over title, text and key, fast enough for every keystroke."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from db.kinds import Channel, Language
from db.rows import AnswerRow
from desk.rules.answers import text_for

_WORD = re.compile(r"\w+")
_IN_TITLE, _IN_KEY, _SCATTERED, _IN_TEXT, _MISSPELT = 60, 50, 25, 15, 10
_STARTS = 30
_OTHER_CHANNEL = -200
LONGEST_QUERY = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as the list shows it, with what is searched; `language` is the one its text is really in."""

    answer: AnswerRow
    language: Language
    title: str
    text: str
    fits_channel: bool
    folded_title: str = ""
    folded_titles: str = ""
    folded_text: str = ""
    folded_key: str = ""
    words: frozenset[str] = field(default_factory=frozenset)


def fold(text: str) -> str:
    """Text as it is compared: no case, no accents, full width as half width."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def entries(
    answers: Iterable[AnswerRow],
    channel: Channel,
    language: Language,
    fallback: Language,
    topic: str | None = None,
    used: Mapping[str, int] | None = None,
) -> tuple[Entry, ...]:
    """What the list holds for a customer: answers of the channel and language first, then those most `used`.

    `used` counts what was sent on cases of the topic; what was never sent on one stands behind, the topic's own first.
    """
    counts = used or {}
    found = [_entry(answer, channel, language, fallback) for answer in answers if answer.texts]
    found.sort(
        key=lambda entry: (
            not entry.fits_channel,
            entry.language is not language and entry.answer.snippet_id is None,
            -counts.get(entry.answer.key, 0),
            topic is None or entry.answer.topic_key != topic,
            entry.answer.key,
        )
    )
    return tuple(found)


def ranked(found: Sequence[Entry], query: str) -> tuple[Entry, ...]:
    """The entries in which every word of the query is found, best first; all of them, as they are, for no query."""
    words = fold(query[:LONGEST_QUERY]).split()
    if not words:
        return tuple(found)
    misspelt = {word: _near(word, found) for word in words}
    scored = []
    for place, entry in enumerate(found):
        scores = [_score(entry, word, misspelt[word]) for word in words]
        if all(scores):
            scored.append((-sum(scores) - (0 if entry.fits_channel else _OTHER_CHANNEL), place, entry))
    scored.sort(key=lambda one: one[:2])
    return tuple(entry for _, _, entry in scored)


def _entry(answer: AnswerRow, channel: Channel, language: Language, fallback: Language) -> Entry:
    shown, words = text_for(answer, language, fallback)
    titles = fold(" ".join(text.title for text in answer.texts.values()))
    key = fold(answer.key)
    return Entry(
        answer=answer,
        language=shown,
        title=words.title,
        text=words.text,
        fits_channel=not answer.channels or channel.value in answer.channels,
        folded_title=fold(words.title),
        folded_titles=titles,
        folded_text=fold(words.text),
        folded_key=key,
        words=frozenset(_WORD.findall(titles) + _WORD.findall(key)),
    )


def _score(entry: Entry, word: str, misspelt: frozenset[str]) -> int:
    for text, worth in ((entry.folded_title, _IN_TITLE), (entry.folded_key, _IN_KEY), (entry.folded_titles, _IN_KEY)):
        at = text.find(word)
        if at >= 0:
            return worth + (_STARTS if at == 0 or not text[at - 1].isalnum() else 0)
    if word in entry.folded_text:
        return _IN_TEXT
    if len(word) > 2 and (_scattered(word, entry.folded_key) or _scattered(word, entry.folded_title)):
        return _SCATTERED
    return _MISSPELT if not misspelt.isdisjoint(entry.words) else 0


def _scattered(word: str, text: str) -> bool:
    """Whether the letters of `word` stand in `text` in that order, the first one at the start of a word."""
    at = text.find(word[0])
    while at > 0 and text[at - 1].isalnum():
        at = text.find(word[0], at + 1)
    for letter in word:
        at = text.find(letter, at) + 1 if at >= 0 else 0
        if at == 0:
            return False
    return True


def _near(word: str, found: Sequence[Entry]) -> frozenset[str]:
    """Words of titles and keys that are a slip of the fingers away from `word`."""
    if len(word) < 4:
        return frozenset()
    slips = 1 if len(word) == 4 else 2
    known = {other for entry in found for other in entry.words}
    return frozenset(
        other
        for other in known
        if other[0] == word[0] and abs(len(other) - len(word)) <= slips and _slips(word, other) <= slips
    )


def _slips(one: str, other: str) -> int:
    """Letters to insert, drop, change or swap with a neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        previous, before, row = before, row, [place, *([0] * len(other))]
        for column, opposite in enumerate(other, 1):
            row[column] = min(before[column] + 1, row[column - 1] + 1, before[column - 1] + (letter != opposite))
            swapped = place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == opposite
            if swapped:
                row[column] = min(row[column], previous[column - 2] + 1)
    return row[-1]
