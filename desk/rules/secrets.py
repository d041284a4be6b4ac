"""What nobody should ever send: card numbers, PINs, one-time codes and passwords, found in a text.

Card numbers are found by `desk.rules.card_numbers`. A PIN, code or password is known by the word beside it, in
Indonesian, English or Chinese; a number without such a word is a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from desk.rules.card_numbers import Span, card_numbers_in

TEXT_LENGTH = 200_000
BEFORE = 40
"""Characters before a number in which a word says what it is."""


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


_LINK = (
    r"(?:\s{0,8}(?:[:：=＝]|->|→|-|–)\s{0,8}|\s{1,8}(?:saya|aku|gue|ku|anda|kamu|sy|gw|kk|kak|min|tadi|barusan|nya|itu|ini|is|was|are|now|yg|yang|adalah|yaitu|"
    r"i got|i received|my|the|number|no\.?|nomor|baru|lama|masuk|sms|code|kode|dari sms|to|jadi|menjadi)\b){0,6}"
    r"\s{0,8}(?:[是为：:=＝]|is|adalah|yaitu)?\s{0,8}[\"'“”‘’「『(（【\[*]*\s{0,8}"
)
_PIN_WORD = (
    r"(?:(?<![a-z])m?pin(?:-?nya)?(?![a-z])(?:\s*(?:code|kode|atm|码|码是))?|nomor pin|"
    r"支付密码|交易密码|取款密码|pin\s*码|密码)"
)
_OTP_WORD = (
    r"(?:(?<![a-z])otp(?:-?nya)?(?![a-z])|one[- ]time (?:pass(?:word|code)|code|pin)|"
    r"kode (?:verifikasi|otp|rahasia|keamanan|sms|"
    r"masuk|aktivasi|konfirmasi|otentikasi|autentikasi)|verification number|"
    r"(?:verification|security|sms|login|log-in|authentication|confirmation|activation) code|passcode|"
    r"(?<![a-z])cvv2?(?![a-z])|(?<![a-z])cvc2?(?![a-z])|"
    r"验证码|校验码|动态码|动态密码|动态口令|短信码|安全码|一次性密码)"
)
_LOGIN_WORD = (
    r"(?:(?<![a-z])password(?:-?nya)?(?![a-z])|(?<![a-z])passwd(?:-?nya)?(?![a-z])|"
    r"(?<![a-z])pwd(?:-?nya)?(?![a-z])|(?<![a-z])(?<!boarding )pass(?:-?nya)?(?![a-z])|"
    r"kata sandi|(?<![a-z])sandi(?:-?nya)?(?![a-z])|(?<![a-z])pw(?:-?nya)?(?![a-z])|登录密码|密码|口令)"
)
_DIGITS = (
    r"(?P<secret>\d(?:[ -]?\d){%d,%d})(?![\d%%])(?![.,:]\d)(?!\s*(?:menit|minutes?|detik|seconds?|jam|hours?|hari|"
    r"days?|"
    r"digit|angka|kali|times|rupiah|分钟|秒|小时|天|位|次|元))"
)
_PIN = re.compile(_PIN_WORD + _LINK + _DIGITS % (3, 5), re.IGNORECASE)
_OTP = re.compile(_OTP_WORD + _LINK + _DIGITS % (2, 7), re.IGNORECASE)
_BEFORE_WORD = (
    r"(?<![\d.,:/#-])(?P<secret>\d(?:[ -]?\d){3,7})(?!\d)(?![.,:]\d)\s{0,8}"
    r"(?:(?:is|was|as|adalah|itu|sebagai|是|为)\s{0,8})"
    r"(?:the|my|your|kode|我的|您的|你的)?\s{0,8}"
)
_OTP_AFTER = re.compile(_BEFORE_WORD + _OTP_WORD, re.IGNORECASE)
_PIN_AFTER = re.compile(_BEFORE_WORD + _PIN_WORD, re.IGNORECASE)
_PASSWORD = re.compile(
    _LOGIN_WORD
    + r"(?:\s{1,8}(?:saya|aku|ku|my|akun|lama|baru|wifi|untuk akun|for my account|account)){0,4}"
    + r"\s{0,8}(?:[:：=＝]|(?:\s(?:is|was|adalah|yaitu)\s)|是|为)\s{0,8}[\"'“‘「（(]*\s{0,8}(?P<secret>[!-~]{4,64})",
    re.IGNORECASE,
)

_OWN_CODE = re.compile(
    r"(?:(?<![a-z])(?:my|your|the|this)\s+code|(?<![a-z])kode(?:-?nya|\s+(?:saya|sy|aku|anda|yg|yang)))(?![a-z])"
    + _LINK
    + _DIGITS % (5, 5),
    re.IGNORECASE,
)
_OTHER_CODE = re.compile(
    r"error|gagal|promo|vo?uche?r|kupon|coupon|refer+al|booking|pos\b|zip|postal|qr|order|pesanan|transaksi|toko|merchant|"
    r"cabang|branch|bank|negara|country|resi|tracking|approval|produk|product|unik",
    re.IGNORECASE,
)
"""What stands before "my code is 123456" when it is no code that was sent to somebody."""
_SAID_PASSWORD = re.compile(
    r"(?<![a-z])(?:password|passwd|pwd|pw|sandi)(?:-?nya|(?:\s{1,8}(?:akun|saya|sy|aku|lama|baru)){1,4})\s{1,8}(?P<secret>[!-~]{6,64})",
    re.IGNORECASE,
)
# What stands farther from its word than the patterns above allow, in one clause with it, unless a word between says
# that the number is something else.

_GAP = r"(?P<gap>[^\d.!?,;:\n。！？，；：]{1,%d}?(?:[:：]\s{0,3})?)(?<![\d.,:/#+-])"
_NUMBER = (
    r"(?P<secret>\d(?:[ -]?\d){%d,%d})(?![\d%%])(?![ .,:/-]\d)(?!\s*(?:menit|minutes?|detik|seconds?|jam|hours?|hari|"
    r"days?|digit|angka|kali|times|rupiah|ribu|juta|rb\b|k\b|分钟|秒|小时|天|位|次|元|年|月))"
)
_ENDING = r"(?:\s?-?(?:nya|ku|mu))?"
_OTP_NEAR = re.compile(_OTP_WORD + _ENDING + _GAP % 45 + _NUMBER % (3, 7), re.IGNORECASE)
_OTP_TOLD = re.compile(
    _OTP_WORD
    + _ENDING
    + r"(?P<gap>[^\d.!?\n。！？]{1,60}?(?:sebut|kasih|beri|kirim|bilang|told|tell|said|gave|sent|enter|typed|"
    r"说|告诉|给|发|输入)[^\d.!?\n。！？]{0,20}?)(?<![\d.,:/#+-])" + _NUMBER % (3, 7),
    re.IGNORECASE,
)
_PIN_NEAR = re.compile(
    r"(?:(?<![a-z])m?pin(?:ku|mu|-?nya)?(?![a-z])(?! ?pad)|支付密码|交易密码|取款密码|密码)"
    + _GAP % 40
    + _NUMBER % (3, 5),
    re.IGNORECASE,
)
_CARD_CODE_NEAR = re.compile(
    r"(?:(?<![a-z])cv[vc]2?(?![a-z])|security code|kode keamanan|安全码|背面|"
    r"(?:angka|digit|nomor) (?:di )?belakang kartu|(?:digits|number|code) on the back)" + _GAP % 40 + _NUMBER % (2, 3),
    re.IGNORECASE,
)
_SENT_CODE = re.compile(
    r"(?:(?<![a-z])(?:code|kode|m?token)(?![a-z])|(?<!\d)6[ -]?(?:digits?|angka)|位?数字|(?<![a-z])sms(?![a-z])|短信)"
    + _ENDING
    + r"(?P<gap>(?:[^\d.!?,;\n。！？，；]{0,3}6[ -]?(?:digits?|angka|位)?)?[^\d.!?,;\n。！？，；]{0,40}?)"
    + r"(?<![\d.,:/#+-])"
    + _NUMBER % (5, 5),
    re.IGNORECASE,
)
_USED_CODE = re.compile(
    r"(?<![a-z])(?:use|enter|entered|type|typed|gunakan|masukkan|pakai|ketik|使用|输入了?)\s{0,4}(?P<gap>)"
    + _NUMBER % (5, 5)
    + r"\s{0,4}(?:(?:to|untuk|buat|进行|来)\s{0,4}"
    r"(?:verif|confirm|sign|log|masuk|konfirmasi|activ|aktivasi|验证|登录|确认)|"
    r"(?:as|sebagai|作为)[^\d.!?,;\n]{1,16}?(?:code|kode|otp|pin|码))",
    re.IGNORECASE,
)
_CODE_BEHIND = re.compile(
    r"(?<![\d.,:/#+])(?:(?<!-)|(?<=\bG-))"
    + _NUMBER % (3, 7)
    + r"\s{0,4}(?:is|was|as|adalah|itu|sebagai|是|为)(?P<gap>[^\d.!?,;\n。！？，；]{1,30}?)"
    r"(?:(?<![a-z])(?:code|kode|otp|pin|passcode)(?![a-z])|[验证校动态]+码|密码)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"order|pesanan|invoice|faktur|resi|tracking|booking|tiket|ticket|transaksi|transaction|trx|txn|ref|error|gagal|"
    r"fail|muncul|layar|screen|shows?\b|appears?|promo|vo?uche?r|kupon|coupon|referral|\bpos\b|zip|postal|\bqr\b|toko|"
    r"merchant|cabang|branch|negara|country|approval|produk|product|unik|bayar|payment|pembayaran|struk|receipt|listrik|"
    r"rekening|account n|\bva\b|virtual|telepon|phone|telp|\brp\b|\bidr\b|saldo|balance|amount|sebesar|senilai|"
    r"transfer|top.?up|tarik|tahun|year|since|sejak|tanggal(?! lahir)|date|jam|pukul|versi|version|imei|"
    r"\bnik\b|ktp|npwp|case|kasus|订单|单号|运单|快递|流水|交易[号码]|电话|金额|余额|错误|失败代码|优惠|邮编|区号|年|版本|转账|充值|"
    r"\bin\b",
    re.IGNORECASE,
)
"""Between a word and a number, or shortly before both: the number is none of those that are looked for."""
_HANDED = re.compile(
    r"terima|dapat|masuk|kirim|sms|kasih|beri|minta|receiv|\bgot\b|sent|enter|gave|give|told|tell|use|收到|发来|发的|输入|告诉|"
    r"给了|ini|this|saya|sy\b|\bmy\b|your|anda|我的|您的",
    re.IGNORECASE,
)
_PASSWORD_NEAR = re.compile(
    r"(?:(?<![a-z])(?:pass(?:word|wd)|pwd|pw|(?:kata )?sandi|kata kunci)|密码|口令)"
    + _ENDING
    + r"(?P<gap>(?:\s{1,4}[a-z']{1,12}){0,5}\s{0,4}[-–:：=]?|[^\s\d!-~]{0,10})\s{0,4}(?<![!-~])(?P<secret>[!-~]{6,64})",
    re.IGNORECASE,
)
_NO_PASSWORD = re.compile(
    r"\S@\S+\.|^https?:|^www\.|^(?:iphone|ipad|samsung|oppo|vivo|xiaomi|redmi|realme|infinix|huawei|galaxy|android|"
    r"ios|windows|macos|chrome|covid)|^[#+(]|(?-i:^[A-Z]{2,4}[-_.]?\d{4,}$)|^v?\d+(?:\.\d+)+|^\d+[a-z]{1,3}$",
    re.IGNORECASE,
)
"""What stands behind the word and has digits in it, and is an address, a device, a version or an order's number."""

