"""What the wallet knows of a customer's account: wanted by whoever needs it, read by a worker, kept with its time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from db.folding import UnusableContactError, fold_email, fold_phone
from db.kinds import ContactKind, EventKind
from db.kinds_safety import LIVE_ACTS, PaymentVerdict, SafetyActState, SafetyRunState
from db.models import AccountFacts, Case, ContactPoint, SafetyAct, SafetyPayment, SafetyRun
from db.queries import safety as queries
from db.rows import AgentRow
from db.rows_safety import DeviceFact, Facts, FactsRow, Movement, SignInFact
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.safety.playbook import LOOK_EVERY
from desk.rules.safety.signs import is_fresh
from desk.rules.text import clean_line
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError
from desk.services.safety.errors import SafetyError
from desk.services.safety.holding import facts_for_update
from desk.wallet import port
from desk.wallet.errors import UnknownAccountError, WalletError
from desk.wallet.port import Wallet

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
LOOK_BACK = timedelta(days=60)
"""Transactions that a customer is asked about."""
MOST_PAYMENTS = 100
MOST_ACCOUNTS = 20
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Asked:
    customer_id: int
    account_id: str
    sought: str
    contacts: tuple[tuple[ContactKind, str], ...]
    wants_payments: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    matches: tuple[port.AccountMatch, ...]
    account: port.Account | None
    payments: tuple[port.Transaction, ...]


def known(desk: Desk, me: AgentRow, case_id: int) -> FactsRow | None:
    """What is known of the account of a case's customer; None when it was never wanted. Raises `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.facts_of(connection, _customer(connection, case_id))


def want(desk: Desk, me: AgentRow, case_id: int, *, anew: bool = False) -> bool:
    """Have the account of a case's customer read by a worker, unless that is fresh or under way; whether it will be.

    Waits for nothing. `anew` asks whatever is known. Raises `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        customer_id = _customer(connection, case_id)
        row = queries.facts_of(connection, customer_id)
    if not anew and _is_known_or_wanted(row, now):
        return False
    with desk.database.write() as unit:
        want_in(unit, customer_id)
    return True


def want_unless_fresh(unit: UnitOfWork, customer_id: int) -> None:
    """As `want`, inside a unit of work that has the case."""
    if not _is_known_or_wanted(queries.facts_of(unit.connection, customer_id), unit.now):
        want_in(unit, customer_id)


def want_in(unit: UnitOfWork, customer_id: int) -> AccountFacts:
    """As `want` with `anew`, inside a unit of work; the row, locked."""
    facts = facts_for_update(unit, customer_id)
    facts.wanted_at = facts.next_at = unit.now
    facts.tries, facts.said = 0, ""
    return facts


def read_now(desk: Desk, me: AgentRow, wallet: Wallet, case_id: int) -> FactsRow | None:
    """Ask the wallet at once, and give what is known then; it may take seconds, so no screen may. Raises as `want`."""
    want(desk, me, case_id, anew=True)
    with desk.database.read() as connection:
        customer_id = _customer(connection, case_id)
    read(desk, wallet, customer_id)
    return known(desk, me, case_id)


def look_for(desk: Desk, me: AgentRow, case_id: int, contact: str) -> None:
    """Have the account looked for by another number or address than those on the case: the one on file at the wallet.

    Nothing typed looks by the case's contacts again. Raises `SafetyError`, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    sought = contact.strip()
    if sought:
        _sought(sought)
    with desk.database.write() as unit:
        facts = want_in(unit, _customer(unit.connection, case_id))
        _require_unused(unit, facts)
        facts.sought, facts.account_id, facts.matches, facts.data = sought, "", [], {}
        unit.record(EventKind.SAFETY_FACTS, case_id=case_id, agent_id=me.id, sought=bool(sought))


