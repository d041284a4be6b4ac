"""Addresses that mail is sent to, as people type them and as an envelope takes them (RFC 5321, 5322)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address

from desk.rules.text import clean_line

LONGEST_LOCAL = 64
LONGEST_ADDRESS = 254
"""Octets that a server has to take before and with the domain (RFC 5321, 4.5.3.1, and the path's own brackets)."""

_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")


class NotAnAddressError(ValueError):
    """No mail can be sent there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a mail goes to: an address fit for an envelope, and the name written beside it."""

    name: str
    address: str


def read_recipient(text: str) -> Recipient:
    """One recipient out of `dewi@example.org` or `Dewi <dewi@example.org>`. Raises `NotAnAddressError`."""
    named = _NAMED.fullmatch(text)
    name, written = (named["name"].strip('"'), named["address"].strip()) if named else ("", text.strip())
    local, domain = split_address(written)
    return Recipient(clean_line(name, 200), f"{local}@{domain}")


def split_address(address: str) -> tuple[str, str]:
    """The local part, and the domain in ASCII. Raises `NotAnAddressError`."""
    local, _, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        # The library reads no local part outside ASCII: its form is checked with letters in their place.
        parsed = Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", local) + "@" + domain)
    except (ValueError, IndexError, MessageError, RecursionError) as error:
        raise NotAnAddressError(f"{address!r} is not an address that mail can be sent to") from error
    username = parsed.username if local.isascii() else local
    seen = username.isprintable() and " " not in username
    octets = len(username.encode("utf-8", "replace"))
    fits = octets <= LONGEST_LOCAL and octets + 1 + len(parsed.domain) <= LONGEST_ADDRESS
    if not parsed.domain or not username or not seen or not fits or not _is_domain(parsed.domain):
        raise NotAnAddressError(f"{address!r} is not an address that mail can be sent to")
    return username, parsed.domain


def _is_domain(domain: str) -> bool:
    if domain.startswith("[") and domain.endswith("]"):
        return True
    labels = domain.split(".")
    return all(re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", label, re.IGNORECASE) for label in labels)
