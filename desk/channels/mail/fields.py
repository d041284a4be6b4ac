"""The header of a message or part: its fields found, bounded, unfolded and decoded."""

from __future__ import annotations

import re

from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.limits import ReadLimits
from desk.channels.mail.words import decode_words

_NAME = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_FOLDED = re.compile(rb"(?>[ \t]++[^\s][^\n]*+(?:\n|\Z))++")
_FOLD = re.compile(rb"\r*\n[ \t]*")


class Fields:
    """Header fields in their order; names ignore case, a field that comes twice is answered by its first."""

    __slots__ = ("_order", "_values", "cut", "hint")

    def __init__(self) -> None:
        self._values: dict[str, list[bytes]] = {}
        self._order: list[str] = []
        self.cut = False
        """Whether fields or parts of them were left out."""
        self.hint: str | None = None
        """The charset of the body, for names and subjects that come as raw bytes."""

    def add(self, name: str, value: bytes) -> None:
        """Append one field, its value as received."""
        self._values.setdefault(name, []).append(value)
        self._order.append(name)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __len__(self) -> int:
        return sum(map(len, self._values.values()))

    def raw(self, name: str) -> str:
        """The first value, unfolded, raw bytes made readable, encoded words as they are; empty when absent."""
        values = self._values.get(name)
        return self._unfold(values[0]) if values else ""

    def all_raw(self, name: str, most: int = 50) -> list[str]:
        """Every value of a name, unfolded."""
        return [self._unfold(value) for value in self._values.get(name, ())[:most]]

    def above(self, name: str, other: str) -> int:
        """How many fields of a name stand above the first `other`: what each server adds, it adds on top."""
        return self._order[: self._order.index(other)].count(name) if other in self._values else 0

    def text(self, name: str) -> str:
        """The first value for reading: one line, encoded words decoded, storable."""
        return one_line(decode_words(self.raw(name), hint=self.hint))

    def _unfold(self, value: bytes) -> str:
        value = _FOLD.sub(b" ", value) if b"\n" in value else value
        return storable(decode(value.strip(), hint=self.hint))


def one_line(text: str) -> str:
    """Text with every run of line ends and blanks as one blank, and none around it."""
    return " ".join(storable(text).split())


def read_fields(raw: bytes, start: int, end: int, limits: ReadLimits) -> tuple[Fields, int]:
    """The header that begins at `start` and where the body behind it begins.

    A line that cannot be a header field ends the header, and the body begins with it.
    """
    fields = Fields()
    position = start
    name, begin, size, count = "", start, 0, 0

    def keep(stop: int) -> None:
        if name and count <= limits.fields:
            fields.add(name, raw[begin : min(stop, begin + limits.field_bytes)])
        if count > limits.fields or size > limits.field_bytes:
            fields.cut = True

    while position < end:
        stop = raw.find(b"\n", position, end)
        stop = end if stop < 0 else stop + 1
        first = raw[position : position + 1]
        folded = _FOLDED.match(raw, position, end) if first in b" \t" else None
        if folded is not None and folded.end() > position:
            size += folded.end() - position
            position = folded.end()
            continue
        if first in b" \t\r\n" and not raw[position : min(stop, position + 400)].strip():
            if name or (not fields and not raw[start:position].strip()):
                keep(position)
            return fields, stop
        found = _NAME.match(raw, position, min(stop, position + 140))
        if found is None:
            if position == start and raw.startswith((b"From ", b">From "), position):
                position = stop
                continue
            if raw.startswith(b"--", position) or not _goes_on(raw, stop, end):
                keep(position)
                return fields, position
            size += stop - position
            position = stop
            continue
        keep(position)
        count += 1
        name, begin, size = found[1].decode("ascii").lower(), found.end(), stop - position
        position = stop
        if count > limits.fields:
            gap = _END.search(raw, position, end)
            fields.cut = True
            return fields, gap.end() if gap else end
    keep(end)
    return fields, end


def _goes_on(raw: bytes, position: int, end: int) -> bool:
    """Whether a field follows a line that is none: then the line is a piece of the field before, badly folded."""
    return _NAME.match(raw, position, min(end, position + 140)) is not None and not raw.startswith(b"--", position)
