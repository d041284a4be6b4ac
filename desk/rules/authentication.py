"""Which results of checking a mail's sender are believed: those alone that our own server recorded (RFC 8601)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FAILED = "fail"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One Authentication-Results field: who claims to have written it, and the result of each method.

    `is_above` when it stands above every Received field, where nobody but the last server can have put it.
    """

    by: str
    results: Mapping[str, str] = field(default_factory=dict)
    is_above: bool = False


def believed(recorded: Sequence[Recorded], ours: str) -> dict[str, str]:
    """The results that our own server recorded under its authserv-id `ours`; none when that is empty.

    Each server adds its fields on top, so the topmost field with our name is ours when our server writes one on every
    mail; what stands below it may have come with the mail. More than one counts only above all Received fields. The
    server should take fields with its name out of mail from outside, too (RFC 8601, section 5).
    """
    if not ours:
        return {}
    named = [each for each in recorded if each.by == ours.strip().lower()]
    found: dict[str, str] = {}
    for each in [one for one in named if one.is_above] or named[:1]:
        for method, result in each.results.items():
            found.setdefault(method, result)
    return found


def is_forged(results: Mapping[str, str]) -> bool:
    """Whether the sender is not who they say (RFC 7489): what DMARC failed, nobody may take for theirs."""
    return results.get("dmarc") == FAILED
