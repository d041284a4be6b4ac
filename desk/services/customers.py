"""Whose message it is: one contact point belongs to one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, tuple_, update

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
MOST_AT_ONCE = 300
Key = tuple[ContactKind, str, str]


@dataclass(slots=True, eq=False)
class Who:
    """A customer as filing needs them; `id` is 0 until they are written."""

    id: int
    language: Language | None


class Customers:
    """Finds the customers behind messages, and makes those that are new; `write` stores what it made."""

    def __init__(self, unit: UnitOfWork, country: str, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._country = country
        self._known: dict[Key, Who] = {}
        self._new: list[tuple[Who, dict[str, Any]]] = []
        self._contacts: dict[Key, tuple[Who, str]] = {}
        self._told: list[Who] = []
        keys = sorted({key for each in messages if (key := self._key(each)) is not None})
        for start in range(0, len(keys), MOST_AT_ONCE):
            self._look_up(keys[start : start + MOST_AT_ONCE])

    def of(self, incoming: Incoming) -> Who:
        """The customer who wrote; a sender nobody knows becomes a new one."""
        key = self._key(incoming)
        language = None if incoming.language is Language.OTHER else incoming.language
        known = self._known.get(key) if key is not None else None
        if known is not None:
            if known.language is None and language is not None:
                known.language = language
                self._told.append(known)
            return known
        who = Who(0, language)
        self._new.append((who, {"name": _name(incoming), "created_at": self._unit.now}))
        if key is not None:
            value = clean_line(without_invisible(incoming.sender_address), 1000)
            self._known[key] = who
            self._contacts[key] = who, value if len(value) <= CONTACT_LENGTH else key[2]
        return who

    def write(self) -> None:
        """Store new customers with their contacts, and languages learnt; every `Who` has an id then."""
        connection = self._unit.session.connection()
        if self._new:
            added = insert(Customer).returning(Customer.id, sort_by_parameter_order=True)
            rows = [row | {"language": who.language} for who, row in self._new]
            for (who, _), customer_id in zip(self._new, connection.scalars(added, rows), strict=True):
                who.id = customer_id
        if self._contacts:
            # In the order of the unique index, so that two programs with the same new senders never wait in a ring.
            contacts = [
                {
                    "customer_id": who.id,
                    "kind": kind,
                    "provider": provider,
                    "value": value,
                    "folded": folded,
                    "created_at": self._unit.now,
                }
                for (kind, provider, folded), (who, value) in sorted(self._contacts.items(), key=lambda item: item[0])
            ]
            connection.execute(insert(ContactPoint), contacts)
        if told := {who.id: who.language for who in self._told}:
            learn = update(Customer).where(Customer.id == bindparam("of")).values(language=bindparam("now"))
            connection.execute(learn, [{"of": of, "now": language} for of, language in sorted(told.items())])

    def _look_up(self, keys: Sequence[Key]) -> None:
        contact = tuple_(ContactPoint.kind, ContactPoint.provider, ContactPoint.folded)
        query = (
            select(
                ContactPoint.kind,
                ContactPoint.provider,
                ContactPoint.folded,
                ContactPoint.customer_id,
                Customer.language,
            )
            .join(Customer, Customer.id == ContactPoint.customer_id)
            .where(contact.in_(keys))
        )
        customers: dict[int, Who] = {who.id: who for who in self._known.values()}
        for kind, provider, folded, customer_id, language in self._unit.session.execute(query):
            who = customers.setdefault(customer_id, Who(customer_id, language))
            self._known[(kind, provider, folded)] = who

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
