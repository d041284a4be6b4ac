"""What can be made to go wrong, each with its share of calls."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from random import Random


class FaultsError(ValueError):
    """A dial that does not exist or does not go so far; the message says what would do."""


class Mishap(StrEnum):
    """What goes wrong with one call."""

    SLOW = "slow"
    """It is done, and answered late: after `slow_seconds`."""
    BUSY = "busy"
    """The wallet says that it has done nothing and that one should come again."""
    TIMEOUT_BEFORE = "timeout_before"
    """It is lost on the way there; no answer comes."""
    LATE = "late"
    """It is held up on the way there; no answer comes, and it is done later, when nobody expects it."""
    TIMEOUT_AFTER = "timeout_after"
    """It is done, and the answer is lost."""
    REPEAT = "repeat"
    """It arrives twice."""
    ERROR_AFTER = "error_after"
    """It is done, and the answer is an error of the server."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of calls from 0 to 1; together at most 1. Questions have no `late` and no `repeat`."""

    slow: float = 0.0
    busy: float = 0.0
    timeout_before: float = 0.0
    late: float = 0.0
    timeout_after: float = 0.0
    repeat: float = 0.0
    error_after: float = 0.0
    out_of_order: float = 0.0
    """Share of changes of refunds that are told after a later one, or twice; apart from the others."""
    slow_seconds: float = 3.0

    @property
    def are_none(self) -> bool:
        """Whether nothing goes wrong."""
        return not self.out_of_order and not any(getattr(self, mishap.value) for mishap in Mishap)

    def draw(self, random: Random, *, acts: bool) -> Mishap | None:
        """What goes wrong with the next call, if anything."""
        at = random.random()
        for mishap in Mishap:
            at -= getattr(self, mishap.value)
            if at < 0:
                return mishap if acts or mishap not in {Mishap.LATE, Mishap.REPEAT} else None
        return None


FULL = Faults(
    slow=0.05, busy=0.1, timeout_before=0.1, late=0.1, timeout_after=0.15, repeat=0.1, error_after=0.1,
    out_of_order=0.3,
)  # fmt: skip
"""Everything at once: seven calls of ten go wrong."""


def read_faults(text: str) -> Faults:
    """Faults as `slow=0.2,timeout_after=0.1`; `full` for all of them, nothing for none. Raises `FaultsError`."""
    if text.strip() == "full":
        return FULL
    known = {field.name for field in fields(Faults)}
    dials: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, value = part.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known:
            raise FaultsError(f"There is no fault {name!r}. Use {', '.join(sorted(known))}, or full.")
        try:
            dials[name] = float(value)
        except ValueError:
            raise FaultsError(f"Fault {name} needs a share of calls, such as {name}=0.1; {value!r} is none.") from None
        most = 3600.0 if name == "slow_seconds" else 1.0
        if not 0 <= dials[name] <= most:
            raise FaultsError(f"Fault {name} goes from 0 to {most:g}; {value} is beyond that.")
    if sum(dials.get(mishap.value, 0.0) for mishap in Mishap) > 1:
        raise FaultsError("The shares of calls that go wrong are more than 1 together.")
    return Faults(**dials)
