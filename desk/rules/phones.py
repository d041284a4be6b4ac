"""Calling codes of the countries where the wallet's customers are at home (ITU-T E.164)."""

from __future__ import annotations

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
