"""Money as whole minor units and an ISO 4217 code; how it is written for people, and read from what they wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from db.kinds import Language

DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Decimal digits of the minor unit, where they are not two (ISO 4217, list one)."""

SIGNS = {"rp": "IDR", "idr": "IDR", "$": "USD", "usd": "USD", "us$": "USD", "¥": "CNY", "cny": "CNY", "rmb": "CNY",
         "元": "CNY", "sgd": "SGD", "s$": "SGD", "myr": "MYR", "rm": "MYR", "€": "EUR", "eur": "EUR",
         "rupiah": "IDR", "印尼盾": "IDR", "盾": "IDR"}  # fmt: skip
THOUSANDS = {"rb": 3, "ribu": 3, "k": 3, "jt": 6, "juta": 6, "万": 4}

_BEFORE = r"(?P<before>rp|idr|us\$|s\$|\$|usd|¥|cny|rmb|sgd|myr|rm|€|eur)\.?\s{0,2}"
_NUMBER = r"(?P<number>\d{1,3}(?:[.,' ]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?)"
_AFTER = (
    r"(?:\s{0,2}(?P<scale>ribu|rb|juta|jt|k|万)(?![a-z]))?(?:[.,]-)?"
    r"(?:\s{0,2}(?P<after>idr|rupiah|usd|cny|rmb|sgd|myr|eur|元|印尼盾|盾)(?![a-z]))?"
)
_AMOUNT = re.compile(rf"(?<![A-Za-z0-9_.,])(?:{_BEFORE})?{_NUMBER}{_AFTER}(?![\d])", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?P<mark>[.,' ])\d{3}(?:(?P=mark)\d{3})*")
MOST_TEXT = 20_000


class MoneyError(ValueError):
    """An amount cannot be used; the message says how to write it."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`amount` in minor units of `currency`: Rp150.000 is 15000000 IDR."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise MoneyError(f"{self.amount!r} is no whole number of minor units; write it without a point")
        if re.fullmatch("[A-Z]{3}", self.currency) is None:
            raise MoneyError(f"{self.currency!r} is no currency; write its ISO 4217 code, such as IDR")


def digits_of(currency: str) -> int:
    """How many decimal digits the minor unit of a currency has."""
    return DIGITS.get(currency, 2)


def decimal(money: Money) -> str:
    """As machines write it: `150000.00`, no sign of the currency."""
    digits = digits_of(money.currency)
    whole, part = divmod(abs(money.amount), 10**digits)
    return f"{'-' if money.amount < 0 else ''}{whole}" + (f".{part:0{digits}d}" if digits else "")


def written(money: Money, language: Language = Language.INDONESIAN) -> str:
    """As people of a language read it: `Rp150.000`, `IDR 150,000`; minor units only where there are any."""
    digits = digits_of(money.currency)
    whole, part = divmod(abs(money.amount), 10**digits)
    is_ours = language is Language.INDONESIAN
    text = f"{whole:,}"
    tail = f"{part:0{digits}d}" if part else ""
    if is_ours:
        text = text.replace(",", ".")
    text = f"{text}{',' if is_ours else '.'}{tail}" if tail else text
    sign = "−" if money.amount < 0 else ""
    if money.currency == "IDR" and is_ours:
        return f"{sign}Rp{text}"
    return f"{sign}{money.currency} {text}"


def read_money(text: str, currency: str) -> Money:
    """One amount as a person types it: `150.000`, `Rp 150rb`, `12.50`. Raises `MoneyError`."""
    match = _AMOUNT.fullmatch(text.strip())
    found = _read(match, currency) if match else None
    if found is None or found.amount <= 0:
        raise MoneyError(f"{text.strip()[:40]!r} is no amount; write it as 150.000, or 12,50")
    if found.currency != currency:
        raise MoneyError(f"It was paid in {currency}; write the amount in it")
    return found


def amounts_in(text: str, currency: str) -> frozenset[Money]:
    """The amounts that a text names, of `currency` where it says none.

    A bare number counts only where its thousands are set apart: `150.000`, but not an order's number.
    """
    found = set()
    for match in _AMOUNT.finditer(text[:MOST_TEXT]):
        is_named = match["before"] or match["after"] or match["scale"]
        if is_named or _GROUPED.match(match["number"]):
            money = _read(match, currency)
            if money is not None and money.amount > 0:
                found.add(money)
    return frozenset(found)


def _read(match: re.Match[str], currency: str) -> Money | None:
    sign = (match["before"] or match["after"] or "").lower()
    code = SIGNS.get(sign, currency)
    digits = digits_of(code)
    number = match["number"]
    grouped = _GROUPED.match(number)
    whole, part = number, ""
    if grouped and not match["scale"]:
        whole, part = grouped.group(), number[grouped.end() :].lstrip(".,' ")
    elif point := re.search(r"[.,](\d{1,3})$", number):
        whole, part = number[: point.start()], point[1]
    whole = re.sub(r"\D", "", whole)
    shift = THOUSANDS.get((match["scale"] or "").lower(), 0) + digits
    if len(part) > shift:
        if part.strip("0"):
            return None
        part = ""
    return Money(int(whole + part.ljust(shift, "0")), code)
