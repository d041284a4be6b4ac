"""How a merchant is reached: by mail, by a signed webhook, or by a file that is put into a folder."""

from __future__ import annotations

from enum import StrEnum

DROP = "drop:"


class Way(StrEnum):
    """By what a contact is asked."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    DROP = "drop"


def way_of(address: str) -> Way:
    """How what stands as a contact's address is used: an address of mail, of a page, or `drop:` and a folder's name."""
    if address.startswith(("https://", "http://")):
        return Way.WEBHOOK
    return Way.DROP if address.startswith(DROP) else Way.MAIL
