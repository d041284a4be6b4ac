"""Whose message it is: one contact point belongs to one customer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import selectinload

from db.folding import (
    CONTACT_LENGTH,
    UnusableContactError,
    fold_email,
    fold_handle,
    fold_phone,
    without_invisible,
)
from db.kinds import ContactKind, Language
from db.models import ContactPoint, Customer
from db.uow import UnitOfWork
from desk.rules.incoming import Incoming
from desk.rules.phones import calling_code
from desk.rules.text import clean_line, is_blank

UNKNOWN_SENDER = "(no sender)"
Key = tuple[ContactKind, str, str]


class Customers:
    """Finds the customers behind messages, and makes those that are new."""

    def __init__(self, unit: UnitOfWork, country: str, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._country = country
        self._by_key: dict[Key, Customer] = {}
        keys = sorted({key for each in messages if (key := self._key(each)) is not None})
        for start in range(0, len(keys), 300):
            contact = tuple_(ContactPoint.kind, ContactPoint.provider, ContactPoint.folded)
            query = (
                select(ContactPoint)
                .where(contact.in_(keys[start : start + 300]))
                .options(selectinload(ContactPoint.customer))
            )
            for point in unit.session.scalars(query):
                self._by_key[(point.kind, point.provider, point.folded)] = point.customer

    def of(self, incoming: Incoming) -> Customer:
        """The customer who wrote; a sender nobody knows becomes a new one."""
        key = self._key(incoming)
        language = None if incoming.language is Language.OTHER else incoming.language
        known = self._by_key.get(key) if key is not None else None
        if known is not None:
            if known.language is None:
                known.language = language
            return known
        customer = Customer(
            name=_name(incoming),
            language=language,
            created_at=self._unit.now,
        )
        if key is not None:
            kind, provider, folded = key
            value = clean_line(without_invisible(incoming.sender_address), 1000)
            value = value if len(value) <= CONTACT_LENGTH else folded
            point = ContactPoint(kind=kind, provider=provider, value=value, folded=folded, created_at=self._unit.now)
            customer.contacts = [point]
            self._by_key[key] = customer
        self._unit.session.add(customer)
        return customer

    def _key(self, incoming: Incoming) -> Key | None:
        kind = incoming.sender_kind
        folded = folded_contact(kind, incoming.sender_address, self._country)
        if folded is None:
            return None
        return kind, incoming.channel.value if kind is ContactKind.HANDLE else "", folded


def folded_contact(kind: ContactKind, value: str, country: str) -> str | None:
    """A contact as it is compared, or None when nothing in it can be; `country` is where short numbers are at home."""
    try:
        if kind is ContactKind.EMAIL:
            return fold_email(value)
        return fold_phone(value, calling_code(country)) if kind is ContactKind.PHONE else fold_handle(value)
    except UnusableContactError:
        return None


def _name(incoming: Incoming) -> str:
    name = clean_line(incoming.sender_name, 200)
    if not is_blank(name):
        return name
    address = clean_line(incoming.sender_address, 200)
    return address if not is_blank(address) else UNKNOWN_SENDER
