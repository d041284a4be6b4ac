"""The one rule by which two spellings are the same contact or the same tag.

Folding joins what a person would read as one spelling: letter case, Unicode normal form, spaces around it,
characters that nobody sees. It never joins what only looks alike: `аdmin` with a Cyrillic letter and `xn--…`
stay other contacts, because a case shown under the wrong customer costs more than two cases shown apart.
"""

from __future__ import annotations

import re
import unicodedata

CONTACT_LENGTH = 320
"""Longest folded contact, in characters: RFC 5321's 64 + @ + 255."""

TAG_LENGTH = 60
"""Longest folded tag, in characters."""

INDONESIA = "62"
"""Calling code (ITU-T E.164) of the country whose national numbers begin with a bare 0."""

# Default_Ignorable_Code_Point of Unicode beyond general category Cf, plus the blank braille pattern.
_BLANK_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_EXTENSION = re.compile(r"(?:;|,|#|\b(?:ext|x)\b|(?<=\d)\s*(?:ext|x)).*", re.IGNORECASE | re.DOTALL)
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")


class UnusableContactError(ValueError):
    """A contact or tag holds nothing to compare, or is longer than its column; ask for another."""


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing and is no space: zero widths, bidi controls, tags, NUL."""
    if character in _BLANK_LETTERS:
        return True
    category = unicodedata.category(character)
    if category == "Cf":
        return character not in _VISIBLE_FORMATS
    return category == "Cs" or (category == "Cc" and not character.isspace())


def without_invisible(text: str) -> str:
    """The text without the characters that nobody sees, nor lone surrogates: no engine stores them."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character for character in text if not is_invisible(character))


def fold_email(value: str) -> str:
    """An address as it is compared: NFC, lower case, no spaces around it, no final dot of the domain.

    The part before the @ is compared without case too (RFC 5321 lets it differ; no mail service uses that).
    Dots and `+suffix` in it are kept: most services take them for other mailboxes.
    Raises `UnusableContactError`.
    """
    lower = unicodedata.normalize("NFC", without_invisible(value)).lower()
    return _checked(re.sub(r"[.\s]+\Z", "", unicodedata.normalize("NFC", lower).strip()), value, CONTACT_LENGTH)


def fold_phone(value: str, country: str = INDONESIA) -> str:
    """A number as it is compared: its digits, beginning with a calling code, as in E.164 without the plus.

    `country` is the calling code behind national numbers: `0812…`, `+62 (0)812…`, `0062812…` are
    one. Extensions (`ext 5`, `;ext=5`) are dropped. Digits without 0, 00 or + in front are kept as they are:
    guessing a country could join two customers. Raises `UnusableContactError` when there is no digit.
    """
    plain = unicodedata.normalize("NFKC", without_invisible(value)).strip()
    plain = _TRUNK_ZERO.sub("", _EXTENSION.sub("", re.sub(r"^tel:", "", plain, flags=re.IGNORECASE)))
    digits = "".join(str(unicodedata.decimal(sign)) for sign in plain if sign.isdecimal())
    significant = digits.lstrip("0")
    if digits.startswith("00"):
        digits = significant
    elif digits.startswith("0"):
        digits = country + significant if significant else ""
    elif digits.startswith(country + "0"):
        digits = country + digits[len(country) :].lstrip("0")
    return _checked(digits, value, CONTACT_LENGTH)


def fold_handle(value: str) -> str:
    """A social or chat handle as it is compared: NFKC, case folded, without @ in front.

    Raises `UnusableContactError`.
    """
    return _checked(_folded(value).lstrip("@ "), value, CONTACT_LENGTH)


def fold_tag(name: str) -> str:
    """A tag as it is compared: NFKC, case folded, runs of spaces as one, without # in front.

    Raises `UnusableContactError`.
    """
    return _checked(_folded(name).lstrip("# "), name, TAG_LENGTH)


def _folded(value: str) -> str:
    # Unicode's NFKC_Casefold (D146): folding once leaves spellings that a second folding would join.
    text = unicodedata.normalize("NFD", without_invisible(value)).casefold()
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(without_invisible(unicodedata.normalize("NFKC", text)).split())


def _checked(folded: str, value: str, limit: int) -> str:
    if not folded:
        raise UnusableContactError(f"{value[:40]!r} holds nothing to compare")
    if len(folded) > limit:
        raise UnusableContactError(f"{value[:40]!r}… is longer than {limit} characters")
    return folded
