"""A clock that a test sets: time stands still until the test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
"""A Monday: 14:14 in Berlin, 21:14 in Shanghai, 8:14 in New York."""


class SettableClock:
    """Called like any other clock, it gives the moment it was set to, aware and in UTC."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    @property
    def moment(self) -> datetime:
        """The moment it is for whoever asks."""
        return self._moment

    @moment.setter
    def moment(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its offset from UTC; give it tzinfo")
        self._moment = moment.astimezone(UTC)

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move on by a timedelta or by its parts (`minutes=5`), and give the new moment."""
        self.moment += by if by is not None else timedelta(**parts)
        return self.moment
