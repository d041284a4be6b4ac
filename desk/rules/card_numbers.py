"""Numbers of payment cards in a text, told from the many numbers that only look like them.

A card number is 13 to 19 digits, perhaps in groups, with an issuer's prefix and length (ISO/IEC 7812; the networks'
published ranges) and a right check digit (Luhn, ISO/IEC 7812-1 annex B). Numbers of phones, accounts and orders that
happen to pass all that are told apart by what stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

# Between the digits of one card number people write nothing, a blank, a dash or a dot; mail breaks a line there.
_MANY_DIGITS = re.compile(r"(?:\d[^\dA-Za-z]{0,12}){13}", re.ASCII)
"""Whatever the patterns of cards find has this, and few texts have."""
_CARD_START = r"(?=\d)(?<![\d/-])(?<!\d[.,])(?<![A-Za-z]-)(?<!\d[A-Za-z])"
_CARD = re.compile(
    _CARD_START + r"(?P<card>\d(?:(?:[ .\t\u2010-\u2015-]{0,3}|[ -]?\r?\n[> ]{0,8})\d){12,18})(?!\d)(?![.,]\d)(?!-\d)",
    re.ASCII,
)
_EXPIRY = r"(?:0[1-9]|1[0-2])[ ]?[/.-]?[ ]?(?:20)?[2-4]\d(?!\d)"
_CARD_AND_MORE = re.compile(
    _CARD_START + r"(?P<card>\d{13,19}|\d{4}(?:[ .-]{1,3}\d{4}){3}|\d{4}[ .-]{1,3}\d{6}[ .-]{1,3}\d{5})"
    r"(?=[ ,;/|-]{1,3}(?:" + _EXPIRY + r"|\d{3,4}(?![\d.,])))",
    re.ASCII,
)
"""A card's number with its expiry or its security code behind it."""
_CARD_SIGNS = re.compile(
    _CARD_START + r"(?P<card>\d{4}(?P<sign>[_*])\d{4}(?P=sign)\d{4}(?P=sign)\d{4})(?!\d)", re.ASCII
)
_CARD_CODE = re.compile(
    r"[ ,;/|-]{1,3}(?:(?:exp[. :]{0,3})?" + _EXPIRY + r"[ ,;/|-]{1,3})?(?P<code>\d{3})(?![\d.,:/])", re.ASCII
)
_BROKEN_GROUPS = re.compile(r"\d{4}(?:\D+\d{4}){2}\D+\d{1,4}(?:\D+\d{3})?|\d{4}\D+\d{6}\D+\d{4,5}", re.ASCII)
"""A number with a line's end in it is a card's only in a card's groups: numbers below one another are lists."""

_PREFIXES: tuple[tuple[range, tuple[int, ...]], ...] = (
    (range(4000, 5000), (13, 16, 19)),  # Visa
    (range(5100, 5600), (16,)),  # Mastercard
    (range(2221, 2721), (16,)),  # Mastercard
    (range(3400, 3500), (15,)),  # American Express
    (range(3700, 3800), (15,)),  # American Express
    (range(3528, 3590), (16, 17, 18, 19)),  # JCB
    (range(6200, 6300), (16, 17, 18, 19)),  # UnionPay
    (range(8100, 8172), (16, 17, 18, 19)),  # UnionPay
    (range(6011, 6012), (16, 17, 18, 19)),  # Discover
    (range(6440, 6600), (16, 17, 18, 19)),  # Discover
    (range(3000, 3060), (14, 16)),  # Diners Club
    (range(3600, 3700), (14, 16, 19)),  # Diners Club
    (range(3800, 4000), (14, 16)),  # Diners Club
    (range(5018, 5019), (13, 16, 19)),  # Maestro
    (range(5020, 5021), (13, 16, 19)),  # Maestro
    (range(5038, 5039), (13, 16, 19)),  # Maestro
    (range(6304, 6305), (13, 16, 19)),  # Maestro
    (range(6759, 6764), (13, 16, 19)),  # Maestro
    (range(1946, 1947), (16,)),  # GPN
    (range(6013, 6014), (16,)),  # GPN (Indonesia)
    (range(6019, 6020), (16,)),  # GPN (Indonesia)
    (range(9792, 9793), (16,)),  # Troy
    (range(2200, 2205), (16,)),  # Mir
)

_OTHER_NUMBER = re.compile(
    r"(?:order|pesanan|invoice|faktur|tagihan|resi|receipt|ref(?:erence|erensi)?|transaksi|transaction|trx|txn|"
    r"tracking|booking|tiket|ticket|imei|serial|nik|ktp|npwp|id|va|virtual account|rekening|account(?: number)?|"
    r"phone|telepon|telp|hp|wa|whatsapp|订单|订单号|单号|运单|快递|流水号?|交易号?|参考号|账号|手机|电话|身份证|序列号)"
    r"(?:[ _-]?(?:no|nomor|number|num|id|code|kode|号|号码|编号))?\.?\s*"
    r"(?:is|adalah|saya|my|为|是|:|：|#|=|\()?\s*[#(]?\s*$",
    re.IGNORECASE,
)
_ORDER_NUMBER = re.compile(
    r"(?:order|pesanan|invoice|faktur|resi|tracking|imei|nik|ktp|npwp|订单|单号|运单|快递|流水|交易号|身份证)"
    r"(?:[ _-]?(?:no|nomor|number|num|id|code|号|号码|编号))?\.?\s*(?:is|adalah|是|为|:|：|#|=)?\s*[#(]?\s*$",
    re.IGNORECASE,
)
"""Of these, no word about cards farther away makes a card's number."""
_CARD_WORD = re.compile(r"card|kartu|visa|mastercard|kredit|debit|\bcc\b|卡", re.IGNORECASE)
BEFORE = 40
"""Characters before a number in which a word says what it is."""


def is_card_number(digits: str) -> bool:
    """Whether a string of ASCII digits has an issuer's prefix, one of its lengths, and a right check digit."""
    prefix = int(digits[:4])
    fits = any(prefix in prefixes and len(digits) in lengths for prefixes, lengths in _PREFIXES)
    return fits and len(set(digits)) > 1 and _luhn(digits)


def card_numbers_in(text: str) -> Iterator[tuple[Span, Span | None]]:
    """Where the digits of each card stand, and those of the code behind it, if any; a card may be named twice."""
    if _MANY_DIGITS.search(text) is None:
        return
    for pattern in (_CARD, _CARD_AND_MORE, _CARD_SIGNS):
        for match in pattern.finditer(text):
            written = match["card"]
            digits = re.sub(r"\D", "", written)
            if not is_card_number(digits) or ("\n" in written and not _is_one_broken(written)):
                continue
            if not _is_another_number(text, match.start()):
                code = _CARD_CODE.match(text, match.end("card"))
                yield match.span("card"), code.span("code") if code is not None else None


def _is_another_number(text: str, start: int) -> bool:
    """Whether what stands before a number on its line says that it is no card's."""
    before = text[max(0, start - BEFORE) : start]
    before = before[before.rfind("\n") + 1 :]
    if before.endswith("+") or _ORDER_NUMBER.search(before):
        return True
    return _OTHER_NUMBER.search(before) is not None and _CARD_WORD.search(before) is None


def _is_one_broken(written: str) -> bool:
    return written.count("\n") == 1 and _BROKEN_GROUPS.fullmatch(written) is not None


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
