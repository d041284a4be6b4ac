"""Finding the payment that a customer means by what they wrote: amount, date, merchant's name, reference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db.rows_refunds import PaymentRow
from desk.rules.refunds.money import Money, amounts_in
from desk.rules.words import folded

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan januari january", "feb februari february", "mar maret march", "apr april", "mei may", "jun juni june",
         "jul juli july", "agu agt agustus aug august", "sep september", "okt oktober oct october",
         "nov november", "des desember dec december"), 1)
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d.,])")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})\s+([A-Za-z]{3,9})\.?(?:\s+(\d{4}))?")
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?!\d)")
_CHINESE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]")
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9][A-Za-z0-9_-]{5,63}(?![A-Za-z0-9])")
DAYS_AGO = {"hari ini": 0, "today": 0, "今天": 0, "kemarin": 1, "yesterday": 1, "昨天": 1, "kemarin lusa": 2, "前天": 2}
COMMON = frozenset({"toko", "warung", "kedai", "kopi", "store", "shop", "pt", "cv", "the", "and", "dan"})
MOST_TEXT = 20_000
DOUBLED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Clues:
    """What a text says about a payment."""

    amounts: frozenset[Money]
    dates: frozenset[date]
    words: str
    """The whole text, folded as `desk.rules.words` folds it."""
    references: frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that may be meant, and why."""

    payment: PaymentRow
    score: int
    why: tuple[str, ...]
    twin: str = ""
    """The id of another payment of the same amount to the same merchant within minutes of this one."""


def clues_in(text: str, written_at: datetime, zone: ZoneInfo, currency: str = "IDR") -> Clues:
    """What a text that was written at a moment says; dates without a year are the latest that had come by then."""
    text = text[:MOST_TEXT]
    today = written_at.astimezone(zone).date()
    plain = folded(text)
    dates = {found for found in _dates(text, today) if found <= today}
    for words, days in DAYS_AGO.items():
        if folded(words) in plain or (not words.isascii() and words in text):
            dates.add(today - timedelta(days=days))
    references = {
        match.group().lower() for match in _REFERENCE.finditer(text) if any(sign.isdigit() for sign in match.group())
    }
    return Clues(amounts_in(text, currency), frozenset(dates), plain, frozenset(references))


def ranked(payments: Sequence[PaymentRow], clues: Clues, zone: ZoneInfo) -> tuple[Candidate, ...]:
    """The payments, those first that the clues speak for; the newest first among equals."""
    found = [_weighed(payment, clues, zone, payments) for payment in payments]
    return tuple(sorted(found, key=lambda each: (-each.score, -each.payment.paid_at.timestamp(), each.payment.id)))


def _weighed(payment: PaymentRow, clues: Clues, zone: ZoneInfo, others: Sequence[PaymentRow]) -> Candidate:
    score = 0
    why: list[str] = []
    if payment.reference.lower() in clues.references or payment.id.lower() in clues.references:
        score, why = score + 100, [*why, "reference"]
    if Money(payment.amount, payment.currency) in clues.amounts:
        score, why = score + 40, [*why, "amount"]
    if payment.paid_at.astimezone(zone).date() in clues.dates:
        score, why = score + 20, [*why, "date"]
    if _names(payment.merchant_name, clues.words):
        score, why = score + 30, [*why, "merchant"]
    twin = _twin(payment, others)
    if twin and score:
        score += 5
    return Candidate(payment, score, tuple(why), twin)


def _twin(payment: PaymentRow, others: Iterable[PaymentRow]) -> str:
    for other in others:
        if (
            other.id != payment.id
            and (other.amount, other.currency, other.merchant_id)
            == (payment.amount, payment.currency, payment.merchant_id)
            and abs(other.paid_at - payment.paid_at) <= DOUBLED_WITHIN
        ):
            return other.id
    return ""


def _names(merchant: str, words: str) -> bool:
    """Whether a merchant is named: its whole name, or a word of it that is not every shop's."""
    whole = folded(merchant)
    if whole.strip() and whole in words:
        return True
    if not merchant.isascii() and merchant.strip() in words:
        return True
    return any(len(word) >= 4 and word not in COMMON and f" {word} " in words for word in whole.split())


def _dates(text: str, today: date) -> Iterable[date]:
    for match in _ISO.finditer(text):
        yield from _day(int(match[1]), int(match[2]), int(match[3]), today)
    for match in _SLASHED.finditer(text):
        yield from _day(match[3], int(match[2]), int(match[1]), today)
    for match in _NAMED.finditer(text):
        yield from _day(match[3], MONTHS.get(match[2].lower(), 0), int(match[1]), today)
    for match in _NAMED_FIRST.finditer(text):
        yield from _day(match[3], MONTHS.get(match[1].lower(), 0), int(match[2]), today)
    for match in _CHINESE.finditer(text):
        yield from _day(match[1], int(match[2]), int(match[3]), today)


def _day(year: str | int | None, month: int, day: int, today: date) -> Iterable[date]:
    number = int(year) if year else today.year
    number += 2000 if number < 100 else 0
    try:
        found = date(number, month, day)
        if not year and found > today:
            found = date(number - 1, month, day)
    except ValueError:
        return
    yield found
