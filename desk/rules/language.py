"""The language of a short text, told offline by its letters and its everyday words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from db.kinds import Language

_MOST = 1_600
_NOT_WORDS = re.compile(
    r"https?://\S{1,300}|www\.\S{1,300}|\S{1,64}@\S{1,100}|[@#]\w{1,60}|\[[^\]\n]{0,80}\]|<[^>\n]{0,200}>"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*2?")
_SCRIPTS = re.compile(
    "(?P<kana>[\u3041-\u30ff])|(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff])|(?P<hangul>[\uac00-\ud7a3\u1100-\u11ff]{1,3})"
    "|(?P<cyrillic>[\u0400-\u04ff]+)|(?P<arabic>[\u0620-\u06ff]+)|(?P<hebrew>[\u05d0-\u05ea]+)|(?P<thai>[\u0e01-\u0e5b]{1,4})"
    "|(?P<greek>[\u0370-\u03ff]+)|(?P<indic>[\u0900-\u0dff]+)|(?P<latin>[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]+)"
)
"""Words where a script has them; characters, or a few of them, where it writes without blanks."""
_INDIC = (("\u0900", "hi"), ("\u0980", "bn"), ("\u0a00", "pa"), ("\u0a80", "gu"), ("\u0b80", "ta"), ("\u0c00", "te"),
          ("\u0c80", "kn"), ("\u0d00", "ml"))  # fmt: skip
_SHORT = 2
"""Up to so many words without a plain sign, a text inherits the language of what surrounds it."""

_INDONESIAN = re.compile(
    r"(?:me(?:m|n|ng|ny|l|r)|di|ber|ter|ke|pe|se|per)\w{3,}(?:kan|nya|an|i)|\w{2,}(?:nya|kah|lah|kan)|\w{3,}2"
    r"|(\w{3,})-\1(?:nya|an)?"
    r"|(?:ng|ny)[aeiou]\w{2,}|\w{2,}(?:ku|mu)|(?:me(?:mb|mp|nd|nt|ng|ny)|di|ber|ter)\w{4,}"
)
_ENGLISH = re.compile(
    r"\w{3,}(?:ing|tion|tions|ment|ness|ed|ly|ity|ble|ght|ck|tch|ous|ful|less|ence|ance|ies|ive|ate|ure|age)|(?:th|wh|sh|kn"
    r"|wr)\w{2,}|\w*(?:ee|oo|ea|ow|ew|x|v)\w*|\w+'(?:s|t|re|ve|ll|m|d)"
)


_ELSEWHERE = re.compile(
    r"\w*(?:(?P<pl>szcz|rz[eyą]|prze|przy|[łąęśźż]|(?:ych|owi|iego|niach|wam|acji|enia)\b)|(?P<nl>ij|schr"
    r"|(?:heid|aal|aar|eer|uur|oor|ieën)\b|oek|aam)"
    r"|(?P<de>sch|(?:ung|ungen|lich|keit|isch)\b|[äß])|(?P<es>ción\b|[ñ])|(?P<pt>(?:ção|ções|mente|agem)\b"
    r"|[ãõ])|(?P<cs>[řěů])|(?P<tr>[ğı])"
    r"|(?P<vi>[ơưđạảấầẩậắằịọốồộớờợụủứừự])|(?P<hu>[őű])|(?P<ro>[țș])|(?P<sv>(?:ningen|ande)\b|å)|(?P<da>[øæ])"
    r"|(?P<fr>(?:eux|aient|elle|ique|oir)\b|[èêœ])|(?P<it>(?:zione|zioni|mente|ità)\b)|(?P<fi>(?:ssa|ssä|lla"
    r"|llä|inen|sti)\b))"
)
"""Spellings that neither Indonesian nor English has."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A language the desk knows, and how certain that is, from 0 to 1."""

    language: Language
    certainty: float


def detect(text: str, *, default: Language | None = None) -> Detection:
    """The desk's language of a text; one too short to tell inherits `default`.

    Text in Latin letters that is not plainly another language is Indonesian, slang and all.
    """
    code, certainty = identify(text)
    if default is not None and certainty < 0.5:
        return Detection(default, certainty)
    try:
        return Detection(Language(code), certainty)
    except ValueError:
        return Detection(Language.OTHER, certainty)


