"""An answer as it stands in the composer, with what has to be known to judge it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from db.kinds import Language
from desk.rules.hours import HoursPlan

_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """A text and its circumstances; `plan` are the hours of its channel (None: not known), `now` is when it goes."""

    text: str
    language: Language
    """The customer's; `OTHER` is answered in any."""
    now: datetime
    plan: HoursPlan | None = None
    files: int = 0
    variables: frozenset[str] = frozenset()
    """What the canned answers in it declare."""
    misspelt: tuple[tuple[int, int], ...] = ()
    """Where a dictionary does not know a word, if one was asked: character offsets."""

    @property
    def own(self) -> str:
        """The text with quoted lines (`> …`) blanked, each character in its place: what others said is not ours."""
        return _QUOTED.sub(lambda quoted: " " * len(quoted[0]), self.text)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: its name, words for the agent, and where in the text (both 0: nowhere in it)."""

    check: str
    says: str
    start: int = 0
    end: int = 0
