"""What a guide collects: typed values, read from what an agent types and refused with a word about what would do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from db.kinds import Language
from desk.rules.text import clean_line

LONGEST = 200
MOST_OPTIONS = 9
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,4})(?:\s*\(\d{1,9}\))?", re.IGNORECASE)
_CODE = re.compile(r"([A-Z]{2,4})[-\s]?(\d{3,4})")
_AMOUNT = re.compile(r"(?:([A-Z]{3}|RP|¥|\$)\.?\s*)?(\d{1,3}(?:[.,]\d{3})+|\d{1,12})(?:[.,]-)?", re.IGNORECASE)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.#-]{2,63}")


class FieldKind(StrEnum):
    """What a value is."""

    TEXT = "text"
    CHOICE = "choice"
    VERSION = "version"
    ERROR_CODE = "error_code"
    DATE = "date"
    AMOUNT = "amount"
    REFERENCE = "reference"


class FieldError(ValueError):
    """What was typed is no such value; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be noted; `ask` is the question, `options` the words of a choice by their keys."""

    key: str
    kind: FieldKind
    ask: Mapping[Language, str]
    options: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)


def read_value(field: Field, typed: str) -> str:
    """The value as it is kept: `2.14.0`, `PAY-102`, `2026-11-25`, the key of an option. Raises `FieldError`."""
    text = unicodedata.normalize("NFKC", clean_line(typed, LONGEST * 4)).strip()
    if not text:
        raise FieldError("Nothing is typed; leave the field out by going back.")
    if len(text) > LONGEST:
        raise FieldError(f"That is longer than {LONGEST} characters; note what matters of it.")
    return _READERS[field.kind](field, text)


def _text(_field: Field, text: str) -> str:
    return text


def _choice(field: Field, text: str) -> str:
    said = text.casefold()
    for number, (key, words) in enumerate(field.options.items(), start=1):
        if said in {str(number), key.casefold(), *(each.casefold() for each in words.values())}:
            return key
    raise FieldError(f"Choose one of: {', '.join(field.options)}.")


def _version(_field: Field, text: str) -> str:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise FieldError("A version is numbers with dots, such as 2.14.0.")
    return found[1]


def _code(_field: Field, text: str) -> str:
    found = _CODE.fullmatch(text.upper())
    if found is None:
        raise FieldError("An error code is letters and a number, such as PAY-102.")
    return f"{found[1]}-{found[2]}"


def _date(_field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise FieldError("A day is written as year, month and day: 2026-11-25.") from error


def _amount(_field: Field, text: str) -> str:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise FieldError("An amount is a currency and a whole number, such as Rp150.000 or IDR 150000.")
    currency = {"RP": "IDR", "¥": "CNY", "$": "USD", "": "IDR"}.get((found[1] or "").upper(), (found[1] or "").upper())
    return f"{currency} {int(re.sub('[.,]', '', found[2]))}"


def _reference(_field: Field, text: str) -> str:
    if not _REFERENCE.fullmatch(text) or not any(sign.isdigit() for sign in text):
        raise FieldError("A reference has letters and numbers without blanks, as the receipt shows it.")
    return text


_READERS = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.VERSION: _version,
    FieldKind.ERROR_CODE: _code,
    FieldKind.DATE: _date,
    FieldKind.AMOUNT: _amount,
    FieldKind.REFERENCE: _reference,
}
