"""Who is on the line: whose a number is, which customer an agent means, and keeping a number as theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from db.kinds import Channel, ContactKind, Language, LinkKind, Status
from db.models import Call, Case, CaseLink, ContactPoint, Customer
from db.queries import customers as queries
from db.queries.queue import as_case_row, case_rows
from db.queries.search import LARGEST_ID
from db.queries.search import find as find_cases
from db.rows import AgentRow, CaseRow
from db.rows_phone import CallRow, KnownCustomer
from db.rows_search import Condition, Field, SearchQuery
from db.segment import phrase, words
from db.uow import UnitOfWork
from desk.rules.hours import Standing
from desk.rules.permissions import Permission, require
from desk.services.customers import folded_contact
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.hours import plans_of
from desk.services.phone_files import Script, script, spoken

CASES_SHOWN = 9
MOST_FOUND = 9
MOST_TYPED = 200
PAGE, MOST_PAGES = 50, 4
"""Cases that are looked at for customers of a name, the newest first; more words find who is behind them."""

_REFERENCE = re.compile(r"#?\s*([1-9][0-9]{0,17})", re.ASCII)


class CallError(CaseError):
    """A call cannot be taken, given to somebody or ended as asked; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings, as far as the desk knows: their name (empty for somebody new), language and cases that are not over.

    `standing` says whether the phone is open; None when nothing says its hours. `number_of` is the name of another
    customer whose number it is, empty for none; `may_keep` whether nobody's number could be kept as the caller's.
    """

    name: str
    language: Language | None
    cases: tuple[CaseRow, ...]
    standing: Standing | None
    script: Script
    number_of: str = ""
    may_keep: bool = False


def caller(desk: Desk, me: AgentRow, call: CallRow) -> Caller:
    """Who is on the line."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        name, language = "", None
        cases: tuple[CaseRow, ...] = ()
        owner = owner_of(desk, connection, call.number)
        if call.customer_id is not None:
            query = select(Customer.name, Customer.language).where(Customer.id == call.customer_id)
            name, language = connection.execute(query).one()
            cases = cases_of(connection, call.customer_id)
        number_of = _name_of(connection, owner) if owner not in {None, call.customer_id} else ""
        now = desk.clock()
        plan = plans_of(connection, now).get(Channel.PHONE)
    said = script(spoken(language, desk.settings.fallback_language))
    may_keep = call.customer_id is not None and owner is None and _folded(desk, call.number) is not None
    return Caller(name, language, cases, plan.standing(now) if plan else None, said, number_of, may_keep)


def find(desk: Desk, me: AgentRow, typed: str) -> tuple[KnownCustomer, ...]:
    """Up to nine customers whom an agent may mean, the surest first; none for nothing.

    `typed` is a case's number (`#123`), an e-mail address, a phone number, a handle, or parts of a name or address:
    those whose cases are the newest come first.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        found: dict[int, str] = {}
        for customer_id, contact in _meant(desk, connection, typed.strip()[:MOST_TYPED]):
            if len(found) >= MOST_FOUND:
                break
            found.setdefault(customer_id, contact)
        contacts = queries.contacts_of(connection, list(found))
        shown = [(each, contact or next(iter(contacts.get(each, ())), "")) for each, contact in found.items()]
        return queries.known_customers(connection, shown)


def owner_of(desk: Desk, connection: Connection, number: str) -> int | None:
    """The customer whose number it is, in any spelling; None for nobody's and for a withheld one."""
    folded = _folded(desk, number)
    if folded is None:
        return None
    query = select(ContactPoint.customer_id).where(
        ContactPoint.kind == ContactKind.PHONE, ContactPoint.provider == "", ContactPoint.folded == folded
    )
    return connection.scalar(query)


