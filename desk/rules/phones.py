"""Telephone numbers as other systems write them, and calling codes where customers are at home (ITU-T E.164)."""

from __future__ import annotations

import re

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

_URI = re.compile(r"\s*(?:sips?|tel):([^@;?]*)(?:@.*)?\s*", re.IGNORECASE)
_NAME_ADDR = re.compile(r"[^<>]*<([^<>]+)>[^<>]*")


def number_in(text: str) -> str:
    """The number in a SIP address or a header's `"Name" <sip:…>` (RFC 3261); any other text as it is."""
    named = _NAME_ADDR.fullmatch(text)
    inner = named[1] if named else text
    address = _URI.fullmatch(inner)
    return address[1] if address and "@" in inner else inner


def is_withheld(number: str) -> bool:
    """Whether the caller's number is not shown: systems write nothing in its place, or some word (RFC 3323)."""
    return not any(sign.isdecimal() for sign in number)


def is_length_of_number(digits: str) -> bool:
    """Whether so many digits, leading zeros aside, may be a telephone number."""
    return LEAST_DIGITS <= len(digits.lstrip("0")) <= MOST_DIGITS
