"""Text from outside, made fit to store: no control byte survives unseen, and nothing else is touched."""

from __future__ import annotations

import re
import unicodedata

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_C1 = {code: f"\\x{code:02x}" for code in range(0x80, 0xA0)}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_LINE_ENDS = {0x0A: " ", 0x0D: " ", 0x09: " ", 0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}

_TEXT = {**_CONTROL_PICTURES, **_C1, **_SURROGATES, 0x2028: "\n", 0x2029: "\n\n", 0x85: "\n"}
for kept in (0x0A, 0x09):
    del _TEXT[kept]
_LINE = {**_CONTROL_PICTURES, **_C1, **_SURROGATES, **_LINE_ENDS}

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def clean_text(text: str) -> str:
    """Several lines, fit to store and show: controls become visible pictures (`␛`), lone surrogates `�`."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TEXT)


def clean_line(text: str, limit: int = 998) -> str:
    """One line of at most `limit` characters: line ends become blanks, controls visible pictures."""
    line = " ".join(text.translate(_LINE).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: an invisible name is not a name."""
    seen = _UNSEEN.sub("", text)
    return all(unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Mn"} for character in seen)
