"""Many programs refunding the same payments at once, with the wallet at its worst: not a cent too much, none lost."""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from db.clock import now
from db.engine import Database, DatabaseBusyError, LostRaceError
from db.kinds import Role
from db.kinds_refunds import RefundReason, RefundState
from db.models import Refund, RefundPayment
from desk.rules.refunds.life import RefundStateError
from desk.rules.refunds.money import Money
from desk.services import agents
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.refunds import opening, paying, reconciling
from desk.services.refunds.payments import payment_row
from desk.settings import Settings
from desk.wallet.errors import WalletError
from desk.wallet.simulator import Course, FaultyWallet, Simulator
from tests.services.acting import mail, receive
from tests.services.refund_world import Till

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

PROCESSES, ATTEMPTS, PAYMENTS = (50, 200, 20) if os.environ.get("DESK_DRILL") == "full" else (4, 10, 3)
PAID = 20_000
"""Rupiah of each payment: within what its merchant agreed to beforehand, so that attempts go on to the wallet."""
COURSE = Course(pending_after=0.0, paid_after=0.0, failing=0.05)
TRUTHFUL = {RefundState.PAID, RefundState.CANCELLED, RefundState.FAILED, RefundState.WITH_MERCHANT, RefundState.DRAFT}


class Sooner:
    """A clock whose waits are over before anybody has to wait: an hour passes with each call of `later`."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = timedelta(seconds=ahead)

    def __call__(self):  # type: ignore[no-untyped-def]
        return now() + self.ahead

    def later(self) -> None:
        self.ahead += timedelta(hours=1)


def patiently(act: Callable[[], object]) -> object:
    """Do it until the database has time: what was busy or lost a race has changed nothing."""
    while True:
        try:
            return act()
        except (DatabaseBusyError, LostRaceError):
            continue


def attack(url: str, folder: str, number: int) -> int:
    """What one program does: open refunds of random parts of random payments, send them, and work as a worker does.

    Returns how many it sent.
    """
    from pathlib import Path

    database = Database(url)
    desk = Desk(database, Settings(), database.clock)
    me = agents.sign_in(desk, f"agent{number}")
    random = Random(number)
    core = Simulator(Path(folder) / "wallet.sqlite", course=COURSE, random=random)
    wallet = FaultyWallet(core, random=random, pause=lambda _seconds: None)
    sent = 0
    for _ in range(ATTEMPTS):
        transaction = f"T{random.randint(1, PAYMENTS):04d}"
        amount = Money(random.randint(1, PAID) * 100, "IDR")
        try:
            payment = payment_row(wallet.transaction(transaction))
            assert payment is not None
            draft = patiently(
                lambda payment=payment, amount=amount: opening.open_draft(
                    desk, me, number, payment, reason=RefundReason.NOT_RECEIVED, amount=amount
                )
            )
            patiently(lambda draft=draft: opening.send(desk, me, draft.id))  # type: ignore[attr-defined]
            sent += 1
        except (CaseError, RefundStateError, WalletError):
            pass
        patiently(lambda: paying.pay_due(desk, wallet, limit=3))
    core.close()
    database.close()
    return sent


@pytest.mark.drill
@pytest.mark.slow
def test_many_programs_never_refund_more_than_was_paid_and_the_books_are_equal(
    database: Database, database_url: str, tmp_path: Path, clock: SettableClock, open_database: object
) -> None:
    real = Database(database_url)
    ahead = Sooner()
    desk = Desk(real, Settings(data_dir=str(tmp_path / "data")), ahead)
    real.clock = ahead
    boss = agents.sign_in(desk, "boss")
    for number in range(1, PROCESSES + 1):
        agents.add(desk, boss, login=f"agent{number}", name=f"Agent {number}", role=Role.AGENT)
        receive(desk, mail(f"m{number}@example.org", sender=f"c{number}@example.org"))
    till = Till(tmp_path, ahead, course=COURSE)  # type: ignore[arg-type]
    paid = {till.pays(PAID, device="", days_ago=1).id: PAID * 100 for _ in range(PAYMENTS)}
    till.core.dial("full")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as programs:
        attacks = [programs.submit(attack, database_url, str(tmp_path), number) for number in range(1, PROCESSES + 1)]
        sent = sum(each.result() for each in attacks)
    started = now() - timedelta(days=1)
    while paying.due(desk) or _in_flight(desk):
        ahead.later()
        patiently(lambda: paying.pay_due(desk, till.wallet, limit=1000))

    by_wallet = till.books()
    by_us: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    with real.read() as connection:
        query = select(RefundPayment.wallet_id, Refund.state, func.sum(Refund.amount)).join(
            Refund, Refund.payment_id == RefundPayment.id
        )
        for wallet_id, state, amount in connection.execute(query.group_by(RefundPayment.wallet_id, Refund.state)):
            assert state in TRUTHFUL, state
            if state is RefundState.PAID:
                by_us[wallet_id] += amount
            if state in {RefundState.PAID, RefundState.WITH_MERCHANT}:
                held[wallet_id] += amount
        rows = connection.execute(select(RefundPayment.wallet_id, RefundPayment.held))
        kept = {row.wallet_id: row.held for row in rows}
    assert sent > 0
    assert by_wallet
    assert dict(by_us) == by_wallet
    assert all(amount <= paid[wallet_id] for wallet_id, amount in by_wallet.items())
    assert {each: held[each] for each in kept} == kept
    report = reconciling.reconcile(
        desk, boss, reconciling.from_wallet(till.wallet, started, ahead()), since=started, until=ahead()
    )
    assert report.are_equal
    till.core.close()
    real.close()


def _in_flight(desk: Desk) -> bool:
    moving = [RefundState.APPROVED, RefundState.REQUESTED, RefundState.UNKNOWN, RefundState.PENDING]
    with desk.database.read() as connection:
        return connection.scalar(select(Refund.id).where(Refund.state.in_(moving)).limit(1)) is not None
