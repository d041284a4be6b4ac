"""Which of some texts share the rarest words with another: what is known of an answer before anything was learned."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from db.segment import words


def by_words(text: str, told: Mapping[str, Sequence[str]]) -> list[tuple[str, float, str]]:
    """Keys of `told` whose texts share words with `text`, best first: the key, a score above 0, the rarest such word.

    A word counts by how few keys use it: `log(keys / those that use it)`.
    """
    used = {key: frozenset(word for each in texts for word in words(each)) for key, texts in told.items()}
    frequency = Counter(word for found in used.values() for word in found)
    asked = dict.fromkeys(words(text))
    scored = []
    for key, own in used.items():
        weights = {word: math.log(1 + len(used) / frequency[word]) for word in asked if word in own}
        if weights:
            score = sum(weights.values()) / math.sqrt(1 + len(own))
            scored.append((key, score, max(weights, key=lambda word: weights[word])))
    scored.sort(key=lambda each: (-each[1], each[0]))
    return scored
