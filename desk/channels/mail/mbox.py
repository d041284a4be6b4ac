"""Messages out of an mbox file of any size, one after the other, their bytes as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

MOST_BYTES = 100_000_000
"""A message longer than this is given as None: it is reported, not taken in."""

PIECE = 1_000_000
"""So much of a line is read at a time."""

_DATED = re.compile(rb"From \S.*\d\d?:\d\d.*\d{4}")
_HEADER = re.compile(rb">?[!-9;-~]{1,80}:|From ")
_ESCAPED = re.compile(rb"^(>+)From ", re.MULTILINE)
_DEPTH = re.compile(rb">*")


def messages(file: IO[bytes]) -> Iterator[bytes | None]:
    """Each message of an mbox, without its `From ` line; None for one of more than `MOST_BYTES`.

    `From ` begins a message at the start of the file, or behind a blank line when a date follows on the line or a
    header on the next: programs that do not escape `From ` in texts are common. Nothing is dropped: what stands
    before the first `From ` line is a message as well.
    """
    collected: list[bytes] = []
    size = 0
    started = False
    behind_blank = True
    line = file.readline(PIECE)
    while line:
        following = file.readline(PIECE)
        if behind_blank and line.startswith(b"From ") and _begins(line, following):
            if started or collected:
                yield _whole(collected, size)
            collected, size, started = [], 0, True
        else:
            size += len(line)
            collected.append(line)
            if size > MOST_BYTES:
                collected = []
        behind_blank = line in {b"\n", b"\r\n"}
        line = following
    if started or collected:
        yield _whole(collected, size)


def without_from_line(raw: bytes) -> bytes:
    """A message as a mail server's pipe hands it over, without the `From ` line that some put before it."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _begins(line: bytes, following: bytes) -> bool:
    return _DATED.match(line) is not None or _HEADER.match(following) is not None


def _whole(collected: list[bytes], size: int) -> bytes | None:
    if size > MOST_BYTES:
        return None
    if len(collected) > 1 and collected[-1] in {b"\n", b"\r\n"}:
        collected.pop()  # the blank line before the next `From ` is the mailbox's, not the message's
    raw = b"".join(collected)
    return _unescaped(raw) if b">From " in raw else raw


def _unescaped(raw: bytes) -> bytes:
    """`>From ` as `From `, with one `>` less however many there are (mboxrd), where that is sure.

    Older programs escape `From ` alone. A line that stands beside lines with as many `>` is then a quotation that
    was never escaped, and keeps them all.
    """
    lines = raw.split(b"\n")
    before = list(lines)
    for place, line in enumerate(lines):
        if _ESCAPED.match(line):
            depth = _depth(line)
            beside = [before[place - 1] if place else b"", before[place + 1] if place + 1 < len(before) else b""]
            if all(_depth(other) < depth or _ESCAPED.match(other) for other in beside):
                lines[place] = line[1:]
    return b"\n".join(lines)


def _depth(line: bytes) -> int:
    found = _DEPTH.match(line)
    return len(found[0]) if found else 0
