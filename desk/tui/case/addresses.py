"""Who a message is from and to, by their real addresses, and what is suspicious about it, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from db.kinds import MessageKind
from db.rows import MessageRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.row import INDENT, Row, View
from desk.tui.case.wrapping import rows as wrapped

MOST_ROWS = 4
"""Rows that the addresses of one kind may take; mail to hundreds says how many are not shown."""

MOST_READ = 40
"""Addresses of one kind that are looked at."""


def listed(details: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The addresses that a message's or a draft's details name: one, a list of them, or of names with addresses."""
    value = details.get(name)
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    if not isinstance(value, list | tuple):
        return ()
    return tuple(text for each in value if (text := _written(each).strip()))


def _written(one: object) -> str:
    if isinstance(one, list | tuple) and len(one) == 2:
        name, address = (str(part) for part in one)
        return f"{name} <{address}>" if name.strip() else address
    return str(one)


def via(message: MessageRow) -> str:
    """The one address that decides, for the end of a message's head: who wrote it, or to whom it goes."""
    if message.kind is MessageKind.NOTE:
        return "stays inside the desk"
    if message.side_id is not None:
        return "not the customer"
    if message.kind is MessageKind.OUTBOUND:
        to = listed(message.details, "to")
        return f"to {to[0]}" if to else f"by {words.CHANNEL_NAMES[message.channel]}"
    return f"via {message.sender_address}" if message.sender_address else f"by {words.CHANNEL_NAMES[message.channel]}"


def address_rows(message: MessageRow, view: View, *, whole: bool, has_via: bool) -> Iterator[Row]:
    """Addresses that the head does not show: copies always, all of them where a message is unfolded (`whole`).

    `has_via` tells that the head shows `via` uncut; else it stands here, because a cut address can pose as another.
    """
    details = message.details
    if not has_via and message.kind is not MessageKind.NOTE:
        yield from _lines("", (via(message),), view)
    elif whole and message.kind is MessageKind.INBOUND and message.sender_address:
        yield from _lines("from", (f"{message.sender_name} <{message.sender_address}>".strip(),), view)
    to = listed(details, "to")
    if whole or len(to) > 1:
        yield from _lines("to", to, view)
    yield from _lines("cc", listed(details, "cc"), view)
    yield from _lines("bcc", listed(details, "bcc"), view)


def has_more_addresses(message: MessageRow) -> bool:
    """Whether unfolding a message shows addresses that are not on screen otherwise."""
    return message.kind is MessageKind.INBOUND and bool(message.sender_address and listed(message.details, "to"))


def warning_rows(message: MessageRow, view: View) -> Iterator[Row]:
    """What one has to know before believing a message: each with a sign and words, never by its colour alone."""
    if message.kind is not MessageKind.INBOUND:
        return
    details = message.details
    if is_unverified(message):
        yield from _warning(f"UNVERIFIED SENDER: {_checks(details)}; anybody may have written this", view)
    if details.get("joined"):
        who = message.sender_address or message.sender_name or "somebody"
        yield from _warning(f"NEW SENDER: {safety.line(who)} was not part of this conversation before", view)


def is_unverified(message: MessageRow) -> bool:
    """Whether the receiving server found that the sender's domain does not stand behind this message."""
    auth = message.details.get("auth")
    failed = isinstance(auth, Mapping) and str(auth.get("dmarc", "")).casefold() == "fail"
    return failed or bool(message.details.get("unverified"))


def automatic_words(message: MessageRow) -> str:
    """Why nobody has to answer a message that no person wrote, or nothing."""
    if message.kind is MessageKind.OUTBOUND:
        return "automatic answer: the desk wrote this by itself" if message.details.get("automatic") else ""
    if message.is_automatic:
        return "automatic message: nobody wrote this by hand"
    return "from a mailing list" if message.details.get("list") else ""


def _checks(details: Mapping[str, Any]) -> str:
    auth = details.get("auth")
    if not isinstance(auth, Mapping) or not auth:
        return "its domain does not vouch for it"
    said = [
        f"{name} {words.cut(safety.line(str(auth[name])), 12)}" for name in ("dmarc", "spf", "dkim") if name in auth
    ]
    return ", ".join(said) or "its domain does not vouch for it"


def _warning(text: str, view: View) -> Iterator[Row]:
    for number, row in enumerate(wrapped(text, view.width - 6)):
        if number < MOST_ROWS:
            yield (("soon", f"{INDENT}{'⚠' if number == 0 else ' '} {row}"),)


def _lines(name: str, addresses: tuple[str, ...], view: View) -> Iterator[Row]:
    if not addresses:
        return
    more = len(addresses) - MOST_READ
    longest = (view.width - 4) * (MOST_ROWS - 1)
    said = ", ".join(words.middle(safety.line(address), longest) for address in addresses[:MOST_READ])
    text = f"{name} {said}".strip() + (f", and {more} more" if more > 0 else "")
    for number, row in enumerate(wrapped(text, view.width - 4)):
        if number == MOST_ROWS:
            yield (("quiet", f"{INDENT}  … {words.count(len(addresses), 'address', 'addresses')}"),)
            return
        yield (("quiet", f"{INDENT}{row}"),)
