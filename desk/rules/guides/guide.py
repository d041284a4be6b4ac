"""What a guide is: its steps, what may come of each, where it ends, and what it collects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from db.kinds import Language
from desk.rules.guides import facts
from desk.rules.guides.facts import Fact
from desk.rules.guides.fields import Field

Words = Mapping[Language, str]
"""The same few words in each of the desk's languages."""

LANGUAGES = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
WORKED, DID_NOT, CANNOT = "worked", "did_not", "cannot"

USUAL_OUTCOMES: Mapping[str, Words] = {
    WORKED: {Language.INDONESIAN: "Berhasil", Language.ENGLISH: "Worked", Language.CHINESE: "已解决"},
    DID_NOT: {Language.INDONESIAN: "Belum berhasil", Language.ENGLISH: "Did not work", Language.CHINESE: "未解决"},
    CANNOT: {
        Language.INDONESIAN: "Pelanggan tidak bisa",
        Language.ENGLISH: "Customer can't",
        Language.CHINESE: "客户无法操作",
    },
    **facts.WORDS,
}
"""The outcomes that need no words of their own in a file."""


class EndKind(StrEnum):
    """What an end of a guide does with its case."""

    SOLVED = "solved"
    ESCALATE = "escalate"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what the agent is told, what the customer is sent, what is collected, and what may come of it."""

    key: str
    title: Words
    ask: Words
    outcomes: tuple[tuple[str, str], ...]
    """Each outcome with the step or end that it leads to, in the order of their keys."""
    say: Words | None = None
    answer: str = ""
    """The key of a canned answer that is sent in place of `say`."""
    collect: tuple[str, ...] = ()
    fact: Fact | None = None
    """What decides the step; none where the agent does."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a guide ends: what becomes of the case, and the customer's last words, if there are any."""

    key: str
    kind: EndKind
    title: Words
    say: Words | None = None
    answer: str = ""
    queue: str = ""
    topic: str = ""
    """What the case is about from then on; empty leaves it."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide; `topics` are those for whose cases it is proposed first."""

    key: str
    title: Words
    start: str
    steps: Mapping[str, Step]
    ends: Mapping[str, End]
    topics: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    outcomes: Mapping[str, Words] = field(default_factory=dict)
    """The words of outcomes that are this guide's own."""
    version: int = 1

    def outcome_words(self, outcome: str) -> Words:
        """How an outcome is called; by its key where nobody said."""
        return self.outcomes.get(outcome) or USUAL_OUTCOMES.get(outcome) or dict.fromkeys(LANGUAGES, outcome)

    def title_of(self, place: str) -> Words:
        """How a step or an end is called; by its key where there is none such."""
        found = self.steps.get(place) or self.ends.get(place)
        return found.title if found is not None else dict.fromkeys(LANGUAGES, place)


def in_language(words: Words, language: Language, fallback: Language = Language.ENGLISH) -> str:
    """The words in a language, else in `fallback`, else in any."""
    return words.get(language) or words.get(fallback) or next(iter(words.values()), "")
