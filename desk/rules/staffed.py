"""What each channel has, and has otherwise in a queue, or where it is staffed for a language alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from db.kinds import Channel, Language

T = TypeVar("T")
S = TypeVar("S")


class Staffed(dict[Channel, T]):
    """Something of each channel; `staffed` has what holds for one language on a channel instead.

    `queues` has what holds in a queue (None: the common one) whatever the channel, for one language or (None) for all.
    """

    def __init__(
        self,
        channels: Mapping[Channel, T] | None = None,
        staffed: Mapping[tuple[Channel, Language], T] | None = None,
        queues: Mapping[tuple[str | None, Language | None], T] | None = None,
    ) -> None:
        super().__init__(channels or {})
        self.staffed = dict(staffed or {})
        self.queues = dict(queues or {})

    def of(self, channel: Channel, language: Language) -> T | None:
        """What holds on a channel for somebody who writes in a language."""
        return self.staffed.get((channel, language)) or self.get(channel)

    def of_queue(self, queue: str | None, language: Language) -> T | None:
        """What a queue has of its own for somebody who writes in a language."""
        return self.queues.get((queue, language)) or self.queues.get((queue, None))

    def of_case(self, channel: Channel, language: Language, queue: str | None) -> T | None:
        """What holds for a case: its queue's, else its channel's."""
        return self.of_queue(queue, language) or self.of(channel, language)

    def each(self, turned: Callable[[T], S]) -> Staffed[S]:
        """The same with every value turned into another."""
        return Staffed(
            {channel: turned(value) for channel, value in self.items()},
            {whose: turned(value) for whose, value in self.staffed.items()},
            {whose: turned(value) for whose, value in self.queues.items()},
        )

    def __eq__(self, other: object) -> bool:
        return (
            dict.__eq__(self, other) is True
            and self.staffed == getattr(other, "staffed", {})
            and self.queues == getattr(other, "queues", {})
        )

    __hash__ = None
