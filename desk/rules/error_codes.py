"""The wallet's error codes: what each means, and finding them in what customers write.

A code is letters of an area and a number, `PAY-102`. It is found however it is spelled, and by its number alone behind
a word for error. What is a part of something longer (an order, a link, an address), or is called an order, is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from db.kinds import Language
from desk.rules.guides import asks_for_secret

LOOKED_AT = 20_000
"""Characters of a message in which codes are looked for."""
MOST_FOUND = 5
OF_BROWSERS = frozenset(range(400, 430)) | frozenset(range(500, 512)) | {200, 301, 302, 304, 451}
"""Numbers that web pages and gateways show: no code of ours may have one."""

_ERROR = r"(?:kode (?:error|galat|kesalahan)|error(?: code| no\.?| number)?|err|galat|错误代码|错误码|错误|报错)"
_NOT_BEFORE = r"(?<![A-Za-z0-9_#/@.\-])"
_NOT_AFTER = r"(?![A-Za-z0-9_/@]|[-.#:][A-Za-z0-9])"
_CALLED = re.compile(
    r"(?:order|pesanan|invoice|faktur|inv|transaksi|transaction|trx|resi|receipt|ref(?:erence|erensi)?|booking|voucher|"
    r"promo(?: code)?|kode promo|kupon|coupon|ticket|tiket|订单|交易|单|流水|优惠|券)"
    r"\s*(?:id|no|nomor|number|num|nr|code|kode|号|编号|码)?\s*[.:：#=]?\s*$",
    re.IGNORECASE,
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−－﹣"), "-")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code; `meaning` is for agents, `say` for the customer; the next step is a guide, a canned answer, or none."""

    code: str
    meaning: Mapping[Language, str]
    say: Mapping[Language, str]
    guide: str = ""
    answer: str = ""
    topic: str = ""

    @property
    def area(self) -> str:
        """Its letters."""
        return self.code.partition("-")[0]

    @property
    def number(self) -> int:
        """Its number; each belongs to one code."""
        return int(self.code.partition("-")[2])


class Recogniser:
    """Finds the codes of one table in texts; made once, used often."""

    def __init__(self, codes: Iterable[ErrorCode]) -> None:
        self.codes = {each.code: each for each in codes}
        self._by_number = {each.number: each.code for each in self.codes.values()}
        areas = "|".join(sorted({each.area for each in self.codes.values()}))
        self._any = re.compile(
            rf"{_NOT_BEFORE}(?:({areas})(-?)(\d{{3,4}})|({areas}) (\d{{3,4}})){_NOT_AFTER}"
            rf"|(?<![A-Za-z]){_ERROR}\s*[:：#=(\"'“\[]?\s*(?:({areas})[- ]?)?(\d{{3,4}}){_NOT_AFTER}",
            re.IGNORECASE,
        ) if areas else None  # fmt: skip

    def found(self, text: str) -> tuple[ErrorCode, ...]:
        """The codes that a text names, in order, each once; at most `MOST_FOUND`."""
        if self._any is None or not any(sign.isdigit() for sign in text[:LOOKED_AT]):
            return ()
        said = unicodedata.normalize("NFKC", text[:LOOKED_AT]).translate(_DASHES)
        named: dict[str, None] = {}
        for match in self._any.finditer(said):
            code = self._code(match)
            if code is not None and not _CALLED.search(said, max(0, match.start() - 40), match.start()):
                named[code] = None
                if len(named) == MOST_FOUND:
                    break
        return tuple(self.codes[code] for code in named)

    def _code(self, match: re.Match[str]) -> str | None:
        area, dash, number, spaced_area, spaced_number, error_area, error_number = match.groups()
        if error_number is not None:
            code = f"{error_area.upper()}-{error_number}" if error_area else self._by_number.get(int(error_number))
        elif spaced_number is not None:
            # "pay 102" is a sum of money in many a sentence; written in capitals it is a code.
            code = f"{spaced_area}-{spaced_number}" if spaced_area.isupper() else None
        else:
            code = f"{area.upper()}-{number}" if dash or area.isupper() or area.islower() else None
        return code if code in self.codes else None


def code_problems(codes: Iterable[ErrorCode]) -> tuple[str, ...]:
    """What is wrong with a table of codes, each with what would do."""
    seen: dict[int, str] = {}
    wrong = []
    for each in codes:
        if each.number in seen:
            wrong.append(f"{each.code}: has the number of {seen[each.number]}; customers often write the number alone")
        seen[each.number] = each.code
        if each.number in OF_BROWSERS:
            wrong.append(f"{each.code}: browsers show {each.number} too; choose another number")
        if any(asks_for_secret(text) for text in each.say.values()):
            wrong.append(f"{each.code}: asks the customer for a PIN, a code or a password; never do")
        if each.guide and each.answer:
            wrong.append(f"{each.code}: has a guide and a canned answer; choose one next step")
    return tuple(wrong)
