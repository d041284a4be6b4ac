"""A message that could not be fetched whole, as one that can be read: its header, and the reason."""

from __future__ import annotations

import re

_OF_THE_BODY = re.compile(rb"(?:content-[a-z-]+|mime-version)[ \t]*:", re.IGNORECASE)
_IS_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")


def not_fetched(header: bytes, why: str) -> bytes:
    """A mail with this header, as far as it is known, whose text says why the rest is missing.

    The same message gives the same bytes wherever it lies, so that it is one case however often it is met.
    """
    kept, keeps = [], False
    for line in re.split(rb"\r?\n", header):
        if line[:1] not in {b" ", b"\t"}:
            keeps = _IS_FIELD.match(line) is not None and _OF_THE_BODY.match(line) is None
        if keeps and line:
            kept.append(line)
    text = f"[This message was not fetched, only its header. {why} The whole message is on the mail server.]"
    about = [b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit"]
    return b"\r\n".join([*kept, *about, b"", text.encode("utf-8", "replace"), b""])
