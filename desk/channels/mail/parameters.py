"""Values with parameters, such as Content-Type and Content-Disposition, read leniently (RFC 2045, 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.words import decode_words

_PARAMETER = re.compile(
    r"""[;\s]([A-Za-z0-9!#$%&+^_`{|}~.*-]{1,60})\s{0,20}=\s{0,20}(?:"((?:[^"\\]|\\.){0,8000})"|([^;]{0,2000}))""",
    re.DOTALL,
)
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?\Z")


def read_value(text: str, *, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """The leading token in lower case and the parameters, continuations joined and decoded."""
    text = text[:16_384]
    head, _, _ = text.partition(";")
    token = head.strip().split(" ")[0].strip("\"'<>,").lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(text, len(head) if ";" in text else len(head.split(" ")[0])):
        name = found[1].lower()
        value = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else _bare(found[3])
        section = _SECTION.match(name)
        if section is None:
            plain.setdefault(name, value)
        else:
            number = int(section[2] or 0)
            encoded = section[3] is not None or section[2] is None
            pieces.setdefault(section[1], {}).setdefault(number, (value, encoded))
    out = {name: _readable(value, hint) for name, value in plain.items()}
    for name, numbered in pieces.items():
        out[name] = _joined([numbered[number] for number in sorted(numbered)], hint)
    return token, out


def _bare(text: str) -> str:
    """An unquoted value; blanks within are kept, for senders forget the quotes around file names."""
    text = text.strip()
    return text.strip("\"'") if text[:1] in "\"'" else text


def _readable(value: str, hint: str | None) -> str:
    if "=?" in value:
        value = decode_words(value, hint=hint)
    elif (
        "%" in value and re.search(r"%[0-9A-Fa-f]{2}", value) and value.lower().startswith(("utf-8''", "iso-8859-1''"))
    ):
        return _joined([(value, True)], hint)
    return " ".join(storable(value).split())


def _joined(pieces: list[tuple[str, bool]], hint: str | None) -> str:
    charset = ""
    data: list[bytes] = []
    for index, (value, encoded) in enumerate(pieces):
        piece = value
        if encoded:
            if index == 0 and piece.count("'") >= 2:
                charset, _, piece = piece.split("'", 2)
            data.append(unquote_to_bytes(piece))
        else:
            data.append(piece.encode("utf-8", "replace"))
    text = decode(b"".join(data), charset or None, hint=hint)
    if "=?" in text:
        text = decode_words(text, hint=hint)
    return " ".join(storable(text).split())
