"""What was found about one thing that the desk depends on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is."""

    WELL = "well"
    NOTE = "note"
    """It works, and somebody may want to know."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` names the thing; `words` say how it is and, unless all is well, what to do. Never a secret."""

    about: str
    state: State
    words: str


def well(about: str, words: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(about, State.WELL, words)


def note(about: str, words: str) -> Finding:
    """A thing that works, with something to know about it."""
    return Finding(about, State.NOTE, words)


def wrong(about: str, words: str) -> Finding:
    """A thing that somebody has to put right."""
    return Finding(about, State.WRONG, words)
