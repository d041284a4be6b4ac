"""Comparing our books of refunds with the wallet's: what is missing, doubled, or of another amount becomes a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds import Channel, EventKind, Language, Status
from db.kinds_refunds import DifferenceKind, RefundState
from db.models import Case, Customer, Refund, RefundComparison, RefundDifference, RefundPayment
from db.queries.search_index import add_terms
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.permissions import Permission, require
from desk.rules.refunds.life import shown
from desk.rules.refunds.money import Money, written
from desk.rules.refunds.nights import GRACE
from desk.services.desk import Desk
from desk.services.writing import note_on
from desk.wallet import port
from desk.wallet.port import Wallet

TAKEN_BEFORE = timedelta(days=30)
"""How much earlier the wallet may have taken what it paid since: its report goes by when it took a refund."""
MAY_BE_PAID = frozenset(
    {RefundState.PAID, RefundState.PENDING, RefundState.UNKNOWN, RefundState.REQUESTED, RefundState.APPROVED}
)
"""States in which the wallet may have paid what we have not heard of yet; approved is one that is asked for again."""
KEYS_AT_ONCE = 500
_Found: TypeAlias = "tuple[DifferenceKind, str, str, dict[str, Any]]"
BOOKS = "The wallet's books"
TITLES = {
    DifferenceKind.MISSING: "Paid in our books, and not in the wallet's",
    DifferenceKind.DOUBLED: "Paid more than once by the wallet",
    DifferenceKind.AMOUNT: "Paid by the wallet with another amount",
    DifferenceKind.UNKNOWN_HERE: "Paid by the wallet, and not by us",
}


@dataclass(frozen=True, slots=True)
class Paid:
    """One line of the wallet's report: a refund that it has paid; minor units, aware UTC."""

    key: str
    transaction_id: str
    amount: int
    currency: str
    paid_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the books differ, and the case that somebody works on; `is_new` the first time it was seen."""

    kind: DifferenceKind
    key: str
    said: str
    case_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What comparing found: how many refunds of each side were looked at, and the differences."""

    ours: int
    theirs: int
    differences: tuple[Difference, ...]

    @property
    def are_equal(self) -> bool:
        """Whether the books are equal."""
        return not self.differences


def from_wallet(wallet: Wallet, since: datetime, until: datetime) -> tuple[Paid, ...]:
    """The wallet's report of what it has paid of the refunds taken in [since, until). Raises what the wallet raises."""
    return tuple(
        Paid(each.key, each.transaction_id, each.amount, each.currency, each.changed_at, each.reference)
        for each in wallet.refunds(since=since, until=until)
        if each.state is port.RefundState.PAID
    )


def reconcile(desk: Desk, me: AgentRow, paid: Iterable[Paid], *, since: datetime, until: datetime) -> Report:
    """Compare what we have as paid, asked for in [since, until), with the wallet's lines; each difference is one case.

    A second run finds the same ones and opens nothing. Lines about other times are not compared with ours, but ours
    are looked for among all lines. That it was done is kept. Raises `NotAllowedError`.
    """
    require(me, Permission.MANAGE_REFUNDS)
    begun = desk.clock()
    report = compare(desk, me, paid, since=since, until=until)
    with desk.database.write() as unit:
        unit.session.add(
            RefundComparison(
                agent_id=me.id, since=since, until=until, begun_at=begun, ended_at=unit.now, ours=report.ours,
                theirs=report.theirs, differences=len(report.differences), said="",
            )
        )  # fmt: skip
    return report


def compare(
    desk: Desk, me: AgentRow | None, paid: Iterable[Paid], *, since: datetime, until: datetime
) -> Report:  # fmt: skip
    """As `reconcile`, by whoever does it; nothing is kept but the differences."""
    theirs: dict[str, list[Paid]] = defaultdict(list)
    number = 0
    for each in paid:
        theirs[each.key].append(each)
        number += 1
    with desk.database.read() as connection:
        ours = _ours(connection, tuple(theirs), since, until)
    found: list[_Found] = []
    for key, row in ours.items():
        found += _differing(row, theirs.get(key, []), may_be_missing=since <= row.state_since < until - GRACE)
    for key, lines in theirs.items():
        if key not in ours and key.startswith("desk-"):
            said = _said(sum(each.amount for each in lines), lines[0].currency, "under a key of ours")
            found.append((DifferenceKind.UNKNOWN_HERE, key, said, {"transaction": lines[0].transaction_id}))
    looked_at = sum(row.state is RefundState.PAID and since <= row.state_since < until for row in ours.values())
    return Report(looked_at, number, tuple(_kept(desk, me, *each) for each in found))


def _ours(connection: Connection, keys: Sequence[str], since: datetime, until: datetime) -> dict[str, Row[Any]]:
    """What we have as paid in that time, and what the wallet's lines name, by key in the order of our refunds."""
    query = select(
        Refund.id, Refund.key, Refund.state, Refund.amount, Refund.state_since, Refund.wallet_reference,
        RefundPayment.currency, RefundPayment.wallet_id, Refund.case_id,
    ).join(RefundPayment, RefundPayment.id == Refund.payment_id)  # fmt: skip
    paid = query.where(Refund.state == RefundState.PAID, Refund.state_since >= since, Refund.state_since < until)
    rows: list[Row[Any]] = list(connection.execute(paid))
    for start in range(0, len(keys), KEYS_AT_ONCE):
        rows += connection.execute(query.where(Refund.key.in_(keys[start : start + KEYS_AT_ONCE])))
    return {row.key: row for row in sorted(rows, key=lambda row: row.id)}