def choose(desk: Desk, me: AgentRow, case_id: int, account_id: str) -> None:
    """Say which of the accounts found it is. Raises `SafetyError` for another one, `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        facts = want_in(unit, _customer(unit.connection, case_id))
        if account_id not in {each["id"] for each in facts.matches}:
            raise SafetyError("That account was not found by these contacts. Choose one that is listed.")
        if facts.account_id != account_id:
            _require_unused(unit, facts)
            facts.account_id, facts.data = account_id, {}
        _give_to_runs(unit, facts)
        unit.record(EventKind.SAFETY_FACTS, case_id=case_id, agent_id=me.id, account=account_id)


def due(desk: Desk, limit: int = MOST_AT_ONCE) -> tuple[int, ...]:
    """The customers whose account is to be read now, the longest due first."""
    query = (
        select(AccountFacts.customer_id)
        .where(AccountFacts.next_at.is_not(None), AccountFacts.next_at <= desk.clock())
        .order_by(AccountFacts.next_at, AccountFacts.customer_id)
        .limit(limit)
    )
    with desk.database.read() as connection:
        return tuple(connection.scalars(query))


def read_due(desk: Desk, wallet: Wallet, limit: int = MOST_AT_ONCE) -> int:
    """Read every account that is due; how many there were."""
    ids = due(desk, limit)
    for customer_id in ids:
        read(desk, wallet, customer_id)
    return len(ids)


def read(desk: Desk, wallet: Wallet, customer_id: int) -> None:
    """Read one customer's account and keep what was heard, or why nothing was."""
    asked = _begin(desk, customer_id)
    if asked is None:
        return
    try:
        heard = _hear(wallet, asked, desk.clock())
    except UnknownAccountError as error:
        _keep(desk, asked, _Heard((), None, ()), str(error))
    except WalletError as error:
        _later(desk, customer_id, str(error))
    except Exception as error:
        log.exception("the account of customer %d could not be read", customer_id)
        _later(desk, customer_id, str(error))
    else:
        _keep(desk, asked, heard, "")


def _begin(desk: Desk, customer_id: int) -> _Asked | None:
    lease = timedelta(seconds=2 * desk.settings.wallet.timeout_seconds * 4 + 10)
    with desk.database.write() as unit:
        facts = facts_for_update(unit, customer_id)
        if facts.next_at is None or facts.next_at > unit.now:
            return None
        facts.lease_until = facts.next_at = unit.now + lease
        facts.tries = min(facts.tries + 1, 1000)
        contacts = unit.session.execute(
            select(ContactPoint.kind, ContactPoint.folded)
            .where(ContactPoint.customer_id == customer_id, ContactPoint.kind != ContactKind.HANDLE)
            .order_by(ContactPoint.id)
            .limit(MOST_ACCOUNTS)
        ).all()
        wants = unit.session.scalar(
            select(SafetyRun.id).where(SafetyRun.customer_id == customer_id, SafetyRun.state == SafetyRunState.RUNNING)
        )
        return _Asked(
            customer_id, facts.account_id, facts.sought, tuple((kind, folded) for kind, folded in contacts),
            wants is not None,
        )  # fmt: skip


def _hear(wallet: Wallet, asked: _Asked, now: datetime) -> _Heard:
    contacts: Sequence[tuple[ContactKind, str]] = (_sought(asked.sought),) if asked.sought else asked.contacts
    matches: dict[str, port.AccountMatch] = {}
    for kind, folded in contacts:
        found = wallet.find_accounts(phone=f"+{folded}") if kind is ContactKind.PHONE else wallet.find_accounts(
            email=folded
        )  # fmt: skip
        matches |= {each.account_id: each for each in found}
    account_id = asked.account_id or (next(iter(matches)) if len(matches) == 1 else "")
    if not account_id:
        return _Heard(tuple(matches.values()), None, ())
    account = wallet.account(account_id)
    payments: tuple[port.Transaction, ...] = ()
    if asked.wants_payments:
        payments = wallet.transactions(
            account_id, since=now - LOOK_BACK, until=now + timedelta(minutes=1), limit=MOST_PAYMENTS
        )
    return _Heard(tuple(matches.values()), account, payments)


