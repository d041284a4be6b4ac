"""What a new case is probably about and how urgent it is: by words people wrote into a file, and by what came before.

Every word found counts its weight for its topic, and the topic of the customer's last case counts `HISTORY`. The topic
with the highest sum is proposed when it reaches `ENOUGH` and no other has the same; of words that mean urgency, the
most urgent counts. The reasons are the words themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.rules.words import found

ENOUGH = 2
HISTORY = 1
SURE = 3
"""What a word counts that is surely about its topic; an ordinary one counts 2, a hint 1."""
ORDINARY = 2
HINT = 1


@dataclass(frozen=True, slots=True)
class TopicWords:
    """Words by which a topic is known, in all languages."""

    topic: str
    sure: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Urgency:
    """Words that mean a priority, 1 (urgent) to 4 (low)."""

    priority: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of the file."""

    topics: tuple[TopicWords, ...] = ()
    urgency: tuple[Urgency, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A topic, a priority, or both, with reasons in words; empty when nothing speaks for anything."""

    topic: str = ""
    priority: int | None = None
    reasons: tuple[str, ...] = ()


def propose(lexicon: Lexicon, text: str, *, last_topic: str = "", topics: Sequence[str] | None = None) -> Proposal:
    """What a `words.folded` text is about. `topics` are those that the desk has; None allows all of the file."""
    topic, reasons = _topic(lexicon, text, last_topic, topics)
    priority, said = _urgency(lexicon, text)
    if priority is not None:
        reasons = (*reasons, f"priority {priority}: {_quoted(said)}")
    return Proposal(topic, priority, reasons)


def _topic(lexicon: Lexicon, text: str, last_topic: str, topics: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    scores: list[tuple[int, str, tuple[str, ...]]] = []
    for each in lexicon.topics:
        if topics is not None and each.topic not in topics:
            continue
        sure, ordinary, hints = found(each.sure, text), found(each.words, text), found(each.hints, text)
        score = SURE * len(sure) + ORDINARY * len(ordinary) + HINT * len(hints)
        said = (*sure, *ordinary, *hints)
        if said and each.topic == last_topic:
            scores.append((score + HISTORY, each.topic, (_quoted(said), "their last case was about it")))
        elif said:
            scores.append((score, each.topic, (_quoted(said),)))
    scores.sort(key=lambda one: -one[0])
    if not scores or scores[0][0] < ENOUGH or (len(scores) > 1 and scores[1][0] == scores[0][0]):
        return "", ()
    _, topic, reasons = scores[0]
    return topic, tuple(f"{topic}: {reason}" for reason in reasons)


def _urgency(lexicon: Lexicon, text: str) -> tuple[int | None, tuple[str, ...]]:
    for each in sorted(lexicon.urgency, key=lambda one: one.priority):
        if said := found(each.words, text):
            return each.priority, said
    return None, ()


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word.removesuffix('*')}”" for word in words[:4])
