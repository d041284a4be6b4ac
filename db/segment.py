"""Cutting text into the words that search stores and looks for; the same words for SQLite and PostgreSQL.

Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese put no reliable spaces between words. A run of these becomes
overlapping pairs of signs and, last, its final sign alone, so that every sign begins a word: 申请退款 is stored as
`申请 请退 退款 款`, and is found by 退款, by 请退款 and, as the beginning of a word, by 款.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from db.folding import fold_phone, is_invisible

WORD_LENGTH = 64
"""Longest word kept, in characters; of a longer one the beginning is kept, in documents and queries alike."""

GAP = "¶"
"""Stands between parts, so that no phrase reaches across. It is no letter: nobody can search for it."""

SENDER = "¤"
"""Put before the words of a sender's name and addresses; it is no letter either."""

PLACES = 16_000
"""Words of one case that are kept in their order; PostgreSQL numbers places up to 16,383 only."""

TAIL = 4_000
"""Different words kept beyond those, each once: findable alone, not in a phrase. What follows is not findable."""

REPEATS = 255
"""Occurrences of one word that are kept in order: PostgreSQL stores no more places for a word."""

TERMS_BYTES = 600_000
"""Most bytes of one case's terms: a tsvector has to stay under 1 MiB with its places."""

TEXT_LENGTH = 250_000
"""Characters of one text that are read at all."""

MARKS_IN_A_ROW = 4
"""Further combining marks on one letter are dropped: long runs of them make Unicode normalisation quadratic."""

# Combining marks that only decorate a letter: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
_DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u19e0-\u19ff\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3040-\u318f\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters that show nothing."""
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile("[0-9a-z]+")
_ASCII_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
_PHONE = re.compile(r"(?<![\w+.,:/-])(?:\+|00?|62)(?=[\d(])[\d ().\u2010-\u2015-]{6,22}\d(?!\w)", re.ASCII)
_AMOUNT = re.compile(r"(?<!\d)(?<!\d[.,])\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?![\d])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand in a row; with `open` the last one may be the beginning of a longer one."""

    words: tuple[str, ...]
    open: bool = False


def words(text: str) -> list[str]:
    """The words of a text in order, as they are stored: lower case, of letters and digits (any script) only.

    Compatibility forms are one (NFKC), accents are dropped, invisible characters vanish from within words, and
    digits of every script are ASCII digits.
    """
    text = text[:TEXT_LENGTH]
    plain = _plain_words(text)
    return plain if plain is not None else [word for run in _runs(text) for word in run]


def phrase(text: str, *, open_end: bool) -> Phrase | None:
    """What to look for to find `text` as it stands; None when it has neither letter nor digit.

    The last word may go on when `open_end` says so, or when it is a lone sign of a script without spaces.
    """
    runs = list(_runs(text))
    if not runs:
        return None
    final = runs[-1]
    lone = len(final) == 1 and bool(_UNSPACED.match(final[0]))
    if len(final) > 1:
        final.pop()  # the sign that ends the run here may have another after it in the document
    return Phrase(tuple(word for run in runs for word in run), open_end or lone)


def joined_numbers(text: str) -> list[str]:
    """Phone numbers (as `db.folding` compares them) and grouped amounts in a text, without their separators."""
    text = text[:TEXT_LENGTH]
    plain = text if text.isascii() else _normalised(text)
    found = [re.sub(r"\D", "", match[0]) for match in _AMOUNT.finditer(plain)]
    for match in _PHONE.finditer(plain):
        digits = fold_phone(match[0]) if re.search("[1-9]", match[0]) else ""
        if 9 <= len(digits) <= 15:
            found.append(digits)
    return list(dict.fromkeys(found))


def document_terms(*parts: str, senders: Iterable[str] = ()) -> str:
    """What `search_document.terms` holds for a case with these texts: words joined by spaces.

    `senders` are names and addresses of whoever wrote; `from:` looks among their words only, free words find
    them too. A phrase never reaches from one part into another. See `PLACES` for what becomes of very long cases.
    """
    return extended_terms("", *parts, senders=senders)


def extended_terms(terms: str, *parts: str, senders: Iterable[str] = ()) -> str:
    """The terms of a case after further texts were added to it; bounded as `document_terms` is."""
    document = _Document(terms)
    for part in parts:
        document.add_text(part)
    for sender in senders:
        if document.add([SENDER + word for word in words(sender)], once=True):
            for number in joined_numbers(sender):
                document.add([SENDER + number])
            document.add_text(sender)
    return " ".join(document.terms)


