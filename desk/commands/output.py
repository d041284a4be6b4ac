"""What every command prints with: lines safe for a terminal, columns that stay in place, JSON, times."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from desk.rules.shown import block, line

__all__ = ["block", "cells", "count", "fit", "iso", "json_text", "line", "local", "print_json", "table"]

ELLIPSIS = "…"


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes; it has to be one safe line (`line`)."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def fit(text: str, width: int) -> str:
    """Exactly `width` cells: cut with `…`, or filled with blanks."""
    size = cells(text)
    if size <= width:
        return text + " " * (width - size)
    kept, used = [], 0
    for character in text:
        wide = _width(character)
        if used + wide > width - 1:
            break
        kept.append(character)
        used += wide
    return "".join(kept) + ELLIPSIS + " " * (width - 1 - used)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], widest: Sequence[int]) -> Iterable[str]:
    """Lines of a table: cells made safe, each column as wide as it needs and at most as wide as allowed."""
    safe = [list(heads), *([line(cell) for cell in row] for row in rows)]
    widths = [min(most, max(cells(row[place]) for row in safe)) for place, most in enumerate(widest)]
    for row in safe:
        yield "  ".join(fit(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()


def count(number: int, one: str, many: str) -> str:
    """`1 case`, `3 cases`."""
    return f"{number:,} {one if number == 1 else many}"


def local(at: datetime | None) -> str:
    """A moment in local time, to the minute: `2026-11-23 20:14`."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def iso(at: datetime | None) -> str | None:
    """A moment for machines: ISO 8601 in UTC, ending in Z."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """JSON in ASCII: whatever strangers wrote, it is safe in a terminal and valid in every encoding."""
    return json.dumps(value, indent=indent, ensure_ascii=True).replace("\x7f", "\\u007f")


def print_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json_text(value))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