def _keep(desk: Desk, asked: _Asked, heard: _Heard, said: str) -> None:
    from desk.services import guide_facts
    from desk.services.safety import watching

    with desk.database.write() as unit:
        cases = _cases(unit, asked.customer_id)
        facts = facts_for_update(unit, asked.customer_id)
        if (facts.account_id, facts.sought) != (asked.account_id, asked.sought):
            facts.next_at = unit.now  # somebody chose another account meanwhile: that one is to be read
            return
        facts.matches = [
            {"id": each.account_id, "name": clean_line(each.name, 200)} for each in heard.matches[:MOST_ACCOUNTS]
        ]
        if heard.account is not None:
            facts.account_id = heard.account.id
            facts.data = msgspec.to_builtins(facts_from(heard.account))
        else:
            facts.data = {}
        facts.read_at, facts.said, facts.tries = unit.now, clean_line(said, 500), 0
        facts.lease_until = None
        facts.next_at = unit.now + LOOK_EVERY if _is_watched(unit, asked.customer_id) else None
        _give_to_runs(unit, facts)
        _keep_payments(unit, asked.customer_id, heard)
        unit.session.flush()
        for case_id in cases:
            unit.record(EventKind.SAFETY_FACTS, case_id=case_id, account=facts.account_id, found=len(facts.matches))
        watching.look(unit, facts)
        guide_facts.go_on_in(unit, cases)


def _later(desk: Desk, customer_id: int, said: str) -> None:
    with desk.database.write() as unit:
        cases = _cases(unit, customer_id)
        facts = facts_for_update(unit, customer_id)
        is_new = facts.said != clean_line(said, 500)
        facts.said, facts.lease_until = clean_line(said, 500), None
        facts.next_at = unit.now + min(FIRST_WAIT * (1 << min(max(facts.tries - 1, 0), 10)), LONGEST_WAIT)
        for case_id in cases if is_new else ():
            unit.record(EventKind.SAFETY_FACTS, case_id=case_id, said=facts.said)


def _cases(unit: UnitOfWork, customer_id: int) -> tuple[int, ...]:
    """The cases on which somebody may be looking at these facts, locked: cases are always locked before facts."""
    query = (
        select(Case.id)
        .where(Case.customer_id == customer_id, Case.status.not_in(("solved", "closed")))
        .order_by(Case.id.desc())
        .limit(5)
    )
    run = select(SafetyRun.case_id).where(
        SafetyRun.customer_id == customer_id, SafetyRun.state != SafetyRunState.CLOSED
    )
    ids = sorted({*unit.session.scalars(query), *unit.session.scalars(run)})
    for case_id in ids:
        case_to_change(unit, case_id)
    return tuple(ids)


def _is_watched(unit: UnitOfWork, customer_id: int) -> bool:
    query = select(SafetyRun.id).where(SafetyRun.customer_id == customer_id, SafetyRun.state == SafetyRunState.WATCHING)
    return unit.session.scalar(query) is not None


def _give_to_runs(unit: UnitOfWork, facts: AccountFacts) -> None:
    """An open playbook that waits to know its account knows it from now on, and its acts are due."""
    if not facts.account_id:
        return
    query = select(SafetyRun).where(
        SafetyRun.customer_id == facts.customer_id, SafetyRun.state != SafetyRunState.CLOSED, SafetyRun.account_id == ""
    )
    for run in unit.session.scalars(query.with_for_update()):
        run.account_id = facts.account_id
        acts = select(SafetyAct).where(SafetyAct.run_id == run.id, SafetyAct.state == SafetyActState.KEPT)
        for act in unit.session.scalars(acts.with_for_update()):
            act.next_at = unit.now


def _require_unused(unit: UnitOfWork, facts: AccountFacts) -> None:
    """Another account than the one at which acts were asked for would mix two people's."""
    used = (
        select(SafetyAct.id)
        .join(SafetyRun, SafetyRun.id == SafetyAct.run_id)
        .where(SafetyRun.customer_id == facts.customer_id, SafetyRun.state != SafetyRunState.CLOSED)
        .where(SafetyRun.account_id != "", SafetyAct.state.in_((*LIVE_ACTS, SafetyActState.DONE)))
    )
    if unit.session.scalar(used.limit(1)) is not None:
        raise SafetyError(
            "The wallet was asked about another account in this playbook already. Close it, then begin one anew."
        )