_IN_OTP = ("otp", "pass", "code", "kode", "码", "cvv", "cvc", "number", "one-time", "one time", "verification", "口令")
_IN_PIN = ("pin", "密码")
_IN_CARD_CODE = ("cv", "code", "kode", "码", "背面", "belakang kartu", "on the back")
_IN_CODE = ("code", "kode", "token", "digit", "angka", "数字", "sms", "短信", "码")
_IN_USED = ("use", "enter", "type", "gunakan", "masukkan", "pakai", "ketik", "使用", "输入")
_IN_PASSWORD = ("pass", "pwd", "pw", "sandi", "kata kunci", "密码", "口令")
"""One of these is in whatever the patterns of that kind find: a text without any need not be searched."""


def secrets_in(text: str) -> tuple[Secret, ...]:
    """Every secret in a text, in order and without overlaps; of text beyond 200,000 characters nothing is said."""
    plain = _plain(text[:TEXT_LENGTH])
    found: list[Secret] = []
    cards = (Secret(kind, *span) for kind, span in _cards(plain))
    for secret in (*cards, *_codes(plain)):
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


def _cards(text: str) -> Iterator[tuple[SecretKind, Span]]:
    for number, code in card_numbers_in(text):
        yield SecretKind.CARD, number
        if code is not None:
            yield SecretKind.OTP, code


