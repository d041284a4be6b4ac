"""A row of a conversation, and how rows are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from db.kinds import Language

if TYPE_CHECKING:
    from desk.rules.error_codes import Recogniser

Row = tuple[tuple[str, str], ...]
"""Pieces of one row: the name of their style, and text that is fit to be shown."""

INDENT = "  "


@dataclass(frozen=True, slots=True)
class View:
    """How messages are looked at: cells across, the present moment, and the keys that rows name."""

    width: int
    now: datetime
    unfold_key: str = "f"
    retry_key: str = "R"
    back_key: str = "^t"
    release_key: str = "y"
    when_key: str = "w"
    arrived_key: str = "Y"
    give_up_key: str = "X"
    answer_key: str = "A"
    code_key: str = "K"
    codes: Recogniser | None = None
    """The wallet's error codes, where they are known."""
    language: Language = Language.ENGLISH
    """In which the meaning of codes is said."""
    their_zone: tzinfo | None = None
    """The customer's, where it is known."""
