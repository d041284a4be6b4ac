"""Side conversations: what of a case is quoted to somebody who is not its customer, and under which subject."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desk.rules.text import clean_line

MOST_QUOTED = 200_000
"""Characters of a conversation that are quoted: the latest ones."""

LEFT_OUT = "> […]"
OURS = re.compile(r"^\s*((re|fwd?|aw|wg|bls|fw|答复|回复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\[\]\\]{1,255}")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said to or by the customer."""

    who: str
    at: datetime
    text: str


def is_mailable(address: str) -> bool:
    """Whether it has the form of one address that mail can be sent to."""
    return _ADDRESS.fullmatch(address) is not None and not address.startswith("-")


def quoted(conversation: Iterable[Said]) -> str:
    """What was said, oldest first, as mail quotes it: who and when (UTC) above each, no addresses, and bounded."""
    blocks: list[str] = []
    room = MOST_QUOTED
    for said in reversed(list(conversation)):
        head = f"{clean_line(said.who, 200)}, {said.at:%Y-%m-%d %H:%M} UTC:"
        block = "\n".join([head, *(f"> {line}".rstrip() for line in said.text.strip().splitlines())])
        if len(block) > room:
            blocks.append(LEFT_OUT)
            break
        room -= len(block)
        blocks.append(block)
    return "\n\n".join(reversed(blocks))


def answer_subject(subject: str) -> str:
    """The subject of what follows in a side conversation: one `Re:`."""
    return clean_line(f"Re: {OURS.sub('', subject)}", 998)
