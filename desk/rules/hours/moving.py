"""What another calendar does to a due moment: the service time that is left stays, the moment on the clock may not."""

from __future__ import annotations

from datetime import datetime

from desk.rules.hours.service_time import ServiceTime


def moves(before: ServiceTime, after: ServiceTime, now: datetime, due: datetime) -> bool:
    """Whether what is due at a moment (aware) becomes due at another one when the hours change; never in the past."""
    if due <= now:
        return False
    left = before.elapsed(now, due)
    return before.add(now, left) != after.add(now, left)
