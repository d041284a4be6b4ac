"""Bytes to text: the charset that was declared, the one that was meant, and what is certain enough to mend."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from encodings.aliases import aliases
from functools import lru_cache

_NOT_TEXT = frozenset({
    "base64_codec", "bz2_codec", "hex_codec", "idna", "mbcs", "oem", "punycode", "quopri_codec",
    "raw_unicode_escape", "rot_13", "undefined", "unicode_escape", "uu_codec", "zlib_codec",
})  # fmt: skip
_KNOWN = frozenset(aliases.values()) | frozenset(aliases)

# what senders write beside what they mean; supersets where mail clients stretch the name (WHATWG encoding standard)
_MEANT = {
    "ansi_x3_110_1983": "cp1252",
    "big5": "big5hkscs",
    "cp_850": "cp850",
    "euc_cn": "gb18030",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gb_1988_80": "ascii",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "hz_gb_2312": "hz",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso_8859_1": "cp1252",
    "latin_1": "cp1252",
    "latin1": "cp1252",
    "iso8859_1": "cp1252",
    "8859_1": "cp1252",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_9": "cp1254",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "tis_620": "cp874",
    "windows_874": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "utf_8_mac": "utf_8",
    "utf8mb4": "utf_8",
}
_SHIFTED = frozenset({"utf_7", "hz", "iso2022_jp_ext", "iso2022_jp", "iso2022_kr", "utf_16", "utf_16_le",
                      "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"})  # fmt: skip
_WEAK = frozenset({"ascii", "cp1252", "iso8859_15", "cp1254", "iso8859_2", "cp1250"})
_SNIFF_BYTES = 16_384


@lru_cache(maxsize=512)
def codec_name(declared: str) -> str | None:
    """The name of a text codec for a declared charset, or None when there is none that may be used."""
    plain = declared.split("*", maxsplit=1)[0].split(";", maxsplit=1)[0].strip(" \t\"'<>=").lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain[:60]).strip("_")
    name = _MEANT.get(name, name)
    if not name:
        return None
    if name not in _KNOWN:
        match = re.fullmatch(r"(?:x_)?(?:windows|win|cp|ibm)_?(\d{3,5})", name)
        iso = re.fullmatch(r"iso_?8859_?(\d{1,2})(?:_[a-z])?", name)
        name = f"cp{match[1]}" if match else f"iso8859_{iso[1]}" if iso else name
    try:
        found = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, ValueError):
        return None
    found = _MEANT.get(found, found)
    return None if found in _NOT_TEXT or name in _NOT_TEXT else found


def decode(data: bytes, declared: str | None = None, *, hint: str | None = None) -> str:
    """Readable text of bytes: the declared charset where it fits, what was plainly meant where it does not.

    Never raises; bytes that mean nothing become U+FFFD. `hint` is a charset used elsewhere in the message.
    """
    name = codec_name(declared) if declared else None
    if data.isascii() and name not in _SHIFTED and b"\x1b" not in data:
        return data.decode("ascii")
    marked = _marked(data)
    if marked is not None:
        return mend(marked)
    if name in _SHIFTED:
        return _shifted(data, name)
    if data.isascii():
        return _escaped(data)
    return mend(_eight_bit(data, name, codec_name(hint) if hint else None))


def _marked(data: bytes) -> str | None:
    """The text behind a byte order mark."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                       (codecs.BOM_UTF16_BE, "utf-16-be")):  # fmt: skip
        if data.startswith(mark):
            text = data[len(mark) :].decode(name, "replace")
            return text if name == "utf-8" or text.count("\ufffd") * 10 <= len(text) else None
    return None


def _shifted(data: bytes, name: str | None) -> str:
    """Charsets that give other meanings to ASCII bytes; where they fail the text was probably plain."""
    if name is not None and name.startswith("utf_16") and b"\0" not in data[:400]:
        return _eight_bit(data, None, None)
    for attempt in (data, data.replace(b"\x1b$B", b"\x1b$(Q")):
        # JIS X 0213 has the signs that Microsoft's clients send as if they were in JIS X 0208
        with suppress(UnicodeError, ValueError):
            return attempt.decode((name or "ascii") if attempt is data else "iso2022_jp_2004")
        if b"\x1b$B" not in data:
            break
    if not data.isascii():
        return _eight_bit(data, None, None)
    return data.decode(name or "ascii", "replace")


def _escaped(data: bytes) -> str:
    """Seven-bit bytes with escapes: Japanese or Korean without its label, or plain text with an odd byte."""
    for start, name in (
        (b"\x1b$)C", "iso2022_kr"),
        (b"\x1b$", "iso2022_jp_ext"),
        (b"\x1b(J", "iso2022_jp_ext"),
    ):
        if start in data:
            try:
                return data.decode(name)
            except UnicodeError:
                continue
    return data.decode("ascii")


def _eight_bit(data: bytes, name: str | None, hint: str | None) -> str:
    if name is None or name in _WEAK or name == "utf_8":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            cut = _cut_utf8(data)
            if cut is not None:
                return cut
    for candidate in (name, hint):
        if candidate is None or candidate in ("ascii", "utf_8", *_SHIFTED):
            continue
        try:
            return data.decode(candidate)
        except (UnicodeError, ValueError):
            continue
    if name not in (None, "ascii", "utf_8"):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode(name or "utf-8", "replace")
            if text.count("\ufffd") * 50 <= len(text):
                return text
    return data.decode(sniff(data), "replace")


def _cut_utf8(data: bytes) -> str | None:
    """UTF-8 with a little damage, such as one character cut in half; None when it is something else."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(1 for char in text[:_SNIFF_BYTES] if char > "\x7f") - text[:_SNIFF_BYTES].count("\ufffd")
    return text if sound > 0 and broken * 8 <= sound else None


def sniff(data: bytes) -> str:
    """The charset that eight-bit bytes are most probably in, judged by how common the resulting letters are."""
    from desk.channels.mail.letters import CANDIDATES, WHOLE_WORDS, commonness

    sample = data[:_SNIFF_BYTES]
    runs = re.findall(rb"[\x80-\xff]+", sample)
    # letters with accents stand alone between plain ones; Cyrillic, Greek, Arabic fill whole words
    latin = sum(map(len, runs)) < 1.9 * len(runs)
    best, name = 0.0, "cp1252"
    for candidate in CANDIDATES:
        if latin and candidate in WHOLE_WORDS:
            continue
        decoder = codecs.getincrementaldecoder(candidate)("strict")
        try:
            text = decoder.decode(sample, final=len(sample) == len(data))
        except UnicodeDecodeError:
            continue
        score = commonness(text, candidate)
        if score > best:
            best, name = score, candidate
    return name


_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                    "\u2013-\u203a\u20ac\u2122]")  # fmt: skip
_BACK = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0)
         if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}  # fmt: skip


def mend(text: str) -> str:
    """Text that was UTF-8 read as Windows-1252 and encoded again is set right, only where all of it agrees."""
    if len(_TWICE.findall(text, 0, 20_000)) < 2:
        return text
    try:
        back = text.translate(_BACK).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
    return back if all(char.isprintable() or char in "\r\n\t\xa0\xad" for char in back[:20_000]) else text


def storable(text: str) -> str:
    """Valid Unicode without NUL: lone surrogates become U+FFFD, NUL becomes its visible sign U+2400."""
    if "\0" in text:
        text = text.replace("\0", "\u2400")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text
