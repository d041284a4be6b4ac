"""Content-transfer-encodings undone, the broken ones too: base64, quoted-printable and uuencode."""

from __future__ import annotations

import binascii
import re

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_STRAY = bytes(byte for byte in range(256) if byte not in _ALPHABET + b" \t\r\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SOFT_BREAK = re.compile(rb"=[ \t]{1,80}(?=\r?\n)")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)


def undo(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The bytes that a part stands for, and a note when they had to be mended."""
    name = encoding.strip().lower().split(";")[0].strip(" \"'")
    if name == "base64":
        return from_base64(data)
    if name in ("quoted-printable", "quoted_printable", "quotedprintable"):
        return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", data)), None
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files, _ = cut_uuencoded(data)
        if files:
            return files[0][1], None
    return data, None


def from_base64(data: bytes) -> tuple[bytes, str | None]:
    """Base64 as senders write it: wrong padding, blanks, several runs one after the other, plain text behind it."""
    stray = len(_NOT_BASE64.findall(data, 0, 4_096))
    if stray * 20 > min(len(data), 4_096):
        return data, "a part that calls itself base64 is not"
    note = None
    alien = _NOT_BASE64.search(data)
    if alien is not None:
        # lists and scanners append their footer in plain text
        start = data.rfind(b"\n", 0, alien.start()) + 1
        tail = data[start:].strip()
        if len(_NOT_BASE64.findall(tail, 0, 2_000)) * 12 > min(len(tail), 2_000) or data[:start].rstrip().endswith(
            b"="
        ):
            decoded, _ = from_base64(data[:start])
            return decoded, "plain text after the end of a base64 part was left out"
        data = data.translate(None, _STRAY)
        note = "stray bytes within base64 were dropped"
    if len(data) < 400 and len(b"".join(data.split())) % 4 == 1:
        return data, "a part that calls itself base64 is not"
    runs = re.split(rb"=[=\s]*", data) if b"=" in data.rstrip(b"=\r\n \t") else [data]
    out = []
    for run in runs[:10_000]:
        try:
            out.append(binascii.a2b_base64(run + b"=="))
        except binascii.Error:
            letters = b"".join(run.split()).rstrip(b"=")
            out.append(binascii.a2b_base64(letters[: len(letters) // 4 * 4]))
            note = "a base64 part is cut off"
    return b"".join(out), note


def cut_uuencoded(data: bytes, *, most: int = 50) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Files written into a text by uuencode, as (name, content), and the text without them."""
    files: list[tuple[bytes, bytes]] = []
    rest: list[bytes] = []
    position = failed = 0
    for begin in _UU_BEGIN.finditer(data):
        if begin.start() < position or len(files) >= most:
            continue
        content, end = _uu_lines(data, begin.end())
        if content is None:
            failed += 1
            if failed > most:
                break
            continue
        files.append((begin[1].strip(), content))
        rest.append(data[position : begin.start()])
        position = end
    rest.append(data[position:])
    return files, b"".join(rest)


def _uu_lines(data: bytes, position: int) -> tuple[bytes | None, int]:
    """The content of lines up to `end`; None at the first line that is no uuencoded one."""
    out: list[bytes] = []
    while position < len(data):
        stop = data.find(b"\n", position)
        stop = len(data) if stop < 0 else stop
        line = data[position:stop].rstrip(b"\r")
        position = stop + 1
        if line.strip() == b"end":
            return b"".join(out), min(position, len(data))
        if len(line) > 90:
            return None, position
        if not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # some encoders pad the last group wrongly; the length is in the first byte
            wanted = ((line[0] - 32) & 63) * 4 // 3 + 5
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                return None, position
    return (b"".join(out) if out else None), len(data)
