"""Whether a text asks for a secret: a PIN, a one-time code, a password. Nobody at the desk ever asks for one.

A rule of words, in three languages: a sentence that names a secret and requests it is refused, unless it forbids or
denies the request. Telling somebody to *choose* Forgot password is no request.
"""

from __future__ import annotations

import re
import unicodedata

_SECRET = re.compile(
    r"\b(?:pin|m-?pin|otp|passwords?|passcode|passphrase|kata ?sandi|sandi|cvv|cvc|security code|secret answer)\b"
    r"|\b(?:verification|one[- ]time|sms|log-?in|authentication) (?:code|password)s?\b"
    r"|\bkode (?:otp|verifikasi|sms|rahasia|keamanan|masuk|sekali pakai)\b"
    r"|密码|口令|验证码|校验码|动态码|安全码|pin ?码"
)
_REQUEST = re.compile(
    r"\b(?:send|tell|give|provide|share|state|confirm|read (?:out|us|me)|type (?:here|it)|reply with|write|note|ask"
    r"|what is|what's|what are|need|collect|request"
    r"|kirim\w*|sebut\w*|beri\w*|bagi\w*|tulis\w*|bacakan|ketik\w*|balas\w*|minta\w*|tanya\w*|catat\w*|apa|berapa"
    r"|konfirmasi\w*|butuh\w*|perlukan|sampaikan|informasikan)\b"
    r"|发送|发给|发来|告诉|告知|提供|回复|报一下|报给|说一下|写下|填写|记录|询问|是多少|是什么|请给"
)
_DENIAL = re.compile(
    r"\b(?:never|not|no|nobody|don't|won't|cannot|can't|jangan\w*|tidak|tak|bukan|tanpa|without)\b"
    r"|不会|不要|不得|绝不|从不|切勿|请勿|勿|无需|不需|任何人都不"
)
_EMPTY_DENIAL = re.compile(
    r"\b(?:do not|don't|never) (?:worry|hesitate|forget|mind)\b|\bjangan (?:ragu|khawatir|lupa|kuatir)\b"
    r"|不要忘|别忘|别担心|不要担心|不用担心"
)
_SENTENCE = re.compile(r"[.!?;。！？；\n]+")


def names_secret(text: str) -> bool:
    """Whether a text names a secret at all."""
    return _SECRET.search(_plain(text)) is not None


def asks_for_secret(text: str) -> str:
    """The sentence that asks for a secret; empty when none does."""
    for sentence in _SENTENCE.split(_plain(text)):
        said = _EMPTY_DENIAL.sub(" ", sentence)
        if not _SECRET.search(said):
            continue
        for request in _REQUEST.finditer(said):
            if not _DENIAL.search(said, 0, request.start()):
                return sentence.strip()
    return ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
