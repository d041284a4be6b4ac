"""Message-IDs: a message's own and those it answers, also where they are badly written (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

from desk.channels.mail.charsets import storable

_ANGLED = re.compile(r"<([^<>]{1,998})>")


def read_identifiers(text: str, *, most: int) -> tuple[str, ...]:
    """The identifiers of a field in order, without angle brackets; the first and the newest of too many."""
    found = [" ".join(one.split()).replace(" ", "") for one in _ANGLED.findall(text)]
    if not found:
        words = text.split()
        found = [word.strip("<>,;\"'") for word in words if "@" in word or len(words) == 1]
    found = list(dict.fromkeys(storable(one) for one in found if one))
    if len(found) > most:
        found = [found[0], *found[-(most - 1) :]]
    return tuple(found)
