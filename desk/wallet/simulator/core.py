"""The simulator itself: does what the port says, without any fault of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from desk.wallet.errors import (
    ActRefusedError,
    KeyReusedError,
    UnknownAccountError,
    UnknownChallengeError,
    UnknownTransactionError,
)
from desk.wallet.port import (
    Account,
    AccountMatch,
    AccountState,
    Challenge,
    PaymentPath,
    Receipt,
    Refund,
    RefundChanges,
    RefundRequest,
    Transaction,
    TransactionKind,
    TransactionStatus,
    require_key,
)
from desk.wallet.simulator import accounts, challenging, refunding
from desk.wallet.simulator.cast import Cast, Nobody
from desk.wallet.simulator.course import Course
from desk.wallet.simulator.faults import read_faults
from desk.wallet.simulator.refunding import Told
from desk.wallet.simulator.store import Store, moment, stored
from desk.wallet.simulator.world import make_account, number_of

if TYPE_CHECKING:
    from desk.wallet.simulator.cast import Character

MOST_AT_ONCE = 1000


def _now() -> datetime:
    return datetime.now(UTC)


class Simulator:
    """A wallet's core in the file `path`; threads and processes may share it.

    `cast` says who has an account, `clock` (aware) when it is; the same `seed` gives the same accounts.
    """

    def __init__(
        self,
        path: Path,
        *,
        cast: Cast | None = None,
        seed: int = 1,
        clock: Callable[[], datetime] = _now,
        course: Course | None = None,
        random: Random | None = None,
    ) -> None:
        self._cast: Cast = cast or Nobody()
        self._seed = seed
        self._clock = clock
        self._course = course or Course()
        self._random = random or Random(seed)  # noqa: S311  (repeatable on purpose)
        self.store = Store(path, f"{self._cast.world} {seed}")

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    # What is asked.

    def find_accounts(self, *, phone: str | None = None, email: str | None = None) -> tuple[AccountMatch, ...]:
        """See `desk.wallet.port.Wallet`."""
        who = (self._cast.by_phone(phone) if phone else None) or (self._cast.by_email(email) if email else None)
        if who is not None:
            self._make(who)
        with self.store.reading() as connection:
            return accounts.find(connection, phone=phone, email=email)

    def account(self, account_id: str) -> Account:
        """See `desk.wallet.port.Wallet`."""
        self._known(account_id)
        with self.store.reading() as connection:
            return accounts.read(connection, account_id, self._clock())

    def transactions(
        self, account_id: str, *, since: datetime, until: datetime, limit: int = 100
    ) -> tuple[Transaction, ...]:
        """See `desk.wallet.port.Wallet`."""
        self._known(account_id)
        self._advance()
        with self.store.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM movement WHERE account_id = ? AND at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?",
                (account_id, stored(since), stored(until), min(limit, MOST_AT_ONCE)),
            ).fetchall()
            return tuple(_transaction(connection, row) for row in rows)

    def transaction(self, transaction_id: str) -> Transaction:
        """See `desk.wallet.port.Wallet`."""
        self._advance()
        with self.store.reading() as connection:
            row = connection.execute(
                "SELECT * FROM movement WHERE id = ? UNION ALL SELECT * FROM movement WHERE reference = ?",
                (transaction_id, transaction_id),
            ).fetchone()
            if row is None:
                raise UnknownTransactionError(f"The wallet has no transaction {transaction_id}.")
            return _transaction(connection, row)

    def refund_status(self, key: str) -> Refund | None:
        """See `desk.wallet.port.Wallet`."""
        self._advance()
        with self.store.reading() as connection:
            row = connection.execute("SELECT * FROM refund WHERE key = ?", (key,)).fetchone()
            return None if row is None else refunding.read(row)

    def refunds(self, *, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """See `desk.wallet.port.Wallet`."""
        self._advance()
        with self.store.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM refund WHERE requested_at >= ? AND requested_at < ? AND state <> 'refused' "
                "ORDER BY requested_at, key",
                (stored(since), stored(until)),
            ).fetchall()
            return tuple(refunding.read(row) for row in rows)

    def refund_changes(self, after: int, *, limit: int = 100) -> RefundChanges:
        """See `desk.wallet.port.Wallet`."""
        with self.store.writing() as connection:
            refunding.advance(connection, self._clock(), self._course, self._told(connection))
            return refunding.changes(connection, after, min(limit, MOST_AT_ONCE))

    def challenge(self, challenge_id: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        with self.store.reading() as connection:
            row = connection.execute("SELECT * FROM challenge WHERE id = ?", (challenge_id,)).fetchone()
            if row is None:
                raise UnknownChallengeError(f"The wallet has no challenge {challenge_id}.")
            return challenging.read(row, self._clock())

    def act_done(self, key: str) -> Receipt | None:
        """See `desk.wallet.port.Wallet`."""
        with self.store.reading() as connection:
            row = connection.execute("SELECT * FROM act WHERE key = ?", (key,)).fetchone()
            return None if row is None else _receipt(row)

    # What acts.

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        require_key(request.key)
        if request.amount <= 0:
            raise ValueError(f"A refund has an amount above zero; {request.amount} is none.")
        with self.store.writing() as connection:
            now = self._clock()
            refunding.advance(connection, now, self._course, self._told(connection))
            return refunding.take(connection, request, now, self._course, self._told(connection))

    def delay_refund(self, request: RefundRequest) -> None:
        """Hold a refund up on its way: it is taken with the next thing that happens, and nobody hears of it."""
        require_key(request.key)
        with self.store.writing() as connection:
            refunding.delay(connection, request)

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act(account_id, key, "freeze", accounts.freeze, reason)

    def unfreeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act(account_id, key, "unfreeze", accounts.unfreeze, reason)

    def revoke_devices(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act(account_id, key, "revoke_devices", accounts.revoke_devices)

    def send_password_reset(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act(account_id, key, "send_password_reset", accounts.send_password_reset)

    def request_statement(self, account_id: str, *, key: str, since: datetime, until: datetime) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        if since >= until:
            raise ValueError("A statement begins before it ends.")
        span = f"{since:%Y-%m-%d} {until:%Y-%m-%d}"
        return self._act(account_id, key, "request_statement", accounts.mail_statement, span)

    def send_challenge(self, account_id: str, *, key: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        require_key(key)
        self._known(account_id)
        with self.store.writing() as connection:
            now = self._clock()
            known = connection.execute("SELECT * FROM challenge WHERE key = ?", (key,)).fetchone()
            if known is None:
                _require_open(connection, account_id)
                answered = now + timedelta(seconds=self._course.challenge_after)
                known = challenging.send(connection, account_id, key, now, answered)
            if known["account_id"] != account_id:
                raise KeyReusedError(f"The key {key} stands for another challenge. Use a new key.")
            return challenging.read(known, now)

    # What only the simulator has: for drills, tests and those who play the wallet.

    def dial(self, faults: str) -> None:
        """Let things go wrong from now on, for every process that uses the file. Raises `FaultsError`."""
        read_faults(faults)
        with self.store.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO about VALUES ('faults', ?)", (faults,))

    def dialled(self) -> str:
        """What was dialled; empty for no faults."""
        with self.store.reading() as connection:
            return _dialled(connection)

    def let_answer(self, account_id: str, *, passes: bool) -> None:
        """Say whether identity challenges of that account are passed from now on."""
        self._known(account_id)
        with self.store.writing() as connection:
            connection.execute("UPDATE account SET passes = ? WHERE id = ?", (passes, account_id))

    def close_account(self, account_id: str) -> None:
        """Close an account for good."""
        self._known(account_id)
        with self.store.writing() as connection:
            connection.execute("UPDATE account SET state = ? WHERE id = ?", (AccountState.CLOSED.value, account_id))

    def books(self) -> dict[str, int]:
        """What was paid back, in minor units, by transaction."""
        self._advance()
        with self.store.reading() as connection:
            asked = "SELECT transaction_id, sum(amount) AS paid FROM refund WHERE state = 'paid' GROUP BY 1"
            return {row["transaction_id"]: row["paid"] for row in connection.execute(asked)}

    def use_external_id(self, day: str, partner: str, external_id: str) -> bool:
        """Note that a partner used an id on a day (YYYY-MM-DD); False when it had been used on that day already."""
        with self.store.writing() as connection:
            connection.execute("DELETE FROM external_id WHERE day < ?", (day,))
            asked = "INSERT OR IGNORE INTO external_id VALUES (?, ?, ?)"
            return connection.execute(asked, (day, partner, external_id)).rowcount == 1

    def _act(
        self, account_id: str, key: str, name: str, does: Callable[[accounts.Act], str], detail: str = ""
    ) -> Receipt:
        require_key(key)
        self._known(account_id)
        asked = msgspec.json.encode([name, account_id, detail]).decode()
        with self.store.writing() as connection:
            known = connection.execute("SELECT * FROM act WHERE key = ?", (key,)).fetchone()
            if known is None:
                now = self._clock()
                _require_open(connection, account_id)
                said = does(accounts.Act(connection, account_id, now, detail))
                number = connection.execute("SELECT count(*) FROM act").fetchone()[0] + 1
                reference = f"AC{now:%Y%m%d}{number:06d}"
                connection.execute("INSERT INTO act VALUES (?, ?, ?, ?, ?)", (key, asked, reference, stored(now), said))
                known = connection.execute("SELECT * FROM act WHERE key = ?", (key,)).fetchone()
            if known["asked"] != asked:
                raise KeyReusedError(f"The key {key} stands for something else. Use a new key.")
            return _receipt(known)

    def _told(self, connection: sqlite3.Connection) -> Told:
        return Told(self._random, read_faults(_dialled(connection)).out_of_order)

    def _known(self, account_id: str) -> None:
        """Make the account if it is a character's that nobody has looked at yet. Raises `UnknownAccountError`."""
        with self.store.reading() as connection:
            if connection.execute("SELECT 1 FROM account WHERE id = ?", (account_id,)).fetchone():
                return
        number = number_of(account_id)
        who = None if number is None else self._cast.by_number(number)
        if who is None:
            raise UnknownAccountError(f"The wallet has no account {account_id}.")
        self._make(who)

    def _make(self, who: Character) -> None:
        with self.store.writing() as connection:
            make_account(connection, who, self._cast.merchants, self._seed, self._clock())

    def _advance(self) -> None:
        with self.store.reading() as connection:
            if not refunding.is_due(connection, self._clock()):
                return
        with self.store.writing() as connection:
            refunding.advance(connection, self._clock(), self._course, self._told(connection))


def _require_open(connection: sqlite3.Connection, account_id: str) -> None:
    row = connection.execute("SELECT state FROM account WHERE id = ?", (account_id,)).fetchone()
    if row["state"] == AccountState.CLOSED.value:
        raise ActRefusedError("The account is closed.")


def _dialled(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM about WHERE key = 'faults'").fetchone()
    return "" if row is None else str(row["value"])


def _receipt(row: sqlite3.Row) -> Receipt:
    return Receipt(row["key"], row["reference"], moment(row["at"]), row["said"])


def _transaction(connection: sqlite3.Connection, row: sqlite3.Row) -> Transaction:
    refunded, coming = refunding.amounts(connection, row["id"])
    return Transaction(
        id=row["id"],
        account_id=row["account_id"],
        at=moment(row["at"]),
        kind=TransactionKind(row["kind"]),
        status=TransactionStatus(row["status"]),
        amount=row["amount"],
        currency=row["currency"],
        refunded=refunded,
        refund_pending=coming,
        merchant_id=row["merchant_id"],
        merchant_name=row["merchant_name"],
        path=PaymentPath(row["path"]) if row["path"] else None,
        method=row["method"],
        reference=row["reference"],
        device_id=row["device_id"],
        failure=row["failure"],
    )
