"""Keeps columns in place on terminals that count cells otherwise: the cursor is put where it should stand."""

from __future__ import annotations

import re
from functools import cache

from rich.cells import cell_len

SURE = (
    " -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u1fff\u2010-\u2027\u202f-\u205e\u2070-\u20bf"
    "\u2100-\u230f\u23ce\u23f8\u2500-\u259f\u25c0-\u25ff\u260f\u2709\u2e80-\u3029\u3030-\u3098\u309b-\ua4cf"
    "\uac00-\ud7a3\uf900-\ufaff\uff01-\uffdc"
)
"""Characters whose width terminals agree on; the parts of an emoji or of a written syllable some count apart."""


@cache
def _unsure() -> re.Pattern[str]:
    return re.compile(rf"[^{SURE}\x00-\x1f\x7f]")


@cache
def _pieces() -> re.Pattern[str]:
    unsure = rf"[^{SURE}\x00-\x1f\x7f]"  # with the character before it, which a mark may widen
    return re.compile(
        r"\x1b\[\d+;(?P<column>\d+)H"
        r"|(?P<control>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x1f\x7f])"
        rf"|(?P<sure>(?:[{SURE}](?!{unsure}))+)"
        rf"|(?P<unsure>[{SURE}]?{unsure}+)",
        re.DOTALL,
    )


def steadied(data: str) -> str:
    """The same output; around what terminals count differently, the cells are cleared and the cursor put right.

    `data` is what Textual writes: each stretch of text begins with a move to its place.
    """
    if data.isascii() or not _unsure().search(data):
        return data
    written: list[str] = []
    column = 0
    for found in _pieces().finditer(data):
        piece = found[0]
        if found["column"]:
            column = int(found["column"])
        elif found["control"]:
            if piece == "\r":
                column = 1
        elif found["sure"] or not column:
            column += cell_len(piece) if column else 0
        else:
            cells = cell_len(piece)
            written += (" " * cells, f"\x1b[{column}G", piece, f"\x1b[{column + cells}G")
            column += cells
            continue
        written.append(piece)
    return "".join(written)
