"""Look-alikes: addresses, hosts and names whose letters are not the ones that a reader takes them for.

The idea is that of UTS #39 (Unicode security mechanisms): a word of letters from scripts that look alike is
marked, and so is a host that stands for another spelling. Nothing is refused or changed; a mark stands beside the
text as it came. What only resembles in ASCII (`rn`, `1`) is not looked for.

No library does this: the one made for it is not kept up. Python's own Unicode names carry the script of every letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from desk.rules.shown import line

LONGEST = 400
"""Characters of an address or name that are looked at; no address has more."""

MOST_LINKS = 3
"""Marked links of one message that are named; one of them is warning enough."""

_ALIKE = frozenset({"Latin", "Cyrillic", "Greek", "Coptic", "Armenian", "Cherokee", "Lisu"})
"""Scripts that share shapes with one another, of which a word needs one. Beside any other script Latin deceives
nobody: Chinese, Japanese, Korean and Arabic are written with Latin letters in between."""

_OTHER_NAMES = {"OHM": "Greek", "KELVIN": "Latin", "ANGSTROM": "Latin"}
"""Letters whose Unicode name does not begin with their script."""

_LATIN_SHAPES = frozenset("асԁеһіјӏорԛѕԝхуүѵονικυρτχαհոսցզօ")
"""Small letters of Cyrillic, Greek and Armenian that are drawn like a Latin one (from UTS #39's confusables)."""

_LINK = (
    r"(?<![\w.@+-])(?:"
    r"(?:[Hh][Tt]{2}[Pp][Ss]?|[Ff][Tt][Pp])://(?:[^\s/?#@<>\"']{1,64}+@)?"
    r"(?P<host>[^\s/?#:<>\"'()。｡，、；！？）」』]{1,253}+(?:[。｡][\w-]{1,63}+)*+)"
    r"|(?P<address>[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,8}+)"
    r"|(?P<bare>[\w-]{1,63}+(?:\.[\w-]{1,63}+){0,8}\.[A-Za-z]{2,24})(?![\w@]|\.\w))"
)
"""Each alternative begins where a word begins and gives nothing back: time in proportion to the text."""


class _Patterns(NamedTuple):
    suspect: re.Pattern[str]
    """The scripts in question, forms that stand for ASCII letters, and punycode: text without any is not looked at."""
    other_dots: re.Pattern[str]
    """What browsers read as a dot between the labels of a host (RFC 3490)."""
    host: re.Pattern[str]
    in_text: re.Pattern[str]
    between_words: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Built when the first stranger's name is shown: the first frame of the program has none and does not wait."""
    return _Patterns(
        suspect=re.compile(
            "[xX][nN]--|[\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1f00-\u1fff\u2100-\u214f\u249c-\u24e9\u2c80-\u2cff"
            "\u2de0-\u2dff\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf\ufb00-\ufb17\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
            "\U0001d400-\U0001d7ff]"
        ),
        other_dots=re.compile("[。．｡]"),
        host=re.compile(r"\S+[.。．｡](?:[A-Za-z]{2,24}|[xX][nN]--\S+)[.。．｡]?"),
        in_text=re.compile(_LINK),
        between_words=re.compile(r"[\W\d_]+"),
    )


def mark(text: str) -> str:
    """A short warning for an address, a host or a name, one safe line beginning with `⚠`; empty when it is honest.

    Tells which letters are of another script than they seem, and of a host its other spelling: `xn--…` for one that
    deceives, the letters for one that is written as `xn--…`.
    """
    text = text[:LONGEST]
    if text.isascii() and "xn--" not in text.lower():
        return ""
    patterns = _patterns()
    return _mark(text) if patterns.suspect.search(text) or patterns.other_dots.search(text) else ""


def flagged(text: str) -> str:
    """The text as one safe line, with a `⚠` in front when `mark` has something to say: for a narrow place."""
    return ("⚠ " if mark(text) else "") + line(text)


def marks_in(text: str) -> list[str]:
    """The links and addresses in a text that need a mark, each as `host ⚠ …`; at most `MOST_LINKS`."""
    if not _patterns().suspect.search(text):
        return []
    found: dict[str, None] = {}
    for name in _links(text):
        said = mark(name)
        if said:
            found.setdefault(f"{line(name)} {said}")
        if len(found) == MOST_LINKS:
            break
    return list(found)


def _links(text: str) -> Iterator[str]:
    for match in _patterns().in_text.finditer(text):
        name = match["host"] or match["address"] or match["bare"]
        if match["host"] and not re.search("[\uff01-\uff5e]", name):
            name = _patterns().other_dots.split(name)[0]  # a Chinese sentence may end behind a link
        yield name.rstrip(".")


@lru_cache(maxsize=4096)
def _mark(text: str) -> str:
    local, at, host = text.rpartition("@")
    if at or _is_host(text):
        return _address_mark(local, host)
    return _said([_mixed(_patterns().between_words.split(text))])


def _is_host(text: str) -> bool:
    return _patterns().host.fullmatch(text) is not None


def _address_mark(local: str, host: str) -> str:
    host = unicodedata.normalize("NFC", host.lower())
    plain = "".join(map(_plain, _patterns().other_dots.sub(".", host))).lower()
    labels = [_decoded(label) for label in plain.split(".")]
    shown = ".".join(labels)
    words = [word for label in (local, *labels) for word in _patterns().between_words.split(label)]
    reasons = [_mixed(words), _disguised(words)]
    if shown != plain:
        other = shown
    elif plain != host or (any(reasons) and not shown.isascii()):
        other = _spelt(plain)
    else:
        other = ""
    return _said([*reasons, other])


def _said(reasons: list[str]) -> str:
    return line("⚠ " + ", ".join(filter(None, reasons))) if any(reasons) else ""


def _mixed(words: list[str]) -> str:
    """The letters that do not belong to their word's script; empty when all are written together somewhere."""
    odd: dict[str, str] = {}
    for word in words:
        for script, letters in _odd_letters(word).items():
            odd[script] = "".join(dict.fromkeys(odd.get(script, "") + letters))
    return "mixed letters: " + " ".join(f"{letters} ({script})" for script, letters in odd.items()) if odd else ""


def _odd_letters(word: str) -> dict[str, str]:
    by_script: dict[str, str] = {}
    for letter in "" if word.isascii() else word:
        script = _script(letter)
        if script:
            by_script[script] = by_script.get(script, "") + letter
    if len(by_script) < 2:
        return {}
    # Latin is what it is to be taken for: the others are the odd ones, however many they are.
    usual = "Latin" if "Latin" in by_script else max(by_script, key=lambda script: len(by_script[script]))
    return {script: letters for script, letters in by_script.items() if script != usual}


def _disguised(words: list[str]) -> str:
    """Whether words are of one script, but drawn as if they were Latin; not when their neighbours show the script."""
    plain = {_script(letter) for word in words if not _LATIN_SHAPES.issuperset(word) for letter in word}
    for word in words:
        script = _script(word[0]) if word else ""
        if len(word) > 1 and script not in plain and _LATIN_SHAPES.issuperset(word):
            return f"all letters of {word} are {script}"
    return ""


def _plain(letter: str) -> str:
    """The ASCII letters that a full-width or ornamental one stands for; others as they are."""
    plain = unicodedata.normalize("NFKC", letter)
    return plain if plain.isascii() else letter


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError, ValueError):
        return label


def _spelt(host: str) -> str:
    """The host as the network knows it (IDNA); itself where it cannot be spelt so."""
    try:
        return ".".join(
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in host.split(".")
        )
    except UnicodeError:
        return host


@lru_cache(maxsize=2048)
def _script(letter: str) -> str:
    """Which of the scripts that look alike a letter belongs to; empty for all other characters."""
    if not unicodedata.category(letter).startswith("L"):
        return ""
    first = unicodedata.name(letter, "").partition(" ")[0]
    script = _OTHER_NAMES.get(first, first.capitalize())
    return script if script in _ALIKE else ""
