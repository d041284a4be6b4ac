"""Tables of HTML mail: those that lay out a page become lines, those with data stay tables."""

from __future__ import annotations

from typing import Any

_BLOCKS = frozenset({"p", "div", "ul", "ol", "blockquote", "table", "h1", "h2", "h3", "h4", "pre", "hr", "center"})


def settle(table: Any) -> None:
    """A table that only lays out a page becomes lines; one with data stays a table."""
    if not _lays_out(table):
        return
    table.tag = "div"
    for element in table:
        if element.tag in ("tbody", "thead", "tfoot"):
            element.tag = "div"
            for row in element:
                _settle_row(row)
        else:
            _settle_row(element)


def _lays_out(table: Any) -> bool:
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return True
    rows = list(table.iterdescendants("tr"))
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows[:200]]
    widest = max(map(len, cells), default=0)
    if widest < 2 or widest > 40 or len(rows) > 2_000:
        return True
    return any(sum(inner.tag in _BLOCKS for inner in cell.iterdescendants()) > 1 for row in cells for cell in row)


def _settle_row(row: Any) -> None:
    if row.tag == "tr":
        row.tag = "div"
        for cell in row:
            if cell.tag in ("td", "th"):
                cell.tag = "div"
