"""A linear model over TF-IDF features (softmax regression), with the past texts beside it that explain what it says.

It learns by stochastic gradient descent, one text at a time, so it also learns from one further text at once.
docs/suggestions.md has what was measured, and against what.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk.learning.features import counted, phrase_codes

EPOCHS = 5
RATE = 3.0
"""Length of the first steps; it falls to nothing by the end."""

LATER_EPOCHS = 8
LATER_RATE = 1.0
"""For texts that come after the rest was learned: each has to be felt at once, and none may undo the others."""

MOST_FEATURES = 200_000
"""Features that are kept, the most frequent first: they bound the memory."""

NEIGHBOUR_WEIGHT = 0.2
"""What the nearest past texts have to say beside the linear model."""

NEAREST = 20
BREATH = 50
"""Texts learned between two calls of `breathe`."""

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
"""What is only looked up: half the memory, and exact to a thousandth."""
Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the key of the answer that fitted it; `ref` is its case, 0 for what came from no case."""

    text: str
    answer: str
    ref: int = 0
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """An answer that fits, between 0 and 1 how well; `refs` are the past cases most alike, `shared` words of theirs."""

    answer: str
    score: float
    refs: tuple[int, ...] = ()
    shared: str = ""


def _nothing() -> None:
    return None


class Model:
    """What was learned. Not for two threads at once."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.count = 0
        """Texts learned."""
        self._codes: Codes = np.zeros(0, np.uint32)
        self._frequency: Floats = np.zeros(0, np.float32)
        self._weights: Halves = np.zeros((0, 0), np.float16)
        self._refs: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._labels: Numbers = np.zeros(0, np.int32)
        self._index(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float16))

    def learn(self, examples: Sequence[Example], breathe: Callable[[], None] = _nothing) -> None:
        """Learn from these as well; `breathe` is called every few milliseconds, for others to have a turn."""
        if not examples:
            return
        is_first = self.count == 0
        texts = []
        for place, example in enumerate(examples):
            texts.append(_columns(counted(example.text, example.facts)))
            if place % BREATH == 0:
                breathe()
        known = self._codes
        weights = self._meet(examples, texts)
        vectors = [self._vector(*text) for text in texts]
        labels = self._labels_of(example.answer for example in examples)
        epochs, rate = (EPOCHS, RATE) if is_first else (LATER_EPOCHS, LATER_RATE)
        _descend(weights, vectors, labels, epochs, rate, breathe)
        self._weights = weights.astype(np.float16)
        self._remember(examples, vectors, labels, known)

    def best(
        self,
        text: str,
        allowed: Collection[str] | None = None,
        *,
        facts: tuple[str, ...] = (),
        most: int = 3,
    ) -> tuple[Fit, ...]:
        """The answers that fit a text best, best first; of `allowed` only, when that is given."""
        if not self.answers:
            return ()
        rows, values = self._vector(*_columns(counted(text, facts)))
        scores = _softmax(values @ self._weights[rows].astype(np.float32))
        likeness = self._likeness(rows, values)
        total = scores + NEIGHBOUR_WEIGHT * self._votes(likeness)
        order = [int(each) for each in np.argsort(-total, kind="stable")]
        chosen = [each for each in order if allowed is None or self.answers[each] in allowed][:most]
        spoken = phrase_codes(text)
        return tuple(
            Fit(
                self.answers[each],
                float(total[each]) / (1 + NEIGHBOUR_WEIGHT),
                *self._like(each, likeness, rows, values, spoken),
            )
            for each in chosen
        )

    def dumped(self) -> bytes:
        """All of it as bytes, for `loaded`: a zipped numpy archive, which holds numbers and nothing that runs."""
        file = io.BytesIO()
        in_order = np.argsort(self._holders, kind="stable")
        np.savez_compressed(
            file,
            answers=np.array("\n".join(self.answers)),
            count=np.array(self.count),
            codes=self._codes,
            frequency=self._frequency,
            weights=self._weights,
            refs=self._refs,
            labels=self._labels,
            lengths=np.bincount(self._holders, minlength=len(self._labels)).astype(np.int32),
            columns=self._codes[self._rows()[in_order]],
            values=self._held[in_order],
        )
        return file.getvalue()

    @classmethod
    def loaded(cls, data: bytes) -> Model:
        """What `dumped` gave. Raises `ValueError` or `KeyError` for anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            model = cls()
            names = str(kept["answers"])
            model.answers = names.split("\n") if names else []
            model.count = int(kept["count"])
            model._codes, model._frequency = kept["codes"], kept["frequency"]
            model._weights = kept["weights"]
            model._refs, model._labels = kept["refs"], kept["labels"]
            texts = np.repeat(np.arange(len(model._labels), dtype=np.int32), kept["lengths"])
            model._index(texts, model._rows_of(kept["columns"]), kept["values"])
        return model

    def _meet(self, examples: Sequence[Example], texts: Sequence[tuple[Codes, Floats]]) -> Floats:
        """Make room for the answers and features of new texts, and count in how many each feature occurs.

        The weights as far as they are known, to learn on from.
        """
        self.answers += sorted({example.answer for example in examples} - set(self.answers))
        self.count += len(texts)
        seen, times = np.unique(np.concatenate([codes for codes, _ in texts]), return_counts=True)
        codes = np.union1d(self._codes, seen)
        frequency = np.zeros(len(codes), np.float32)
        frequency[np.searchsorted(codes, self._codes)] = self._frequency
        frequency[np.searchsorted(codes, seen)] += times
        weights = np.zeros((len(codes), len(self.answers)), np.float32)
        weights[np.searchsorted(codes, self._codes), : self._weights.shape[1]] = self._weights
        if len(codes) > MOST_FEATURES:
            kept = np.sort(np.argsort(-frequency, kind="stable")[:MOST_FEATURES])
            codes, frequency, weights = codes[kept], frequency[kept], weights[kept]
        self._codes, self._frequency = codes, frequency
        return weights

    def _vector(self, codes: Codes, values: Floats) -> tuple[Numbers, Floats]:
        """The rows of a text's features that are known, and their weights: TF-IDF with the length of 1."""
        found = self._rows_of(codes)
        known = found >= 0
        rows = found[known]
        weighed = values[known] * (np.log((1 + self.count) / (1 + self._frequency[rows])) + 1)
        length = float(np.sqrt(weighed @ weighed))
        return rows, (weighed / length if length else weighed).astype(np.float32)

    def _labels_of(self, answers: Iterable[str]) -> list[int]:
        places = {answer: place for place, answer in enumerate(self.answers)}
        return [places[answer] for answer in answers]

    def _remember(
        self,
        examples: Sequence[Example],
        vectors: Sequence[tuple[Numbers, Floats]],
        labels: Sequence[int],
        known: Codes,
    ) -> None:
        """Keep the words of the texts, to find those most alike; `known` are the features of those kept before."""
        texts, rows, values = [self._holders.astype(np.int32)], [self._rows_of(known[self._rows()])], [self._held]
        for place, (example, (its, weighed)) in enumerate(zip(examples, vectors, strict=True), len(self._labels)):
            is_phrase = np.isin(self._codes[its], np.array(list(phrase_codes(example.text)), np.uint32))
            texts.append(np.full(int(is_phrase.sum()), place, np.int32))
            rows.append(its[is_phrase])
            values.append(weighed[is_phrase].astype(np.float16))
        self._labels = np.concatenate([self._labels, np.array(labels, np.int32)])
        self._refs = np.concatenate([self._refs, np.array([example.ref for example in examples], np.int64)])
        self._index(np.concatenate(texts), np.concatenate(rows), np.concatenate(values))

    def _index(self, texts: Numbers, rows: Numbers, values: Halves) -> None:
        """Keep which remembered texts hold a feature: those at `_starts[row]` to `_starts[row + 1]` of `_holders`.

        They stand there in the order of their numbers, as they have to be given for each row, with the feature's weight
        in each in `_held`. A row of -1 is no feature any more.
        """
        kept = rows >= 0
        texts, rows, values = texts[kept], rows[kept], values[kept]
        order = np.argsort(rows, kind="stable")
        number = np.uint16 if len(self._labels) < 2**16 else np.int32
        self._holders, self._held = texts[order].astype(number), values[order]
        self._starts: Numbers = np.searchsorted(rows[order], np.arange(len(self._codes) + 1)).astype(np.int32)

    def _rows(self) -> Numbers:
        """The row of each of `_holders`."""
        return np.repeat(np.arange(len(self._starts) - 1, dtype=np.int32), np.diff(self._starts))

    def _rows_of(self, codes: Codes) -> Numbers:
        """The row of each of these features; -1 for those that are not known."""
        if not len(self._codes):
            return np.full(len(codes), -1, np.int32)
        rows = np.minimum(np.searchsorted(self._codes, codes).astype(np.int32), len(self._codes) - 1)
        return np.where(self._codes[rows] == codes, rows, np.int32(-1))

    def _likeness(self, rows: Numbers, values: Floats) -> Floats:
        """How alike each remembered text is: the cosine over words."""
        parts = [slice(self._starts[row], self._starts[row + 1]) for row in rows]
        if not parts or not len(self._labels):
            return np.zeros(len(self._labels), np.float32)
        holders = np.concatenate([self._holders[part] for part in parts])
        held = np.concatenate([self._held[part] * value for part, value in zip(parts, values, strict=True)])
        return np.bincount(holders, held, minlength=len(self._labels)).astype(np.float32)

    def _votes(self, likeness: Floats) -> Floats:
        """The share of each answer among the nearest texts, the nearer the more."""
        votes = np.zeros(len(self.answers), np.float32)
        if len(likeness):
            most = min(NEAREST, len(likeness))
            nearest = np.argpartition(-likeness, most - 1)[:most]
            np.add.at(votes, self._labels[nearest], likeness[nearest] ** 2)
        total = float(votes.sum())
        return votes / total if total else votes

    def _like(
        self, label: int, likeness: Floats, rows: Numbers, values: Floats, spoken: dict[int, str]
    ) -> tuple[tuple[int, ...], str]:
        """The two cases most alike that were answered so, and what the nearest one shares that speaks most for it."""
        places = np.flatnonzero((self._labels == label) & (likeness > 0))
        nearest = [int(place) for place in places[np.argsort(-likeness[places], kind="stable")][:8]]
        if not nearest:
            return (), ""
        refs = tuple(dict.fromkeys(int(self._refs[place]) for place in nearest if self._refs[place]))[:2]
        says = values * np.maximum(self._weights[rows, label], 0)
        weights = {
            code: says
            for row, code, says in zip(rows.tolist(), self._codes[rows].tolist(), says.tolist(), strict=True)
            if code in spoken and self._holds(nearest[0], row)
        }
        shared = [(code, phrase) for code, phrase in spoken.items() if code in weights]
        # Amounts and numbers tell cases apart, and tell a person nothing.
        shared.sort(key=lambda each: (_has_digit(each[1]), -weights[each[0]] * (1 + each[1].count(" "))))
        return refs, shared[0][1] if shared else ""

    def _holds(self, text: int, row: int) -> bool:
        """Whether a remembered text holds a feature."""
        holders = self._holders[self._starts[row] : self._starts[row + 1]]
        place = int(np.searchsorted(holders, text))
        return place < len(holders) and int(holders[place]) == text


def _descend(
    weights: Floats,
    vectors: Sequence[tuple[Numbers, Floats]],
    labels: Sequence[int],
    epochs: int,
    rate: float,
    breathe: Callable[[], None],
) -> None:
    """Fit the weights to the texts, in place."""
    order = list(range(len(vectors)))
    shuffle = random.Random(len(order)).shuffle  # noqa: S311  (the same texts give the same model)
    steps, step = epochs * len(order), 0
    for _ in range(epochs):
        shuffle(order)
        for each in order:
            rows, values = vectors[each]
            error = _softmax(values @ weights[rows])
            error[labels[each]] -= 1
            weights[rows] -= np.outer(values * (rate * (1 - step / steps)), error)
            step += 1
            if step % BREATH == 0:
                breathe()


def _columns(counts: dict[int, int]) -> tuple[Codes, Floats]:
    codes = np.fromiter(counts.keys(), np.uint32, len(counts))
    return codes, np.fromiter((1 + math.log(times) for times in counts.values()), np.float32, len(counts))


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    found: Floats = powers / powers.sum()
    return found


def _has_digit(phrase: str) -> bool:
    return any(sign.isdigit() for sign in phrase)
