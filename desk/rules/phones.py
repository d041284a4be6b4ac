"""Telephone numbers as other systems write them, and calling codes where customers are at home (ITU-T E.164)."""

from __future__ import annotations

import re
import unicodedata

CALLING_CODES = {
    "AU": "61",
    "BN": "673",
    "CN": "86",
    "GB": "44",
    "HK": "852",
    "ID": "62",
    "IN": "91",
    "JP": "81",
    "KR": "82",
    "MY": "60",
    "NL": "31",
    "PH": "63",
    "SG": "65",
    "TH": "66",
    "TL": "670",
    "TW": "886",
    "US": "1",
    "VN": "84",
}


def calling_code(country: str) -> str:
    """The calling code of a country (ISO 3166 alpha-2); Indonesia's for one that is not listed."""
    return CALLING_CODES.get(country, CALLING_CODES["ID"])


LEAST_DIGITS, MOST_DIGITS = 2, 15
"""Of a number that somebody rings from: an extension of one's own exchange, and the longest of ITU-T E.164."""

_WITHHELD = {"anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld"}
"""What exchanges write in the place of a number that is not shown (RFC 3323 has the first)."""

_URI = re.compile(r"\s*(?:sips?|tel):([^@;?]*)(?:@.*)?\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:;ext=|[,;#]|ext\.?|x)[\s,;#]*\d{1,11}", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[\d ()./-]+")


def number_in(text: str) -> str:
    """The number in a SIP address (RFC 3261); any other text as it is."""
    address = _URI.fullmatch(text)
    return address[1] if address and "@" in text else text


def is_withheld(number: str) -> bool:
    """Whether it says that the caller's number is not shown; an empty one says so, too."""
    return number.strip().lower() in _WITHHELD | {""}


def is_number(text: str) -> bool:
    """Whether it is a telephone number in some spelling: blanks, dashes, brackets, `tel:`, an extension behind it."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    plain = re.sub(r"[\u2010-\u2015]", "-", seen).strip()
    plain = _EXTENSION.sub("", re.sub(r"^tel:", "", plain, flags=re.IGNORECASE))
    digits = [sign for sign in plain if sign.isdecimal()]
    significant = "".join(digits).lstrip("0")
    return _NUMBER.fullmatch(plain) is not None and LEAST_DIGITS <= len(significant) <= MOST_DIGITS