def _codes(text: str) -> Iterator[Secret]:
    lower = text.lower()
    for kind, words, pattern in (
        (SecretKind.OTP, _IN_OTP, _OTP),
        (SecretKind.OTP, _IN_OTP, _OTP_AFTER),
        (SecretKind.OTP, ("code", "kode"), _OWN_CODE),
        (SecretKind.PIN, _IN_PIN, _PIN),
        (SecretKind.PIN, _IN_PIN, _PIN_AFTER),
        (SecretKind.PASSWORD, _IN_PASSWORD, _PASSWORD),
        (SecretKind.PASSWORD, _IN_PASSWORD, _SAID_PASSWORD),
    ):
        if not any(word in lower for word in words):
            continue
        for match in pattern.finditer(text):
            if pattern is _OWN_CODE and _OTHER_CODE.search(text, max(0, match.start() - BEFORE), match.start()):
                continue
            if pattern is _SAID_PASSWORD and not _is_mixed(match["secret"]):
                continue
            if kind is not SecretKind.PASSWORD or _is_password(match["secret"]):
                yield Secret(kind, match.start("secret"), match.end("secret"))
    yield from _farther(text, lower)


def _farther(text: str, lower: str) -> Iterator[Secret]:
    for kind, words, pattern in (
        (SecretKind.OTP, _IN_OTP, _OTP_NEAR),
        (SecretKind.OTP, _IN_OTP, _OTP_TOLD),
        (SecretKind.OTP, _IN_CARD_CODE, _CARD_CODE_NEAR),
        (SecretKind.PIN, _IN_PIN, _PIN_NEAR),
        (SecretKind.OTP, (*_IN_CODE, *_IN_PIN), _CODE_BEHIND),
        (SecretKind.OTP, _IN_CODE, _SENT_CODE),
        (SecretKind.OTP, _IN_USED, _USED_CODE),
        (SecretKind.PASSWORD, _IN_PASSWORD, _PASSWORD_NEAR),
    ):
        if not any(word in lower for word in words):
            continue
        for match in pattern.finditer(text):
            if not _is_of_another(pattern, text, match):
                yield Secret(kind, match.start("secret"), match.end("secret"))


