"""What the composer hands over: words, where they are to go, when, and what becomes of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.kinds import DraftKind

WAIT, SOLVE, NEXT = "wait", "solve", "next"
"""What happens to the case after sending."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An answer, a note, or mail to a third party, as it stood on screen when its writer finished it."""

    kind: DraftKind
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """As in `DraftRow.details`: exactly what the composer's head said."""
    then: str = WAIT
    at: datetime | None = None
    """The later moment at which it is to go."""
    despite: str = ""
    """Why it goes although a check of its text keeps it back."""
