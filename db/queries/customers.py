"""Customers as somebody looks for them: by what reaches them, or by words of their name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from db.kinds import Channel, ContactKind, Status
from db.models.case import Case
from db.models.customer import ContactPoint, Customer
from db.rows_phone import KnownCustomer

PROVIDERS = ("", *(channel.value for channel in Channel))


def reached_at(connection: Connection, contacts: Sequence[tuple[ContactKind, str]]) -> list[tuple[int, str]]:
    """Whose these contacts (kind, folded) are, in their order, with the contact as it was written."""
    found: list[tuple[int, str]] = []
    for kind, folded in contacts:
        query = select(ContactPoint.customer_id, ContactPoint.value).where(
            ContactPoint.kind == kind, ContactPoint.provider.in_(PROVIDERS), ContactPoint.folded == folded
        )
        found += ((row.customer_id, row.value) for row in connection.execute(query.order_by(ContactPoint.id)))
    return found


def contacts_of(connection: Connection, customer_ids: Sequence[int]) -> dict[int, list[str]]:
    """Every contact of these customers as it was written, the oldest first."""
    query = select(ContactPoint.customer_id, ContactPoint.value).where(ContactPoint.customer_id.in_(customer_ids))
    found: dict[int, list[str]] = {}
    for customer_id, value in connection.execute(query.order_by(ContactPoint.id)):
        found.setdefault(customer_id, []).append(value)
    return found


def known_customers(connection: Connection, found: Sequence[tuple[int, str]]) -> tuple[KnownCustomer, ...]:
    """These customers (id, the contact to show), in their order."""
    ids = [customer_id for customer_id, _ in found]
    named = connection.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
    names = {row.id: row.name for row in named}
    counted = (
        select(Case.customer_id, func.count().label("number"))
        .where(Case.customer_id.in_(ids), Case.status != Status.CLOSED, Case.spam_at.is_(None))
        .group_by(Case.customer_id)
    )
    cases = {row.customer_id: row.number for row in connection.execute(counted)}
    return tuple(
        KnownCustomer(customer_id, names[customer_id], contact, cases.get(customer_id, 0))
        for customer_id, contact in found
    )
