"""The policy: how much service time there is for an answer and for a case, what pauses that, and what a breach does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import product, starmap

from db.kinds import Channel, ClockKind, Status
from desk.rules.due import MINUTES

PRIORITIES = 4
MOST_SECONDS = 366 * 24 * 3600
PAUSING = frozenset({Status.WAITING_CUSTOMER, Status.WAITING_MERCHANT, Status.ON_HOLD})
WARNINGS = (50, 80)
RESOLUTION_FACTOR = 12
"""How much longer a case may take than its answer where no policy says so."""

_LENGTH = re.compile(r"(?:(\d{1,5})h)?(?:(\d{1,6})m)?")


class PolicyError(ValueError):
    """A policy cannot be used; the message says where and what would do."""


Targets = tuple[int, int, int, int]
"""Service seconds for priorities 1 (urgent) to 4 (low)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a policy is chosen by; `tier` is the customer's, empty for none."""

    channel: Channel
    priority: int
    topic: str | None = None
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """What happens once when a clock breaks: one priority up, somebody is told, the case goes into another queue."""

    raise_priority: bool = False
    notify: bool = True
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. Of those that match, the one with the lowest `rank` counts; empty conditions match everything."""

    key: str
    title: str
    targets: Mapping[ClockKind, Targets]
    rank: int = 100
    channels: tuple[Channel, ...] = ()
    priorities: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    """Keys, with `*` for any rest."""
    tiers: tuple[str, ...] = ()
    pauses: frozenset[Status] = PAUSING
    warnings: tuple[int, ...] = WARNINGS
    """Percent of the time, ascending, at which somebody is warned."""
    breach: Breach = field(default_factory=Breach)
    version: int = 1

    def matches(self, matter: Matter) -> bool:
        """Whether it is for a case like that."""
        return (
            (not self.channels or matter.channel in self.channels)
            and (not self.priorities or matter.priority in self.priorities)
            and (not self.topics or any(fnmatchcase(matter.topic or "", each) for each in self.topics))
            and (not self.tiers or matter.tier in self.tiers)
        )

    def target(self, kind: ClockKind, priority: int) -> int:
        """Service seconds that there are."""
        return self.targets[kind][priority - 1]


def policy_for(matter: Matter, policies: Iterable[Policy]) -> Policy:
    """The policy in force for a case: of those that match the one of the lowest rank, then key; else the built-in."""
    found = [each for each in policies if each.matches(matter)]
    return min(found, key=lambda each: (each.rank, each.key), default=BUILT_IN[matter.channel])


def shared_channels(one: Policy, other: Policy, topics: Iterable[str]) -> tuple[Channel, ...]:
    """The channels on which some case fits both policies; `topics` are all that there are."""
    tiers, about = {"", *one.tiers, *other.tiers}, (None, *topics)
    return tuple(
        channel
        for channel in Channel
        if any(
            one.matches(matter) and other.matches(matter)
            for matter in starmap(Matter, product((channel,), range(1, PRIORITIES + 1), about, tiers))
        )
    )


def read_length(words: str, where: str) -> int:
    """`45m`, `8h`, `1h30m` of service time as seconds; there is no word for days. Raises `PolicyError`."""
    found = _LENGTH.fullmatch(words.replace(" ", ""))
    seconds = int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 if found else 0
    if not 0 < seconds <= MOST_SECONDS:
        raise PolicyError(f"{where}: {words!r} is no length of service time; write 45m, 8h or 1h30m")
    return seconds


def read_targets(words: tuple[str, ...], where: str) -> Targets:
    """One length for every priority, or four for priorities 1 to 4. Raises `PolicyError`."""
    lengths = [read_length(each, where) for each in words]
    if len(lengths) == 1:
        lengths *= PRIORITIES
    if len(lengths) != PRIORITIES:
        raise PolicyError(f"{where}: give one length, or four for the priorities 1 to 4")
    return lengths[0], lengths[1], lengths[2], lengths[3]


def _built_in(channel: Channel) -> Policy:
    one, two, three, four = (minutes * 60 for minutes in MINUTES[channel])
    answer: Targets = (one, two, three, four)
    whole: Targets = tuple(each * RESOLUTION_FACTOR for each in answer)  # type: ignore[assignment]
    targets = {ClockKind.FIRST_RESPONSE: answer, ClockKind.NEXT_RESPONSE: answer, ClockKind.RESOLUTION: whole}
    return Policy(f"built-in-{channel.value}", "Built in", targets, breach=Breach(notify=False), version=0)


BUILT_IN = {channel: _built_in(channel) for channel in Channel}
"""What counts where no policy matches."""
