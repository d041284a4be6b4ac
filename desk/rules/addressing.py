"""How a case is named in mail, and how it is recognised in what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from db.kinds import Channel, ContactKind

ADDRESSED_BY = {
    Channel.EMAIL: ContactKind.EMAIL,
    Channel.PHONE: ContactKind.PHONE,
    Channel.CHAT: ContactKind.HANDLE,
    Channel.SOCIAL: ContactKind.HANDLE,
}
"""What a customer is reached by on each channel."""

_IN_SUBJECT = re.compile(r"\[#([1-9][0-9]{0,17})\]", re.ASCII)
_IN_ADDRESS = re.compile(r"\+case([1-9][0-9]{0,17})@", re.ASCII | re.IGNORECASE)
_REPLY_MARK = re.compile(r"(re|aw|sv|bls|balas|回复|答复|回覆)\s*[:：]", re.IGNORECASE)


def reply_subject(subject: str, case_id: int) -> str:
    """The subject of an answer: one `Re:`, and the case's token `[#1042]` at the end."""
    token = f"[#{case_id}]"
    bare = subject.replace(token, "").strip()
    marked = bare if _REPLY_MARK.match(bare) else f"Re: {bare}"
    return f"{marked[: 990 - len(token)]} {token}"


def quoted_cases(subject: str, addresses: Iterable[str]) -> tuple[int, ...]:
    """Cases that a mail names: by `+case1042@` in an address of ours first, then by `[#1042]` in its subject.

    A name is a claim, not a right: whoever joins a message to a case checks that its sender has part in it.
    """
    found = [match[1] for address in addresses if (match := _IN_ADDRESS.search(address))]
    found += _IN_SUBJECT.findall(subject)
    return tuple(dict.fromkeys(int(number) for number in found))
