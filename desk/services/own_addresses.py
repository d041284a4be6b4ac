"""The addresses at which the desk itself is reached, as they are compared."""

from __future__ import annotations

from contextlib import suppress

from db.folding import UnusableContactError, fold_email
from desk.rules.addressing import OwnAddresses
from desk.settings import Settings


def own_addresses(settings: Settings) -> OwnAddresses:
    """Every address of the settings that mail to the desk may go to: who writes from one of them is no customer."""
    folded: set[str] = set()
    for address in settings.mail.own_addresses:
        with suppress(UnusableContactError):
            folded.add(fold_email(address))
    return OwnAddresses(frozenset(folded))
