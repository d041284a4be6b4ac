"""Whose message it is: one contact point belongs to one customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(slots=True, eq=False)
class Contact:
    """A contact point as filing needs it; `folded` is empty for a sender whom nothing tells apart.

    What is changed of `REMEMBERED` is written when `is_changed` says so.
    """

    who: Who
    folded: str
    id: int = 0
    value: str = ""
    undeliverable_at: datetime | None = None
    undeliverable_why: str | None = None
    blocked_at: datetime | None = None
    acknowledged_at: datetime | None = None
    recent_since: datetime | None = None
    recent_count: int = 0
    is_changed: bool = False


REMEMBERED = ("undeliverable_at", "undeliverable_why", "acknowledged_at", "recent_since", "recent_count")
"""What filing may change of a contact point; blocking is for people."""


class Customers:
    """Finds the customers behind messages, and makes those that are new; `write` stores what it made.

    The contact points are locked, so that what is counted on them is counted once. `vouched` is the customer whose
    all these messages are by an agent's word; where they come from is not learnt then.
    """

    def __init__(
        self, unit: UnitOfWork, country: str, messages: Sequence[Incoming], vouched: int | None = None
    ) -> None:
        self._unit = unit
        self._country = country
        self._known: dict[Key, Contact] = {}
        self._customers: dict[int, Who] = {}
        self._new: list[tuple[Who, dict[str, Any]]] = []
        self._told: list[Who] = []
        self._tiers: dict[Who, str] = {}
        keys = {key for each in messages if (key := self._key(each)) is not None}
        self._look_up(sorted(keys | {key for each in messages for key in self._reported(each)}))
        self._by_word = self._vouched(vouched) if vouched is not None else None

    def known(self, incoming: Incoming) -> Contact | None:
        """Where the message comes from, if the desk has it on file; for a customer who is vouched for, theirs alone."""
        key = self._key(incoming)
        found = self._known.get(key) if key is not None else None
        if self._by_word is not None and (found is None or found.who is not self._by_word.who):
            return self._by_word
        return found

    def folded(self, incoming: Incoming) -> str:
        """The sender as contacts are compared; empty when there is nothing to compare."""
        key = self._key(incoming)
        if key is None or (self._by_word is not None and self.known(incoming) is self._by_word):
            return ""
        return key[2]

    def at(self, address: str) -> Contact | None:
        """What is on file of an e-mail address."""
        folded = folded_contact(ContactKind.EMAIL, address, self._country)
        if folded is None:
            return None
        key = (ContactKind.EMAIL, "", folded)
        if key not in self._known:
            self._look_up([key])
        return self._known.get(key)

    def of(self, incoming: Incoming, *, learn: bool = True) -> Contact:
        """Who wrote, and from where; a sender nobody knows becomes a new customer.

        With `learn` a customer of no known language gets that of the message.
        """
        key = self._key(incoming)
        language = None if incoming.language is Language.OTHER else incoming.language
        known = self.known(incoming)
        if known is not None and incoming.sender_tier is not None:
            self._tiers[known.who] = incoming.sender_tier
        if known is not None:
            if learn and known.who.language is None and language is not None:
                known.who.language = language
                self._told.append(known.who)
            return known
        who = Who(0, language)
        row = {"name": _name(incoming), "created_at": self._unit.now, "tier": incoming.sender_tier or ""}
        self._new.append((who, row))
        contact = Contact(who, key[2] if key is not None else "")
        if key is not None:
            value = clean_line(without_invisible(incoming.sender_address), 1000)
            contact.value = value if len(value) <= CONTACT_LENGTH else key[2]
            self._known[key] = contact
        return contact

    def write(self) -> None:
        """Store new customers with their contacts, and what was learnt; every `Who` has an id then."""
        connection = self._unit.connection
        if self._new:
            added = insert(Customer).returning(Customer.id, sort_by_parameter_order=True)
            rows = [row | {"language": who.language} for who, row in self._new]
            for (who, _), customer_id in zip(self._new, connection.scalars(added, rows), strict=True):
                who.id = customer_id
        # In the order of the unique index, so that two programs with the same new senders never wait in a ring.
        known = sorted(self._known.items(), key=lambda item: item[0])
        if new := [self._row(key, contact) for key, contact in known if not contact.id]:
            connection.execute(insert(ContactPoint), new)
        if changed := [contact for _, contact in known if contact.id and contact.is_changed]:
            values: dict[str, Any] = {name: bindparam(f"now_{name}") for name in REMEMBERED}
            change = update(ContactPoint).where(ContactPoint.id == bindparam("of")).values(values)
            connection.execute(change, [_remembered(contact) for contact in changed])
        if told := {who.id: who.language for who in self._told}:
            learn = update(Customer).where(Customer.id == bindparam("of")).values(language=bindparam("now"))
            connection.execute(learn, [{"of": of, "now": language} for of, language in sorted(told.items())])
        if tiers := {who.id: tier for who, tier in self._tiers.items()}:
            agree = update(Customer).where(Customer.id == bindparam("of")).values(tier=bindparam("now"))
            connection.execute(agree, [{"of": of, "now": tier} for of, tier in sorted(tiers.items())])

    def _vouched(self, customer_id: int) -> Contact:
        language = self._unit.session.execute(select(Customer.language).where(Customer.id == customer_id)).scalar_one()
        return Contact(self._customers.setdefault(customer_id, Who(customer_id, language)), "")

    def _row(self, key: Key, contact: Contact) -> dict[str, Any]:
        kind, provider, folded = key
        row = {name: getattr(contact, name) for name in REMEMBERED}
        return row | {
            "customer_id": contact.who.id,
            "kind": kind,
            "provider": provider,
            "value": contact.value,
            "folded": folded,
            "created_at": self._unit.now,
        }

    def _look_up(self, keys: Sequence[Key]) -> None:
        contact = tuple_(ContactPoint.kind, ContactPoint.provider, ContactPoint.folded)
        query = (
            select(ContactPoint, Customer.language)
            .join(Customer, Customer.id == ContactPoint.customer_id)
            .with_for_update(of=ContactPoint, key_share=True)
        )
        for start in range(0, len(keys), MOST_AT_ONCE):
            some = query.where(contact.in_(keys[start : start + MOST_AT_ONCE])).order_by(ContactPoint.id)
            for point, language in self._unit.session.execute(some):
                who = self._customers.setdefault(point.customer_id, Who(point.customer_id, language))
                key = (point.kind, point.provider, point.folded)
                self._known[key] = Contact(
                    who,
                    point.folded,
                    point.id,
                    point.value,
                    blocked_at=point.blocked_at,
                    **{name: getattr(point, name) for name in REMEMBERED},
                )

    def _key(self, incoming: Incoming) -> Key | None:
        kind = incoming.sender_kind
        folded = folded_contact(kind, incoming.sender_address, self._country)
        if folded is None:
            return None
        return kind, incoming.channel.value if kind is ContactKind.HANDLE else "", folded

    def _reported(self, incoming: Incoming) -> Iterator[Key]:
        for address in incoming.report.to if incoming.report else ():
            folded = folded_contact(ContactKind.EMAIL, address, self._country)
            if folded is not None:
                yield ContactKind.EMAIL, "", folded


def _remembered(contact: Contact) -> dict[str, Any]:
    return {"of": contact.id} | {f"now_{name}": getattr(contact, name) for name in REMEMBERED}


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
