"""A wallet with payments in it, and refunds on their way, for what tests of refunds do again and again."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from db.kinds import Channel, MessageKind
from db.kinds_refunds import RefundReason
from desk.services import cases
from desk.services.desk import Desk
from desk.services.refunds import opening, paying
from desk.services.refunds.payments import payment_row
from desk.services.refunds.tokens import completed
from desk.settings import Refunds, Settings
from desk.wallet.simulator import AT_ONCE, Course, FaultyWallet, Simulator
from desk.wallet.simulator.store import stored

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow, MessageRow
    from db.rows_refunds import PaymentRow, RefundRow
    from desk.wallet.port import Wallet
    from tests.clock import SettableClock

ACCOUNT = "W1"
LINK_URL = "https://desk.example"
RUPIAH = 100


def with_links(desk: Desk, **more: int) -> Desk:
    """The same desk, with an address for merchants' links."""
    settings = Settings(
        data_dir=desk.settings.data_dir, mail=desk.settings.mail, refunds=Refunds(link_url=LINK_URL, **more)
    )
    return Desk(desk.database, settings, desk.clock)


class Till:
    """A simulated wallet with one account, in which tests put payments; `wallet` is what the desk speaks to."""

    def __init__(
        self, folder: Path, clock: SettableClock, *, course: Course = AT_ONCE, email: str = "dewi@example.org"
    ) -> None:
        self.clock = clock
        self.core = Simulator(folder / "wallet.sqlite", clock=clock, course=course)
        self.wallet: Wallet = self.core
        self._paid = 0
        with self.core.store.writing() as connection:
            columns = [row["name"] for row in connection.execute("PRAGMA table_info(account)")]
            values = {
                "id": ACCOUNT, "name": "Dewi Lestari", "state": "active", "phone": "+628111111111",
                "email": email, "opened_at": stored(clock() - timedelta(days=900)), "passes": 1,
            }  # fmt: skip
            known = {name: values.get(name, 0) for name in columns if name in values or _is_needed(connection, name)}
            connection.execute(
                f"INSERT INTO account ({', '.join(known)}) VALUES ({', '.join('?' * len(known))})", list(known.values())
            )

    def with_faults(self, dials: str, seed: int = 1) -> FaultyWallet:
        """The same wallet behind a line on which things go wrong, as `slow=0.2` or `full` says."""
        self.core.dial(dials)
        return FaultyWallet(self.core, random=Random(seed), pause=lambda _seconds: None)

    def pays(
        self, rupiah: int = 150_000, *, merchant: str = "Toko Maju", merchant_id: str = "toko-maju",
        path: str = "qris_same_wallet", days_ago: float = 1, status: str = "paid", device: str = "D1",
        at: datetime | None = None,
    ) -> PaymentRow:  # fmt: skip
        """A payment of that many rupiah, as the desk sees it."""
        self._paid += 1
        number = f"T{self._paid:04d}"
        when = at or self.clock() - timedelta(days=days_ago)
        with self.core.store.writing() as connection:
            connection.execute(
                "INSERT INTO movement (id, account_id, at, kind, status, amount, currency, merchant_id, merchant_name, "
                "path, method, reference, device_id) "
                "VALUES (?, ?, ?, 'payment', ?, ?, 'IDR', ?, ?, ?, 'balance', ?, ?)",
                (number, ACCOUNT, stored(when), status, rupiah * RUPIAH, merchant_id, merchant, path,
                 f"9F2{self._paid:05d}", device),
            )  # fmt: skip
        return self.shown(number)

    def shown(self, number: str) -> PaymentRow:
        """A payment as the desk sees it now."""
        row = payment_row(self.core.transaction(number))
        assert row is not None
        return row

    def books(self) -> dict[str, int]:
        """What the wallet has paid back, by transaction."""
        return self.core.books()


def _is_needed(connection: sqlite3.Connection, name: str) -> bool:
    rows = connection.execute("PRAGMA table_info(account)").fetchall()
    return any(row["name"] == name and row["notnull"] and row["dflt_value"] is None for row in rows)


def opened(
    desk: Desk, me: AgentRow, payment: PaymentRow, case_id: int = 1,
    reason: RefundReason = RefundReason.NOT_RECEIVED, **more: object,
) -> RefundRow:  # fmt: skip
    """A draft."""
    return opening.open_draft(desk, me, case_id, payment, reason=reason, **more)  # type: ignore[arg-type]


def sent(desk: Desk, me: AgentRow, payment: PaymentRow, case_id: int = 1, **more: object) -> RefundRow:
    """A refund that was sent on its way."""
    return opening.send(desk, me, opened(desk, me, payment, case_id, **more).id)  # type: ignore[arg-type]


def settle(desk: Desk, till: Till, rounds: int = 6, wallet: Wallet | None = None) -> None:
    """Let the worker ask the wallet as often as it takes, with time passing between."""
    for _ in range(rounds):
        paying.pay_due(desk, wallet or till.wallet, limit=100)
        till.clock.advance(minutes=6)


def messages(desk: Desk, me: AgentRow, case_id: int = 1) -> list[MessageRow]:
    """All that stands on a case."""
    return list(cases.open_case(desk, me, case_id).messages)


def told(desk: Desk, me: AgentRow, case_id: int = 1) -> list[str]:
    """What the customer was told about a refund, oldest first."""
    return [
        each.text
        for each in messages(desk, me, case_id)
        if each.kind is MessageKind.OUTBOUND and each.side_id is None and each.details.get("refund")
    ]


def mails(desk: Desk, me: AgentRow, case_id: int = 1) -> list[MessageRow]:
    """What the merchant was written, oldest first, as it leaves: with the token that nobody at the desk sees."""
    found = messages(desk, me, case_id)
    with desk.database.read() as connection:
        return [
            completed(connection, each)  # type: ignore[type-var]
            for each in found
            if each.side_id is not None and each.kind is MessageKind.OUTBOUND and each.channel is Channel.EMAIL
        ]


def link_in(mail: MessageRow) -> str:
    """The token in a mail to a merchant."""
    return mail.text.rpartition(f"{LINK_URL}/refund/")[2].split()[0]


def as_json(text: str) -> object:
    """What a command printed."""
    return json.loads(text)