def identify(text: str) -> tuple[str, float]:
    """The ISO 639-1 code of a text, or `other`, and how certain that is, from 0 to 1."""
    text = _NOT_WORDS.sub(" ", text[:_MOST]) if len(text) > 12 else text
    if text.isascii():
        return _latin(text)
    counts: dict[str, float] = {}
    for found in _SCRIPTS.finditer(text):
        kind = found.lastgroup or ""
        counts[kind] = counts.get(kind, 0.0) + 1.0
    if not counts:
        return "other", 0.0
    # Chinese with English words in it is Chinese: where it is even, Latin letters are the guests
    script = max(counts, key=lambda kind: (counts[kind], kind != "latin"))
    certainty = counts[script] / sum(counts.values())
    if script == "latin":
        return _latin(text)
    return _by_script(script, counts, text), round(certainty, 3)


def _by_script(script: str, counts: dict[str, float], text: str) -> str:
    if script in ("han", "kana"):
        return "ja" if counts.get("kana", 0.0) * 8 >= counts.get("han", 0.0) else "zh"
    if script == "cyrillic":
        low = text.lower()
        if any(letter in low for letter in "іїєґ"):
            return "uk"
        return "bg" if low.count("ъ") * 60 > len(low) and "ы" not in low else "ru"
    if script == "arabic":
        return "fa" if sum(map(text.count, "پچژگ")) * 40 > len(text) else "ar"
    if script == "indic":
        first = next(char for char in text if "\u0900" <= char <= "\u0dff")
        return [code for start, code in _INDIC if start <= first][-1]
    return {"hangul": "ko", "hebrew": "he", "thai": "th", "greek": "el"}[script]


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each word with the languages that use it; a word of many languages says less of each."""
    from desk.rules.language_words import LOAN, PARTICLES, PLAIN

    weights = dict.fromkeys((("en", word) for word in LOAN.split()), 0.35)
    weights.update(dict.fromkeys((("id", word) for word in PARTICLES.split()), 1.6))
    users: dict[str, list[str]] = {}
    for code, words in PLAIN.items():
        for word in set(words.split()):
            users.setdefault(word, []).append(code)
    return {
        word: tuple((code, weights.get((code, word), 1.0) / len(codes) ** 0.5) for code in codes)
        for word, codes in users.items()
    }


def _latin(text: str) -> tuple[str, float]:
    known = _words()
    scores: dict[str, float] = {}
    hits: dict[str, set[str]] = {}
    words = _WORD.findall(text.lower().replace("’", "'"))[:300]
    for word in words:
        for code, weight in known.get(word, ()):
            scores[code] = scores.get(code, 0.0) + weight
            hits.setdefault(code, set()).add(word)
        if word not in known:
            if _INDONESIAN.fullmatch(word):
                scores["id"] = scores.get("id", 0.0) + 0.6
            if _ENGLISH.fullmatch(word):
                scores["en"] = scores.get("en", 0.0) + 0.3
            elsewhere = _ELSEWHERE.match(word)
            if elsewhere is not None:
                code = elsewhere.lastgroup or ""
                scores[code] = scores.get(code, 0.0) + 0.8
                hits.setdefault(code, set()).add(word)
    if not words:
        return "other", 0.0
    return _decided(scores, hits, len(words), text)


def _decided(scores: dict[str, float], hits: dict[str, set[str]], words: int, text: str) -> tuple[str, float]:
    indonesian, english = scores.get("id", 0.0), scores.get("en", 0.0)
    other = max((code for code in scores if code not in ("id", "en")), key=lambda code: scores[code], default=None)
    home = max(indonesian, english)
    if other is not None:
        accented = sum(1 for char in text if "\u00c0" <= char <= "\u1eff") * 20 > len(text) - text.count(" ")
        needed = 2 if accented else 3
        if len(hits.get(other, ())) >= needed and scores[other] > home * (1.0 if accented else 1.3):
            return other, min(0.95, scores[other] / (scores[other] + home + 1))
    if not home:
        return "id", 0.2 if words <= _SHORT else 0.4
    code = "en" if english > indonesian else "id"
    certainty = abs(english - indonesian) / (english + indonesian)
    if words <= _SHORT and home < 1.0:
        certainty = min(certainty, 0.45)
    return code, round(0.5 + certainty / 2 if certainty > 0.1 else 0.45, 3)