def _differing(row: Row[Any], lines: Sequence[Paid], *, may_be_missing: bool) -> Iterator[_Found]:
    """How one refund of ours differs from the wallet's lines about it."""
    about = {"refund": row.id, "case": row.case_id, "transaction": row.wallet_id}
    if not lines:
        if row.state is RefundState.PAID and row.wallet_reference and may_be_missing:
            yield DifferenceKind.MISSING, row.key, _said(row.amount, row.currency, "paid by us"), about
        return
    line = lines[0]
    if len(lines) > 1:
        total = sum(each.amount for each in lines)
        yield DifferenceKind.DOUBLED, row.key, _said(total, line.currency, f"{len(lines)} times"), about
    if (line.amount, line.currency, line.transaction_id) != (row.amount, row.currency, row.wallet_id):
        said = f"{_money(row.amount, row.currency)} by us, {_money(line.amount, line.currency)} by the wallet"
        yield DifferenceKind.AMOUNT, row.key, said, about
    elif row.state not in MAY_BE_PAID:
        said = f"{_money(line.amount, line.currency)}, and {shown(row.state)} by us"
        yield DifferenceKind.UNKNOWN_HERE, row.key, said, about


def _kept(
    desk: Desk, me: AgentRow | None, kind: DifferenceKind, key: str, said: str, about: dict[str, Any]
) -> Difference:
    known = select(RefundDifference.case_id).where(RefundDifference.kind == kind, RefundDifference.key == key)
    with suppress(_SeenByOtherError), desk.database.write() as unit:
        case_id = unit.session.scalar(known)
        if case_id is not None:
            return Difference(kind, key, said, case_id, is_new=False)
        case = _open_case(desk, unit, me, kind, key, said, about)
        dialect = sqlite if unit.connection.dialect.name == "sqlite" else postgresql
        made = dialect.insert(RefundDifference).values(
            kind=kind, key=key, case_id=case.id, found_at=unit.now, details=about | {"said": said}
        )
        if unit.session.execute(made.on_conflict_do_nothing().returning(RefundDifference.key)).first() is None:
            raise _SeenByOtherError
        return Difference(kind, key, said, case.id, is_new=True)
    with desk.database.read() as connection:
        return Difference(kind, key, said, connection.scalar(known) or 0, is_new=False)


class _SeenByOtherError(Exception):
    """Somebody compared at the same moment and has opened the case."""


def _open_case(
    desk: Desk, unit: UnitOfWork, me: AgentRow | None, kind: DifferenceKind, key: str, said: str, about: dict[str, Any]
) -> Case:
    of = unit.session.get(Case, about["case"]) if "case" in about else None
    customer_id = of.customer_id if of is not None else _books(unit)
    subject = f"{TITLES[kind]}: {said}"
    case = Case(
        channel=Channel.EMAIL, status=Status.NEW, priority=1,
        language=of.language if of is not None else Language(desk.settings.fallback_language), subject=subject[:998],
        customer_id=customer_id, created_at=unit.now, updated_at=unit.now,
        due_at=answer_due(Channel.EMAIL, 1, unit.now), queue=of.queue if of is not None else None,
        version=1,
    )  # fmt: skip
    unit.session.add(case)
    unit.session.flush()
    refund = f"refund {about['refund']} of #{about['case']}" if "refund" in about else "no refund of ours"
    text = f"{TITLES[kind]}.\n\n{said}\nKey: {key}\nTransaction: {about['transaction']}\nHere: {refund}"
    note_on(unit, case, me, text)
    unit.record(
        EventKind.CASE_OPENED, case_id=case.id, agent_id=me.id if me else None, channel=Channel.EMAIL.value,
        status="new", since=unit.now.isoformat(),
    )  # fmt: skip
    unit.record(
        EventKind.REFUND_DIFFERENCE, case_id=case.id, agent_id=me.id if me else None, difference=kind.value, key=key,
        said=said, **about,
    )  # fmt: skip
    add_terms(unit.connection, case.id, subject, text)
    return case


def _books(unit: UnitOfWork) -> int:
    """The customer under whom cases about nobody's refund are filed."""
    known = unit.session.scalar(select(Customer.id).where(Customer.name == BOOKS).order_by(Customer.id).limit(1))
    if known is not None:
        return known
    customer = Customer(name=BOOKS, created_at=unit.now)
    unit.session.add(customer)
    unit.session.flush()
    return customer.id


def _money(amount: int, currency: str) -> str:
    return written(Money(amount, currency), Language.ENGLISH)


def _said(amount: int, currency: str, how: str) -> str:
    return f"{_money(amount, currency)}, {how}"


def paid_lines(rows: Sequence[dict[str, str]]) -> tuple[Paid, ...]:
    """The lines of a report file: `key`, `transaction`, `amount` in minor units, `currency`. Raises `ValueError`."""
    found = []
    for place, row in enumerate(rows, start=2):
        try:
            key, transaction, currency = row["key"].strip(), row["transaction"].strip(), row["currency"].strip()
            amount = int(row["amount"])
            Money(amount, currency)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"line {place}: {error}; give the columns key, transaction, amount (whole minor units) and currency"
            ) from error
        found.append(Paid(key, transaction, amount, currency, reference=row.get("reference") or ""))
    return tuple(found)
