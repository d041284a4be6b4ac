"""What each channel has, and has otherwise where it is staffed for a language alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from db.kinds import Channel, Language

T = TypeVar("T")
S = TypeVar("S")


class Staffed(dict[Channel, T]):
    """Something of each channel; `staffed` has what holds for one language on a channel instead."""

    def __init__(
        self, channels: Mapping[Channel, T] | None = None, staffed: Mapping[tuple[Channel, Language], T] | None = None
    ) -> None:
        super().__init__(channels or {})
        self.staffed = dict(staffed or {})

    def of(self, channel: Channel, language: Language) -> T | None:
        """What holds on a channel for somebody who writes in a language."""
        return self.staffed.get((channel, language)) or self.get(channel)

    def each(self, turned: Callable[[T], S]) -> Staffed[S]:
        """The same with every value turned into another."""
        return Staffed(
            {channel: turned(value) for channel, value in self.items()},
            {whose: turned(value) for whose, value in self.staffed.items()},
        )

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self, other) is True and self.staffed == getattr(other, "staffed", {})

    __hash__ = None