def _is_of_another(pattern: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
    """Whether something near says that what a pattern found is no secret."""
    gap, secret = match["gap"], match["secret"]
    if pattern is _PASSWORD_NEAR:
        return not _is_mixed(secret) or _NO_PASSWORD.search(secret) is not None or _ANOTHER.search(gap) is not None
    if _ANOTHER.search(gap) or _is_year(secret):
        return True
    if pattern is _USED_CODE or pattern is _CODE_BEHIND:
        return False
    clause = re.split(r"[.!?;\n。！？；]", text[max(0, match.start() - BEFORE) : match.start()])[-1]
    if pattern is _SENT_CODE:
        return _ANOTHER.search(clause) is not None or _HANDED.search(clause + match[0]) is None
    return False


def _is_year(written: str) -> bool:
    return len(written) == 4 and written.isdigit() and 1990 <= int(written) <= 2035


def _is_mixed(word: str) -> bool:
    return any(sign.isalpha() for sign in word) and any(sign.isdigit() for sign in word)


def _is_password(word: str) -> bool:
    """Whether a word is more likely a password than a word: it has a digit or a sign in it."""
    bare = word.rstrip(".,;!?)")
    return len(bare) >= 4 and not bare.isalpha() and not bare.startswith(("http", "{"))


def _plain(text: str) -> str:
    """The text with its digits and signs as ASCII has them, each character in its place."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign.isspace() or sign in "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff":
        return " "
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
