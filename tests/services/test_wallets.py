"""The wallet of a desk: its customers have accounts that fit their cases, on either engine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from db.models import Case
from desk import bootstrap
from desk.services import wallets
from desk.services.desk import Desk
from desk.wallet.health import Answering
from desk.wallet.simulator import Simulator
from tests.services.acting import mail, receive

if TYPE_CHECKING:
    from pathlib import Path

    from db.clock import Clock
    from desk.wallet.port import Transaction


def wrote(desk: Desk, topic: str, text: str) -> tuple[Transaction, ...]:
    """A customer writes about a topic; the transactions that their account then has, newest first."""
    bootstrap.ready(desk)
    receive(desk, mail("told@example.org", sender="Dewi <dewi.told@example.org>", text=text))
    with desk.database.write() as unit:
        unit.connection.execute(update(Case).values(topic_key=topic))
    wallet = wallets.wallet_of(desk)
    try:
        (found,) = wallet.find_accounts(email="dewi.told@example.org")
        now = desk.clock()
        return wallet.transactions(found.account_id, since=now - timedelta(days=30), until=now + timedelta(days=1))
    finally:
        wallets.close_wallet(desk)


def test_a_double_charge_that_a_customer_wrote_of_has_happened(desk: Desk) -> None:
    text = "Saldo terpotong dua kali Rp 150.000 di Kopi Senja, nomor transaksi TRX123456789."
    found = [one for one in wrote(desk, "payment-failed", text) if one.merchant_name == "Kopi Senja"]
    pair = [one for one in found if one.amount == 15_000_000]
    assert len(pair) >= 2
    assert "TRX123456789" in {one.reference for one in pair}
    assert pair[0].merchant_id == "kopi-senja"


def test_a_top_up_that_has_not_arrived_is_pending(desk: Desk) -> None:
    found = wrote(desk, "top-up", "I topped up IDR 99,000 and nothing came.")
    assert [(one.status, one.amount) for one in found if one.status == "pending"] == [("pending", 9_900_000)]


def test_a_wallet_that_was_given_is_the_one_in_use(desk: Desk, tmp_path: Path) -> None:
    given = Simulator(tmp_path / "given.db")
    assert wallets.wallet_of(Desk(desk.database, desk.settings, desk.clock, given)) is given
    given.close()


def test_one_process_opens_a_desks_wallet_once(desk: Desk) -> None:
    first = wallets.wallet_of(desk)
    assert wallets.wallet_of(Desk(desk.database, desk.settings, desk.clock)) is first
    wallets.close_wallet(desk)
    assert wallets.health(desk).answering is Answering.YES


def test_an_address_that_no_customer_has_is_nobodys_account(desk: Desk, clock: Clock) -> None:
    wallet = wallets.wallet_of(desk)
    assert wallet.find_accounts(email="stranger@example.org", phone="+62811000000") == ()
    wallets.close_wallet(desk)
