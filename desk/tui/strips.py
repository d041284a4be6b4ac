"""Lines put together from styled pieces, for widgets that draw their own lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from desk.tui import format as form


def strip(pieces: Iterable[tuple[str, Style]], width: int, rest: Style) -> Strip:
    """One line of exactly `width` cells: the pieces, cut or filled up with `rest`."""
    segments: list[Segment] = []
    left = width
    for text, style in pieces:
        cells = cell_len(text)
        if cells > left:
            segments.append(Segment(form.fit(text, left), style))
            left = 0
            break
        if text:
            segments.append(Segment(text, style))
            left -= cells
    if left > 0:
        segments.append(Segment(" " * left, rest))
    return Strip(segments, width)


def two_ends(left: list[tuple[str, Style]], right: list[tuple[str, Style]], width: int, rest: Style) -> Strip:
    """One line with pieces at both ends; the right ones go when there is no room for them."""
    taken = sum(cell_len(text) for text, _ in left) + sum(cell_len(text) for text, _ in right)
    if taken >= width:
        return strip(left, width, rest)
    return strip([*left, (" " * (width - taken), rest), *right], width, rest)
