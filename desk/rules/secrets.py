"""What nobody should ever send: card numbers, PINs, one-time codes and passwords, found in a text.

A card number is 13 to 19 digits, perhaps in groups, with an issuer's prefix and length (ISO/IEC 7812; the networks'
published ranges) and a right check digit (Luhn, ISO/IEC 7812-1 annex B). Numbers of phones, accounts and orders that
happen to pass all that are told apart by what stands before them. A PIN, code or password is known by the word beside
it, in Indonesian, English or Chinese; a number without such a word is a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

TEXT_LENGTH = 200_000


class SecretKind(StrEnum):
    """What was found."""

    CARD = "card"
    PIN = "pin"
    OTP = "otp"
    PASSWORD = "password"  # noqa: S105  (the word itself)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in a text: `text[start:end]` is its digits or word, without the word that gave it away."""

    kind: SecretKind
    start: int
    end: int


# Between the digits of one card number people write nothing, a blank, a dash or a dot.
_CARD = re.compile(
    r"(?<![\d.,/-])(?<![A-Za-z]-)\d(?:[ .\u2010-\u2015-]{0,3}\d){12,18}(?!\d)(?![.,]\d)(?!-\d)", re.ASCII
)

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
_CARD_WORD = re.compile(r"card|kartu|visa|mastercard|kredit|debit|\bcc\b|卡", re.IGNORECASE)
BEFORE = 40
"""Characters before a number in which a word says what it is."""

_LINK = (
    r"(?:\s*(?:[:：=＝]|->|→|-|–)\s*|\s+(?:saya|aku|gue|ku|anda|kamu|nya|itu|ini|is|was|are|now|yg|yang|adalah|yaitu|"
    r"i got|i received|my|the|number|no\.?|nomor|baru|lama|masuk|sms|code|kode|dari sms|to|jadi|menjadi)\b)*"
    r"\s*(?:[是为：:=＝]|is|adalah|yaitu)?\s*[\"'“”‘’「『(（【\[*]*\s*"
)
_PIN_WORD = (
    r"(?:(?<![a-z])m?pin(?![a-z])(?:\s*(?:code|kode|atm|码|码是))?|nomor pin|支付密码|交易密码|取款密码|pin\s*码)"
)
_OTP_WORD = (
    r"(?:(?<![a-z])otp(?![a-z])|one[- ]time (?:pass(?:word|code)|code|pin)|kode (?:verifikasi|otp|rahasia|keamanan|sms|"
    r"masuk|aktivasi)|(?:verification|security|sms|login|log-in|auth(?:entication|orization)?|confirmation|activation) "
    r"(?:code|number)|passcode|(?<![a-z])cvv2?(?![a-z])|(?<![a-z])cvc2?(?![a-z])|验证码|校验码|动态码|动态密码|短信码|安全码|一次性密码)"
)
_LOGIN_WORD = (
    r"(?:(?<![a-z])password(?![a-z])|(?<![a-z])passwd(?![a-z])|(?<![a-z])pwd(?![a-z])|(?<![a-z])pass(?![a-z])|"
    r"kata sandi|(?<![a-z])sandi(?![a-z])|(?<![a-z])pw(?![a-z])|登录密码|密码|口令)"
)
_DIGITS = (
    r"(?P<secret>\d(?:[ -]?\d){%d,%d})(?![\d%%])(?![.,:]\d)(?!\s*(?:menit|minutes?|detik|seconds?|jam|hours?|hari|"
    r"days?|"
    r"digit|angka|kali|times|rupiah|分钟|秒|小时|天|位|次|元))"
)
_PIN = re.compile(_PIN_WORD + _LINK + _DIGITS % (3, 5), re.IGNORECASE)
_OTP = re.compile(_OTP_WORD + _LINK + _DIGITS % (2, 7), re.IGNORECASE)
_BEFORE_WORD = (
    r"(?<![\d.,:/#-])(?P<secret>\d(?:[ -]?\d){3,7})(?!\d)(?![.,:]\d)\s*(?:(?:is|was|adalah|itu|是|为)\s*)"
    r"(?:the|my|your|kode|我的|您的|你的)?\s*"
)
_OTP_AFTER = re.compile(_BEFORE_WORD + _OTP_WORD, re.IGNORECASE)
_PIN_AFTER = re.compile(_BEFORE_WORD + _PIN_WORD, re.IGNORECASE)
_PASSWORD = re.compile(
    _LOGIN_WORD
    + r"(?:\s+(?:saya|aku|ku|my|akun|lama|baru|wifi|untuk akun|for my account|account))*"
    + r"\s*(?:[:：=＝]|(?:\s(?:is|adalah|yaitu)\s)|是|为)\s*[\"'“‘「（(]*\s*(?P<secret>[!-~]{4,64})",
    re.IGNORECASE,
)


def secrets_in(text: str) -> tuple[Secret, ...]:
    """Every secret in a text, in order and without overlaps; of text beyond 200,000 characters nothing is said."""
    plain = _plain(text[:TEXT_LENGTH])
    found: list[Secret] = []
    for secret in (*_cards(plain), *_codes(plain)):
        if all(secret.end <= other.start or other.end <= secret.start for other in found):
            found.append(secret)
    return tuple(sorted(found, key=lambda secret: secret.start))


def masked(text: str, secrets: tuple[Secret, ...] | None = None) -> str:
    """The text with every digit and letter of its secrets as `•`; of a card number the last four stay."""
    signs = list(text)
    for secret in secrets_in(text) if secrets is None else secrets:
        places = [
            at for at in range(secret.start, secret.end) if signs[at].isalnum() or secret.kind is SecretKind.PASSWORD
        ]
        for at in places[:-4] if secret.kind is SecretKind.CARD else places:
            signs[at] = "•"
    return "".join(signs)


def is_card_number(digits: str) -> bool:
    """Whether a string of ASCII digits has an issuer's prefix, one of its lengths, and a right check digit."""
    prefix = int(digits[:4])
    fits = any(prefix in prefixes and len(digits) in lengths for prefixes, lengths in _PREFIXES)
    return fits and len(set(digits)) > 1 and _luhn(digits)


def _cards(text: str) -> Iterator[Secret]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if not is_card_number(digits):
            continue
        before = text[max(0, match.start() - BEFORE) : match.start()]
        before = before[before.rfind("\n") + 1 :]
        if match.start() and text[match.start() - 1] == "+":
            continue
        if _OTHER_NUMBER.search(before) and not _CARD_WORD.search(before):
            continue
        yield Secret(SecretKind.CARD, match.start(), match.end())


def _codes(text: str) -> Iterator[Secret]:
    for kind, pattern in (
        (SecretKind.OTP, _OTP),
        (SecretKind.OTP, _OTP_AFTER),
        (SecretKind.PIN, _PIN),
        (SecretKind.PIN, _PIN_AFTER),
        (SecretKind.PASSWORD, _PASSWORD),
    ):
        for match in pattern.finditer(text):
            if kind is not SecretKind.PASSWORD or _is_password(match["secret"]):
                yield Secret(kind, match.start("secret"), match.end("secret"))


def _is_password(word: str) -> bool:
    """Whether a word is more likely a password than a word: it has a digit or a sign in it."""
    bare = word.rstrip(".,;!?)")
    return len(bare) >= 4 and not bare.isalpha() and not bare.startswith(("http", "{"))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _plain(text: str) -> str:
    """The text with its digits and signs as ASCII has them, each character in its place."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign.isspace() or sign in "\u200b\u2060\ufeff":
        return " "
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
