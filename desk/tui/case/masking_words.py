"""What was masked on a case, in words: kinds and numbers, never a value."""

from __future__ import annotations

from collections.abc import Mapping

from db.kinds import EventKind
from db.rows import EventRow

NAMES = {"card": "card number", "pin": "PIN", "otp": "one-time code", "password": "password"}
ORIGINAL = {"dropped": "; the original was dropped", "encrypted": "; the original was encrypted"}


def masking_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences, without their subject, that this event's data make for kinds that concern masking."""
    found = event.data.get("found")
    parts = [
        f"{number} {name}{'' if number == 1 else 's'}"
        for kind, name in NAMES.items()
        if isinstance(found, Mapping) and isinstance(number := found.get(kind), int)
    ]
    original = ORIGINAL.get(str(event.data.get("original")), "; the original is kept as it came")
    return {
        EventKind.MESSAGE_MASKED: f"masked {', '.join(parts) or 'a secret'} in a message{original}",
        EventKind.MESSAGE_WARNED: "told the customer never to share codes",
        EventKind.MESSAGE_REVEALED: "opened the original of a masked message",
    }
