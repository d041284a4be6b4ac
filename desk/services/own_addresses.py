"""What the settings say of the addresses at which the desk itself is reached, and of the mailboxes behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from db.folding import UnusableContactError, fold_email
from desk.rules.addressing import OwnAddresses
from desk.settings import Settings


def own_addresses(settings: Settings) -> OwnAddresses:
    """Every address of the settings that mail to the desk may go to: who writes from one of them is no customer."""
    folded: set[str] = set()
    for address in _addresses(settings):
        with suppress(UnusableContactError):
            folded.add(fold_email(address))
    return OwnAddresses(frozenset(folded))


def queue_of(settings: Settings, mailbox: str | None) -> str | None:
    """The queue into which the cases of a mailbox go; None for the common one."""
    known = _mailboxes(settings).get(mailbox or "")
    return (known.queue or None) if known is not None else None


def _addresses(settings: Settings) -> Iterator[str]:
    yield settings.mail.from_address
    for mailbox in _mailboxes(settings).values():
        yield from (address for address in (mailbox.reply_address, mailbox.user) if "@" in address)


def _mailboxes(settings: Settings) -> Mapping[str, Any]:
    mailboxes: Mapping[str, Any] = getattr(settings.mail, "mailboxes", {})
    return mailboxes
