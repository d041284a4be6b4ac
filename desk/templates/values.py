"""What a template's variables hold: amounts and moments that know how a customer's language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

from db.kinds import Language

LOCALES = {Language.INDONESIAN: "id_ID", Language.ENGLISH: "en_GB", Language.CHINESE: "zh_Hans_CN"}

DAY = {
    Language.INDONESIAN: "EEEE, d MMMM",
    Language.ENGLISH: "EEEE, d MMMM",
    Language.CHINESE: "M月d日EEEE",
}
DATE = {
    Language.INDONESIAN: "EEEE, d MMMM y",
    Language.ENGLISH: "EEEE, d MMMM y",
    Language.CHINESE: "y年M月d日EEEE",
}
WEEKDAY = {Language.INDONESIAN: "EEEE", Language.ENGLISH: "EEEE", Language.CHINESE: "EEEE"}
CLOCK = {Language.INDONESIAN: "HH.mm", Language.ENGLISH: "HH:mm", Language.CHINESE: "HH:mm"}
"""Clocks as CLDR writes them in each language; a zone is written by its own short name (WIB), as customers know it."""

NEAR_DAYS = 6
"""Up to so many days away a weekday is enough; from then on a date joins it."""


@dataclass(frozen=True, slots=True)
class Style:
    """For whom values are written: a language, a time zone, and the moment (aware) at which it is done."""

    language: Language
    zone: tzinfo
    now: datetime

    @property
    def spoken(self) -> Language:
        """The language, or English for one that we do not write."""
        return self.language if self.language in LOCALES else Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Money:
    """Integer minor units and an ISO 4217 code."""

    minor: int
    currency: str

    def shown(self, style: Style) -> str:
        """`Rp 150.000`, `IDR 150,000`; decimals only where the currency is used with them."""
        return _money(self.minor, self.currency, style.spoken)


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware moment."""

    at: datetime

    def shown(self, style: Style) -> str:
        """`Senin, 09.00 WIB`; with its date from six days on, before or after."""
        there = self.at.astimezone(style.zone)
        days = abs((there.date() - style.now.astimezone(style.zone).date()).days)
        pattern = (WEEKDAY if days < NEAR_DAYS else DAY)[style.spoken]
        return self._joined(pattern, style)

    def date(self, style: Style) -> str:
        """`Senin, 23 November 2026`."""
        return self._written(DATE[style.spoken], style)

    def time(self, style: Style) -> str:
        """`18.31 WIB`."""
        zone = self.at.astimezone(style.zone).tzname() or ""
        return f"{self._written(CLOCK[style.spoken], style)} {zone}".strip()

    def datetime(self, style: Style) -> str:
        """`Senin, 23 November, 18.31 WIB`."""
        return self._joined(DAY[style.spoken], style)

    def _joined(self, pattern: str, style: Style) -> str:
        between = " " if style.spoken is Language.CHINESE else ", "
        return f"{self._written(pattern, style)}{between}{self.time(style)}"

    def _written(self, pattern: str, style: Style) -> str:
        return format_datetime(self.at.astimezone(style.zone), pattern, locale=_locale(style.spoken))


Value = str | bool | Money | Moment
"""What a variable may hold."""


@lru_cache(maxsize=8)
def _locale(language: Language) -> Locale:
    return Locale.parse(LOCALES[language])


@lru_cache(maxsize=256)
def _money(minor: int, currency: str, language: Language) -> str:
    locale = _locale(language)
    digits = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-digits)
    used = 0 if currency == "IDR" and amount == amount.to_integral_value() else digits
    symbol = get_currency_symbol(currency, locale=locale)
    between = " " if symbol[-1:].isalpha() else ""
    decimals = "." + "0" * used if used else ""
    pattern = f"¤{between}#,##0{decimals};-¤{between}#,##0{decimals}"
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False).replace("\xa0", " ")
