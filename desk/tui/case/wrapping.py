"""Long text as rows of a given width, made only as far as somebody looks."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, get_character_cell_size, split_graphemes

WORST = 4
"""Code points looked at for each cell of a row that has joined characters in it."""

JOINING = frozenset("\u200d\ufe0f")


def rows(text: str, width: int) -> Iterator[str]:
    """The rows of `text` (already fit to be shown), each at most `width` cells; words are kept whole where they fit."""
    width = max(width, 2)
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield from _line_rows(text[start:end].rstrip(), width)
        start = end + 1


def _line_rows(line: str, width: int) -> Iterator[str]:
    while True:
        if len(line) <= width and (line.isascii() or cell_len(line) <= width):
            yield line
            return
        cut, rest = _break(line, width)
        yield line[:cut].rstrip()
        line = line[rest:]
        if not line:
            return


def _break(line: str, width: int) -> tuple[int, int]:
    """Where the first row of a too long line ends, and where the next one begins."""
    most = width if line[: width + 1].isascii() else _reach(line, width)
    if most >= len(line):
        return len(line), len(line)
    if line[most] == " ":
        return most, _past_blanks(line, most)
    for at in range(most, max(most - width, 0), -1):
        if line[at - 1] == " " and line[:at].strip():
            return at, at
        if ord(line[at - 1]) >= 0x2E80 and at > 1:
            return _before_closing(line, at), _before_closing(line, at)
    return most, most


CLOSING = frozenset("，。！？；：、）」』】》〉”’…,.!?;:)")


def _before_closing(line: str, at: int) -> int:
    """Chinese punctuation does not begin a row: take one character more to the next row instead."""
    return at - 1 if at > 1 and line[at] in CLOSING and line[at - 1] not in CLOSING else at


def _past_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] == " ":
        at += 1
    return at


def _reach(line: str, width: int) -> int:
    """How many code points of a line fit into `width` cells, whole clusters only, at least one."""
    cells = 0
    for at, character in enumerate(line):
        size = get_character_cell_size(character)
        cells += size
        if character in JOINING or "\U0001f1e6" <= character <= "\U0001f1ff":
            return _reach_in_clusters(line, width)
        if cells > width and size:
            return max(at, 1)
    return len(line)


def _reach_in_clusters(line: str, width: int) -> int:
    window = line[: width * WORST]
    spans, _ = split_graphemes(window)
    if len(spans) > 1 and len(window) < len(line):
        spans = spans[:-1]
    cells = 0
    for start, _end, size in spans:
        if cells + size > width and start > 0:
            return start
        cells += size
    return spans[-1][1]
