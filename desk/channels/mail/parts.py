"""The tree of parts of a message, found in one pass over the bytes and without copying them.

The standard library's parser nests a generator for each level and keeps every line as a string of its own: a
thousand levels end in a RecursionError, forty megabytes of short lines in gigabytes. Here a part is two offsets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from desk.channels.mail.fields import Fields, read_fields
from desk.channels.mail.limits import ReadLimits
from desk.channels.mail.parameters import read_value

_DASHES = re.compile(rb"\n--([^\r\n]{1,250})")
_GUESS = re.compile(rb"(?:^|\n)--([^\s][^\r\n]{0,100}?)[ \t]*\r?\n(?=[Cc]ontent-)")
_BLANK = re.compile(rb"[ \t\r\n]{1,65536}")
_MOST_DASHES = 300_000


@dataclass(slots=True)
class Part:
    """One part: its header, where its body lies in the message, and the parts inside it."""

    fields: Fields
    content_type: str
    parameters: dict[str, str]
    start: int
    end: int
    depth: int
    children: list[Part] = field(default_factory=list)

    @property
    def main_type(self) -> str:
        """The type before the slash."""
        return self.content_type.partition("/")[0]


class PartReader:
    """Reads one message into its tree of parts; `notes` says what was left unread."""

    def __init__(self, raw: bytes, limits: ReadLimits) -> None:
        self.raw = raw
        self.limits = limits
        self.notes: list[str] = []
        self._count = 0
        self._left_out = 0
        self._guesses = 3
        self._open: list[tuple[Part, bytes]] = []
        self._levels: dict[bytes, int] = {}

    def read(self) -> Part:
        """The whole message; its children are the parts."""
        start = 0
        blank = _BLANK.match(self.raw)
        if blank is not None:
            start = blank.end()
        root = self._enter(start, None, 0)
        if self._open:
            self._split(root.start)
        if self._left_out:
            self.notes.append(f"{self._left_out} parts beyond the first {self.limits.parts} were not read")
        return root

    def _enter(self, position: int, parent: Part | None, depth: int) -> Part:
        """Read the part that begins at `position`, down through messages within messages."""
        first: Part | None = None
        while True:
            fields, body = read_fields(self.raw, position, len(self.raw), self.limits)
            default = "message/rfc822" if parent and parent.content_type == "multipart/digest" else "text/plain"
            part = self._part(fields, body, depth, default)
            if parent is not None:
                parent.children.append(part)
            first = first or part
            self._count += 1
            if part.main_type == "multipart":
                self._open_multipart(part)
                return first
            plain = fields.raw("content-transfer-encoding").strip().lower() in ("", "7bit", "8bit", "binary")
            if part.content_type not in ("message/rfc822", "message/global", "message/news") or not plain:
                return first
            if not self._room(depth):
                return first
            position, parent, depth = body, part, depth + 1

    def _part(self, fields: Fields, body: int, depth: int, default: str) -> Part:
        content_type = default
        parameters: dict[str, str] = {}
        if "content-type" in fields:
            content_type, parameters = read_value(fields.raw("content-type"))
            if "/" not in content_type:
                content_type = "text/plain" if content_type in ("", "text") else f"application/{content_type[:60]}"
        return Part(fields, content_type, parameters, body, len(self.raw), depth)

    def _room(self, depth: int) -> bool:
        if depth < self.limits.depth:
            return True
        note = f"parts nested deeper than {self.limits.depth} levels were not read"
        if note not in self.notes:
            self.notes.append(note)
        return False

    def _open_multipart(self, part: Part) -> None:
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if not self._room(part.depth):
            return
        if self._guesses and (not boundary or self.raw.find(b"--" + boundary, max(part.start - 1, 0)) < 0):
            self._guesses -= 1
            guess = _GUESS.search(self.raw, max(part.start - 1, 0), part.start + 65_536)
            boundary = guess[1] if guess else boundary
            self.notes.append("the boundary between the parts was guessed")
        if boundary:
            self._levels[boundary] = len(self._open)
            self._open.append((part, boundary))

    def _split(self, position: int) -> None:
        seen = 0
        for dashes in _DASHES.finditer(self.raw, max(position - 1, 0)):
            seen += 1
            if seen > _MOST_DASHES or not self._open:
                break
            line = dashes[1].rstrip(b" \t")
            level = self._levels.get(line)
            closing = False
            if level is None and line.endswith(b"--"):
                level, closing = self._levels.get(line[:-2].rstrip(b" \t")), True
            if level is None:
                continue
            self._end_above(level, dashes.start())
            parent, _ = self._open[level]
            if closing:
                self._shut(level)
            elif self._count >= self.limits.parts:
                self._left_out += 1
            else:
                after = self.raw.find(b"\n", dashes.end())
                after = len(self.raw) if after < 0 else after + 1
                self._enter(after, parent, parent.depth + 1)

    def _shut(self, level: int) -> None:
        for _, boundary in self._open[level:]:
            self._levels.pop(boundary, None)
        del self._open[level:]

    def _end_above(self, level: int, stop: int) -> None:
        """A delimiter of `level` ends the part before it and all that is open within."""
        self._shut(level + 1)
        if stop > 0 and self.raw[stop - 1 : stop] == b"\r":
            stop -= 1
        part, _ = self._open[level]
        while part.children:
            part = part.children[-1]
            if part.end <= stop:
                return
            part.end = max(part.start, stop) if part.start <= stop else part.start
