"""Who gets an automatic confirmation that a message arrived; for mail by RFC 3834."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from desk.rules.hours import ServiceTime

BETWEEN = timedelta(days=1)
"""At most one confirmation an address within it: two machines that answer each other then soon fall silent."""

BETWEEN_CHATS = timedelta(minutes=30)
"""The same for chat and social, where nothing answers by itself, and who comes back later asks anew."""

_NOBODY = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|donotreply|mailer[-_.]?daemon|postmaster|bounces?|listserv|majordomo"
    r"|notifications?|automated|automailer|auto[-_.]?reply)(?:[-_.+=].{0,200})?"
    r"|.{1,200}[-_.+](?:no[-_.]?reply|bounces?|owner|request)(?:[-_.+=].{0,200})?|owner-.{1,200}",
    re.DOTALL,
)


def is_nobody(folded: str) -> bool:
    """Whether an address by its own name is read by no person: `noreply@`, `mailer-daemon@`, `owner-list@`."""
    return _NOBODY.fullmatch(folded.rpartition("@")[0][:250]) is not None


def is_time(last: datetime | None, now: datetime, *, is_mail: bool) -> bool:
    """Whether the last confirmation was long enough ago; a clock that was set back does not count as time passed."""
    return last is None or now - last >= (BETWEEN if is_mail else BETWEEN_CHATS)


def is_closed_since(hours: ServiceTime, now: datetime, told: datetime | None, promised: datetime | None) -> bool:
    """Whether who was `told` something, that a human answers by `promised`, has to hear that we have closed since.

    Once a closure, and only where the promise (None: there was none) does not reach beyond the next opening. Moments
    are aware.
    """
    since, opens = hours.since(now), hours.next_open(now)
    if told is None or since is None or opens is None or hours.is_open(now):
        return False
    return told < since and (promised is None or promised <= opens)
