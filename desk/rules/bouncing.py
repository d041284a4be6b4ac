"""What a report of failed delivery says about the address, and not only about the one message."""

from __future__ import annotations

import re

NOT_THE_ADDRESS = frozenset({"5.1.7", "5.1.8", "5.2.3", "5.3.4"})
"""Permanent, and yet no fault of the recipient's address: our own address, or too long a message (RFC 3463)."""

MESSAGE_CLASSES = frozenset({"5", "6", "7"})
"""Subjects of a status that speak of protocol, content or policy: another message may well arrive (RFC 3463, 3)."""

_STATUS = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})", re.ASCII)


def is_undeliverable(status: str | None) -> bool:
    """Whether nothing that is sent there can be expected to arrive.

    `status` is an enhanced status code (RFC 3463); a report of failure without one is taken at its word. 4.x.x is a
    server that may be back tomorrow.
    """
    found = _STATUS.fullmatch(status or "")
    if found is None:
        return True
    return found[1] == "5" and found[2] not in MESSAGE_CLASSES and found[0] not in NOT_THE_ADDRESS