def _keep_payments(unit: UnitOfWork, customer_id: int, heard: _Heard) -> None:
    """Transactions that are new are listed; of those known the customer's word stays."""
    if heard.account is None or not heard.payments:
        return
    run = unit.session.scalar(
        select(SafetyRun).where(SafetyRun.customer_id == customer_id, SafetyRun.state == SafetyRunState.RUNNING)
    )
    if run is None:
        return
    devices = {each.id: clean_line(each.name, 60) for each in heard.account.devices}
    known = {
        row.transaction_id: row
        for row in unit.session.scalars(select(SafetyPayment).where(SafetyPayment.run_id == run.id))
    }
    for each in heard.payments:
        if each.kind in {port.TransactionKind.TOP_UP, port.TransactionKind.TRANSFER_IN}:
            continue
        data = msgspec.to_builtins(movement_of(each, devices.get(each.device_id or "", "")))
        row = known.get(each.id)
        if row is None:
            unit.session.add(
                SafetyPayment(
                    run_id=run.id, transaction_id=each.id, at=each.at, data=data, verdict=PaymentVerdict.UNSURE, said=""
                )
            )
        elif row.data != data:
            row.data = data


def movement_of(each: port.Transaction, device: str) -> Movement:
    """A transaction as the desk keeps it, its texts cleaned."""
    return Movement(
        each.id, each.account_id, each.at, each.kind.value, each.status.value, each.amount, each.currency,
        each.refunded + each.refund_pending, clean_line(each.merchant_id or "", 120),
        clean_line(each.merchant_name or "", 200), each.path.value if each.path else "", clean_line(each.method, 64),
        clean_line(each.reference, 120), clean_line(each.device_id or "", 120), device,
    )  # fmt: skip


def facts_from(account: port.Account) -> Facts:
    """An account as the desk keeps it, its texts cleaned."""
    names = {each.id: clean_line(each.name, 60) for each in account.devices}
    return Facts(
        id=account.id, name=clean_line(account.name, 200), state=account.state.value,
        phone=clean_line(account.phone, 40), email=clean_line(account.email, 254),
        balance_is_zero=account.balance_is_zero, pending=account.pending_transactions, pin_locked=account.pin_locked,
        phone_changed_at=account.phone_changed_at, email_changed_at=account.email_changed_at,
        password_changed_at=account.password_changed_at, failed_challenges=account.failed_challenges,
        frozen_at=account.frozen_at,
        devices=tuple(
            DeviceFact(names[each.id], each.first_seen, each.last_seen, each.is_trusted) for each in account.devices
        ),
        sign_ins=tuple(
            SignInFact(each.at, names.get(each.device_id, clean_line(each.device_id, 60)), clean_line(each.place, 60),
                       clean_line(each.network, 40), each.succeeded)
            for each in account.sign_ins
        ),
    )  # fmt: skip


def _is_known_or_wanted(row: FactsRow | None, now: datetime) -> bool:
    if row is None:
        return False
    is_wanted = row.wanted_at is not None and (row.read_at is None or row.wanted_at > row.read_at)
    return is_fresh(row, now) or is_wanted or (row.read_at is not None and now - row.read_at < timedelta(minutes=1))


def _customer(connection: Connection, case_id: int) -> int:
    customer_id = queries.customer_of(connection, case_id)
    if customer_id is None:
        raise CaseNotFoundError(case_id)
    return customer_id


def _sought(contact: str) -> tuple[ContactKind, str]:
    try:
        if "@" in contact:
            return ContactKind.EMAIL, fold_email(contact)
        folded = fold_phone(contact)
    except UnusableContactError as error:
        raise SafetyError(f"{error}. Give the mail address or the phone number on file at the wallet.") from error
    if len(folded) < 7:
        raise SafetyError("That is neither a mail address nor a phone number. Give the one on file at the wallet.")
    return ContactKind.PHONE, folded
