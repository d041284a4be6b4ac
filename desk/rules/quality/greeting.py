"""Greetings whose name is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.rules.quality.written import Finding, Written

_NOBODY = r"(?:none|null|undefined|unknown|nan|n/a|-)"
_EMPTY = re.compile(
    r"\A\s*(?:"
    r"(?:halo|hai|hi|hello|dear|selamat (?:pagi|siang|sore|malam)|good (?:morning|afternoon|evening)|yth\.?|kepada)"
    r"(?:\s+(?:yth\.?|bapak|ibu|pak|bu|kak|kakak|mr\.?|mrs\.?|ms\.?|bapak/ibu))?"
    r"(?:\s+[,!，！]|\s+"
    + _NOBODY
    + r"\s*[,!.，！]|(?<=pak)\s*,|(?<=dear)\s*,|(?<=yth\.)\s*,|(?<=yth)\s*,|(?<=mr\.)\s*,"
    r"|(?<=ms\.)\s*,|(?<=mrs\.)\s*,|(?<=kepada)\s*,)"
    r"|[,，]\s*您好|(?:尊敬的|亲爱的)\s*[,，：:]|" + _NOBODY + r"\s*[,，]\s*您好)",
    re.IGNORECASE,
)


def empty_greeting(written: Written) -> Iterator[Finding]:
    """`Halo ,`, `Dear None,`, `，您好！`: where a name should stand. `Halo,` and `您好！` name nobody, as is usual."""
    if match := _EMPTY.match(written.own):
        yield Finding("greeting", "the greeting has no name", match.start(), match.end())
