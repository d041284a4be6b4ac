"""Which columns of the queue there is room for, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from db.kinds import Language
from desk.rules.lookalikes import flagged
from desk.tui import format as form
from desk.tui.safety import line

if TYPE_CHECKING:
    from db.rows import CaseRow

GUTTER = 2
"""Cells before the first column: the selection's bar and the mark."""

NOBODY = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `width` in cells without the blank behind it; 0 shares what is left."""

    name: str
    width: int
    text: Callable[[CaseRow, datetime], str]
    right: bool = False
    from_width: int = 0
    """The least table width at which it is shown."""


def _customer(row: CaseRow, _now: datetime) -> str:
    return flagged(row.customer_name)


def _subject(row: CaseRow, _now: datetime) -> str:
    return line(row.subject) if row.subject.strip() else "(no subject)"


def _topic(row: CaseRow, _now: datetime) -> str:
    return topic_words(row.topic_key)


def _who(row: CaseRow, _now: datetime) -> str:
    return line(row.assignee_name).partition(" ")[0] if row.assignee_name else NOBODY


def topic_words(key: str | None) -> str:
    """A topic's key as words: `payment failed`."""
    return line(key).replace("-", " ").replace(".", ": ") if key else ""


COLUMNS = (
    Column("due", 9, form.due),
    Column("ref", 8, lambda row, _now: row.reference),
    Column("ch", 2, lambda row, _now: form.glyph(row.channel)),
    Column("pr", 2, lambda row, _now: str(row.priority)),
    Column("customer", 18, _customer),
    Column("subject", 0, _subject),
    Column("topic", 16, _topic, from_width=96),
    Column("lg", 2, lambda row, _now: "" if row.language is Language.OTHER else row.language.value, from_width=88),
    Column("age", 5, lambda row, now: form.age(row.created_at, now), right=True, from_width=88),
    Column("who", 8, _who),
)


@lru_cache(maxsize=16)
def fitted(width: int) -> tuple[Column, ...]:
    """The columns of a table of `width` cells, each with its width."""
    kept = [column for column in COLUMNS if width >= column.from_width]
    if width < 76:
        narrow = {"ref": 7, "customer": 12, "who": 5}
        kept = [_resized(column, narrow.get(column.name, column.width)) for column in kept]
    elif width >= 110:
        kept = [_resized(column, 24 if column.name == "customer" else column.width) for column in kept]
    taken = GUTTER + sum(column.width + 1 for column in kept)
    return tuple(_resized(column, max(8, width - taken)) if not column.width else column for column in kept)


def _resized(column: Column, width: int) -> Column:
    return Column(column.name, width, column.text, column.right, column.from_width)
