"""How long to wait before something that failed is tried again."""

from __future__ import annotations

MOST_DOUBLINGS = 30


def pause_after(failures: int, chance: float, *, first: float = 1.0, most: float = 300.0) -> float:
    """Seconds to wait after so many failures in a row: twice as long each time, up to `most`.

    `chance`, from 0 to 1, makes it up to half as long, so that many who lost one server do not come back at once.
    """
    whole = min(most, first * 2.0 ** min(max(failures - 1, 0), MOST_DOUBLINGS))
    return whole * (1.0 - chance / 2)
