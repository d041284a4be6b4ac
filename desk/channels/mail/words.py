"""Encoded words of RFC 2047 made readable, the many malformed ones included."""

from __future__ import annotations

import binascii
import re

from desk.channels.mail.charsets import decode, storable

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,8192}?)(?:\?=|\Z)")
_BETWEEN = re.compile(r"[ \t\r\n]*\Z")


def decode_words(text: str, *, hint: str | None = None) -> str:
    """The text with its encoded words decoded; words that cannot be read stay as they are.

    Pieces of one character that were split over neighbouring words are put together again.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    held: list[bytes] = []
    held_charset = ""
    position = 0
    for word in _WORD.finditer(text):
        gap = text[position : word.start()]
        charset, payload = word[1].split("*")[0].lower(), _payload(word[2], word[3])
        if payload is None:
            continue
        joined = bool(held) and not gap.strip()
        if held and not (joined and charset == held_charset):
            out.append(decode(b"".join(held), held_charset, hint=hint))
            held = []
        if not joined:
            out.append(gap)
        held.append(payload)
        held_charset = charset
        position = word.end()
    if held:
        out.append(decode(b"".join(held), held_charset, hint=hint))
    out.append(text[position:])
    return storable("".join(out))


def _payload(kind: str, text: str) -> bytes | None:
    data = text.encode("utf-8", "surrogateescape" if not text.isascii() else "strict")
    if kind in "qQ":
        return binascii.a2b_qp(data.replace(b"\r", b"").replace(b"\n", b""), header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if not letters and data:
        return None
    try:
        return binascii.a2b_base64(letters + b"==")
    except binascii.Error:
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4]) or None
