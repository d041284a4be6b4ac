"""Names for saved files, made from what a stranger called them: never a path, a device, a hidden file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MOST_BYTES = 200
"""File systems take 255 bytes a name; room is left for a number."""

MOST_TRIES = 1000

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029]')
_UNSEEN = {"Cf", "Cc", "Cs", "Co", "Cn"}
_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)


def safe_name(filename: str) -> str:
    """A name that is safe in any folder and on any system; the true ending stays the last one."""
    name = unicodedata.normalize("NFC", filename[:4096])
    name = "".join(_plain(character) for character in name)
    name = _UNSAFE.sub("_", name).strip(" .")
    if not name.strip("_"):
        return "attachment"
    stem, ending = _split(name)
    if _DEVICES.fullmatch(name.split(".")[0].strip()) or stem[0] in "-~":
        stem = "_" + stem  # a device of Windows, or what programs take for an option or a home folder
    return (_cut(stem, MOST_BYTES - len(ending.encode())) + ending).rstrip(" .")


def candidates(filename: str) -> Iterator[str]:
    """The safe name, then the same with ` (1)`, ` (2)` and so on before the ending."""
    name = safe_name(filename)
    yield name
    stem, ending = _split(name)
    for number in range(1, MOST_TRIES):
        yield f"{stem} ({number}){ending}"


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    return "" if category in _UNSEEN else " " if category == "Zs" else character


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending.encode()) > 20:
        return name, ""
    return stem, "." + ending


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
