"""Files of policies in `seeds/policies` or a folder of the desk's own: their shape, and the policies they make."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from db.kinds import Channel, ClockKind, Status
from desk.rules.sla import Breach, Policy, PolicyError
from desk.rules.sla.policy import PAUSING, WARNINGS, read_targets
from desk.services.seed_files import SeedError, read_seed_file, seeds_folder

Share = Annotated[int, msgspec.Meta(ge=1, le=99)]
Priority = Annotated[int, msgspec.Meta(ge=1, le=4)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class TargetsPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Service time there is, one length or four for the priorities 1 to 4: `45m`, `8h`, `1h30m`."""

    first_response: tuple[str, ...]
    next_response: tuple[str, ...]
    resolution: tuple[str, ...]


class BreachPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens when a clock breaks."""

    raise_priority: bool = False
    notify: bool = True
    queue: Word | None = None


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file; its name is its key."""

    title: Word
    targets: TargetsPart
    rank: int = 100
    channels: tuple[Channel, ...] = ()
    priorities: tuple[Priority, ...] = ()
    topics: tuple[Word, ...] = ()
    tiers: tuple[Word, ...] = ()
    pauses: tuple[Status, ...] = tuple(sorted(PAUSING))
    warn: tuple[Share, ...] = WARNINGS
    breach: BreachPart = BreachPart()


def read_policies(folder: Path | None = None) -> dict[str, PolicyFile]:
    """All files of a folder, by default the shipped ones, checked. Raises `SeedError`."""
    found: dict[str, PolicyFile] = {}
    for path in sorted((folder or seeds_folder() / "policies").glob("*.toml")):
        file = read_seed_file(path, PolicyFile)
        try:
            policy_of(path.stem, file)
        except PolicyError as error:
            raise SeedError(path, "the policy", str(error)) from error
        found[path.stem] = file
    return found


def policy_of(key: str, file: PolicyFile, version: int = 1) -> Policy:
    """The policy that a file describes. Raises `PolicyError`."""
    if wrong := sorted(set(file.pauses) - PAUSING):
        raise PolicyError(f"pauses: {wrong[0]} cannot pause; there are {', '.join(sorted(PAUSING))}")
    targets = {kind: read_targets(getattr(file.targets, kind), f"targets.{kind}") for kind in ClockKind}
    for priority, (first, whole) in enumerate(
        zip(targets[ClockKind.FIRST_RESPONSE], targets[ClockKind.RESOLUTION], strict=True), start=1
    ):
        if whole < first:
            raise PolicyError(f"targets.resolution: for priority {priority} it is shorter than the first response")
    return Policy(
        key=key,
        title=file.title,
        targets=targets,
        rank=file.rank,
        channels=file.channels,
        priorities=file.priorities,
        topics=file.topics,
        tiers=file.tiers,
        pauses=frozenset(file.pauses),
        warnings=tuple(sorted(set(file.warn))),
        breach=Breach(file.breach.raise_priority, file.breach.notify, file.breach.queue),
        version=version,
    )


def as_data(file: PolicyFile) -> dict[str, Any]:
    """A file as plain data, the same for the same policy."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    return data


def from_data(data: Mapping[str, Any]) -> PolicyFile:
    """What `as_data` made."""
    return msgspec.convert(data, PolicyFile)