def cases_of(connection: Connection, customer_id: int) -> tuple[CaseRow, ...]:
    """Up to nine cases of a customer that are not closed, the newest first, those solved last.

    A case into which one of theirs was merged is theirs as well.
    """
    own = aliased(Case)
    merged = (
        select(CaseLink.other_id)
        .join(own, own.id == CaseLink.case_id)
        .where(own.customer_id == customer_id, CaseLink.kind == LinkKind.MERGED_INTO)
    )
    into = connection.scalars(merged).all()
    theirs = or_(Case.customer_id == customer_id, Case.id.in_(into)) if into else Case.customer_id == customer_id
    query = case_rows().where(theirs, Case.status != Status.CLOSED, Case.spam_at.is_(None))
    rows = connection.execute(query.order_by(Case.id.desc()).limit(CASES_SHOWN))
    found = [as_case_row(row) for row in rows]
    return tuple(sorted(found, key=lambda row: row.status is Status.SOLVED))


def keep_number(desk: Desk, unit: UnitOfWork, call: Call) -> bool:
    """Keep a call's number as its customer's; whether it was not theirs before. Raises `CallError`.

    Of two who keep one number at once the second waits and is refused: a number never goes from one to another here.
    """
    folded = _folded(desk, call.number)
    if call.customer_id is None or folded is None:
        raise CallError("There is no number, or no customer to keep it for. Wrap up without keeping it.")
    insert = sqlite.insert if desk.database.is_sqlite else postgresql.insert
    row = insert(ContactPoint).values(
        customer_id=call.customer_id, kind=ContactKind.PHONE, provider="", value=call.number, folded=folded,
        created_at=unit.now,
    )  # fmt: skip
    added = unit.connection.execute(row.on_conflict_do_nothing().returning(ContactPoint.id)).first()
    owner = owner_of(desk, unit.connection, call.number)
    if owner is not None and owner != call.customer_id:
        whose = _name_of(unit.connection, owner)
        raise CallError(f"This number is {whose}'s and stays theirs. Wrap up again, without keeping it.")
    return added is not None


def _meant(desk: Desk, connection: Connection, typed: str) -> Iterator[tuple[int, str]]:
    """Customers with the contact that was typed, if one was; exact ones first."""
    reference = _REFERENCE.fullmatch(typed)
    if reference is not None and int(reference[1]) <= LARGEST_ID:
        whose = connection.scalar(select(Case.customer_id).where(Case.id == int(reference[1])))
        if whose is not None:
            yield whose, ""
    if typed.startswith("#"):
        return
    yield from queries.reached_at(connection, _as_contacts(desk, typed))
    if any(sign.isalpha() for sign in typed):
        yield from _named(connection, typed, desk.clock())


def _as_contacts(desk: Desk, typed: str) -> list[tuple[ContactKind, str]]:
    is_number = not any(sign.isalpha() for sign in typed)
    kinds = (ContactKind.PHONE, ContactKind.HANDLE) if is_number else (ContactKind.EMAIL, ContactKind.HANDLE)
    found = ((kind, folded_contact(kind, typed, desk.settings.country)) for kind in kinds)
    return [(kind, folded) for kind, folded in found if folded]


def _named(connection: Connection, typed: str, now: datetime) -> Iterator[tuple[int, str]]:
    """Customers who wrote under such a name or address."""
    parts = [part for part in typed.split() if phrase(part, open_end=True) is not None]
    query = SearchQuery((), tuple(Condition(Field.FROM, (part,)) for part in parts))
    after: int | None = None
    for _ in range(MOST_PAGES if parts else 0):
        page = find_cases(connection, query, me_id=0, now=now, after=after, limit=PAGE)
        names = {row.customer_id: row.customer_name for row in page.rows}
        contacts = queries.contacts_of(connection, list(names))
        for customer_id, name in names.items():
            if _is_called(parts, [name, *contacts.get(customer_id, ())]):
                yield customer_id, ""
        if not page.has_more:
            return
        after = page.last_id


def _is_called(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether each part begins a word of a name: others write on a case as well, who are not its customer."""
    known = "".join(f" {' '.join(words(name))} " for name in names)
    sought = (phrase(part, open_end=True) for part in parts)
    return all(f" {' '.join(each.words)}{'' if each.open else ' '}" in known for each in sought if each is not None)


def _name_of(connection: Connection, customer_id: int | None) -> str:
    return connection.scalar(select(Customer.name).where(Customer.id == customer_id)) or ""


def _folded(desk: Desk, number: str) -> str | None:
    return folded_contact(ContactKind.PHONE, number, desk.settings.country)