class _Document:
    """The terms of a case while they are put together."""

    def __init__(self, terms: str) -> None:
        self.terms = terms.split()
        self._seen = Counter(self.terms)
        self._bytes = len(terms.encode()) + 1
        self._parts = {part.strip() for part in terms.split(GAP)}

    def add_text(self, text: str) -> None:
        """Put the words of a text at the end, and after them its numbers without their separators."""
        self.add(words(text))
        for number in joined_numbers(text):
            self.add([number])

    def add(self, part: list[str], *, once: bool = False) -> bool:
        """Put one part at the end, with a gap after it; with `once`, not (False) if it is there already."""
        if not part or (once and " ".join(part) in self._parts):
            return False
        if not self._added_whole(part):
            self._add_what_fits(part)
        return True

    def _added_whole(self, part: list[str]) -> bool:
        """Put a part at the end if all of it fits, as nearly every one does: at once it takes a third of the time."""
        counts = Counter(part)
        size = self._bytes + len(" ".join((*part, GAP, "")).encode())
        too_often = any(self._seen[word] + count > REPEATS for word, count in counts.items())
        if too_often or size > TERMS_BYTES or len(self.terms) + len(part) >= PLACES:
            return False
        self.terms += [*part, GAP]
        self._seen.update(counts)
        self._seen[GAP] += 1
        self._bytes = size
        return True

    def _add_what_fits(self, part: list[str]) -> None:
        for word in (*part, GAP):
            if len(self.terms) < PLACES:
                self._append(word if word == GAP or self._seen[word] < REPEATS else GAP)
            elif word not in self._seen and len(self.terms) < PLACES + 2 * TAIL:
                self._append(GAP, word)

    def _append(self, *added: str) -> None:
        for word in added:
            self._bytes += (len(word) if word.isascii() else len(word.encode())) + 1
        if self._bytes <= TERMS_BYTES:
            self.terms.extend(added)
            for word in added:
                self._seen[word] += 1


def phone_number(text: str) -> str | None:
    """The number that this text is, as `db.folding` compares it; None when it is anything but a phone number."""
    found = joined_numbers(text) if _PHONE.fullmatch(_normalised(text).strip()) else []
    return found[-1] if found else None


def _runs(text: str) -> Iterator[list[str]]:
    """The words of each run of letters and digits; pairs and a last single sign where there are no spaces."""
    text = text[:TEXT_LENGTH]
    plain_words = _plain_words(text)
    if plain_words is not None:
        yield from ([word] for word in plain_words)
        return
    plain = _normalised(text)
    units: list[str] = []
    unspaced = False
    for sign in plain + " ":
        ends = not sign.isalnum()
        if ends and units and unicodedata.category(sign)[0] == "M":
            units[-1] += sign
            continue
        kind = unspaced if ends else bool(_UNSPACED.match(sign)) and not sign.isdecimal()
        if units and (ends or kind is not unspaced):
            yield _paired(units) if unspaced else ["".join(units[:WORD_LENGTH])[:WORD_LENGTH]]
            units = []
        unspaced = kind
        if not ends:
            units.append(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign)


def _plain_words(text: str) -> list[str] | None:
    """The words of a text in which each is a run of letters and digits; None where it takes a closer look."""
    if text.isascii():
        found = _ASCII_WORD.findall(_ASCII_CONTROLS.sub("", text).lower())
    else:
        plain = _normalised(text)
        if any(map(_is_special, set(plain))):
            return None
        found = _WORD.findall(plain)
    return [word[:WORD_LENGTH] for word in found]


def _paired(units: list[str]) -> list[str]:
    pairs = [first + second for first, second in pairwise(units)]
    return [*pairs, units[-1]]


@lru_cache(maxsize=4096)
def _is_special(sign: str) -> bool:
    """Whether a sign asks for more than to be a part of a word or to end one."""
    if sign.isalnum():
        return bool(_UNSPACED.match(sign)) or (sign.isdecimal() and not sign.isascii())
    return unicodedata.category(sign)[0] == "M"


@lru_cache(maxsize=16)
def _normalised(text: str) -> str:
    # Cut again: one compatibility sign can become eighteen.
    folded = unicodedata.normalize("NFKC", _visible(text))[:TEXT_LENGTH].casefold()
    bare = _DECORATION.sub("", unicodedata.normalize("NFKD", folded))
    return unicodedata.normalize("NFKC", _visible(bare.casefold()))


@lru_cache(maxsize=4096)
def _may_vanish(sign: str) -> bool:
    return sign in _FILLERS if sign.isalnum() else is_invisible(sign) or unicodedata.category(sign)[0] == "M"


def _visible(text: str) -> str:
    if not any(map(_may_vanish, set(text))):
        return text
    kept: list[str] = []
    marks = 0
    for sign in text:
        if sign.isalnum() and sign not in _FILLERS:
            marks = 0
        elif is_invisible(sign):
            continue
        elif unicodedata.category(sign)[0] == "M":
            marks += 1
            if marks > MARKS_IN_A_ROW:
                continue
        else:
            marks = 0
        kept.append(sign)
    return "".join(kept)
