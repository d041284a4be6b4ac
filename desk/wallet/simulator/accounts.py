"""Accounts in the simulator: found, shown, and what is done to them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.wallet.errors import ActRefusedError
from desk.wallet.port import Account, AccountMatch, AccountState, Device, SignIn
from desk.wallet.simulator.challenging import failed_since
from desk.wallet.simulator.store import moment, moment_or_none, stored

SIGN_INS = 20


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to an account, in a transaction of the file."""

    connection: sqlite3.Connection
    account_id: str
    now: datetime
    detail: str

    def set(self, assignments: str, *values: object) -> None:
        """Change the account's row."""
        self.connection.execute(f"UPDATE account SET {assignments} WHERE id = ?", (*values, self.account_id))


def find(connection: sqlite3.Connection, *, phone: str | None, email: str | None) -> tuple[AccountMatch, ...]:
    """Accounts with that number or that address, in order of their ids."""
    rows = connection.execute(
        "SELECT id, name, state FROM account WHERE phone = ? UNION SELECT id, name, state FROM account WHERE email = ? "
        "ORDER BY 1",
        (phone or None, email.lower() if email else None),
    )
    return tuple(AccountMatch(row["id"], row["name"], AccountState(row["state"])) for row in rows)


def read(connection: sqlite3.Connection, account_id: str, now: datetime) -> Account:
    """The facts about an account that is there."""
    row = connection.execute("SELECT * FROM account WHERE id = ?", (account_id,)).fetchone()
    devices = connection.execute(
        "SELECT * FROM device WHERE account_id = ? ORDER BY last_seen DESC, id", (account_id,)
    ).fetchall()
    sign_ins = connection.execute(
        "SELECT * FROM sign_in WHERE account_id = ? ORDER BY at DESC LIMIT ?", (account_id, SIGN_INS)
    ).fetchall()
    waiting = "SELECT count(*) FROM movement WHERE account_id = ? AND status = 'pending'"
    refunds = (
        "SELECT count(*) FROM refund r JOIN movement m ON m.id = r.transaction_id WHERE m.account_id = ? "
        "AND r.state IN ('accepted', 'pending')"
    )
    return Account(
        id=account_id,
        name=row["name"],
        state=AccountState(row["state"]),
        phone=row["phone"],
        email=row["email"],
        opened_at=moment(row["opened_at"]),
        balance_is_zero=row["balance"] == 0,
        pending_transactions=sum(connection.execute(sql, (account_id,)).fetchone()[0] for sql in (waiting, refunds)),
        pin_locked=bool(row["pin_locked"]),
        phone_changed_at=moment_or_none(row["phone_changed_at"]),
        email_changed_at=moment_or_none(row["email_changed_at"]),
        password_changed_at=moment_or_none(row["password_changed_at"]),
        devices=tuple(
            Device(each["id"], each["name"], moment(each["first_seen"]), moment(each["last_seen"]),
                   bool(each["is_trusted"]))
            for each in devices
        ),
        sign_ins=tuple(
            SignIn(moment(each["at"]), each["device_id"], each["place"], each["network"], bool(each["succeeded"]))
            for each in sign_ins
        ),
        failed_challenges=failed_since(connection, account_id, now - timedelta(days=30), now),
        frozen_at=moment_or_none(row["frozen_at"]),
        frozen_why=row["frozen_why"],
    )  # fmt: skip


def freeze(act: Act) -> str:
    """Freeze; the first reason stands."""
    act.set(
        "state = 'frozen', frozen_why = CASE WHEN frozen_at IS NULL THEN ? ELSE frozen_why END, "
        "frozen_at = coalesce(frozen_at, ?)",
        act.detail,
        stored(act.now),
    )
    return "Nothing leaves the account."


def unfreeze(act: Act) -> str:
    """Open again."""
    act.set("state = 'active', frozen_why = '', frozen_at = NULL")
    return "The account can be used again."


def revoke_devices(act: Act) -> str:
    """Sign out everywhere."""
    asked = "UPDATE device SET is_trusted = 0 WHERE account_id = ? AND is_trusted = 1"
    number = act.connection.execute(asked, (act.account_id,)).rowcount
    return f"{number} {'device' if number == 1 else 'devices'} signed out."


def send_password_reset(act: Act) -> str:
    """Send a reset, by mail where an address is on file, else by SMS."""
    row = _contacts(act)
    return f"Sent to {_masked(row['email'] or row['phone'])}."


def mail_statement(act: Act) -> str:
    """Mail a statement."""
    row = _contacts(act)
    if not row["email"]:
        raise ActRefusedError("There is no mail address on file, so no statement can be sent. Ask for one first.")
    return f"Mailed to {_masked(row['email'])}."


def _contacts(act: Act) -> sqlite3.Row:
    row: sqlite3.Row = act.connection.execute(
        "SELECT phone, email FROM account WHERE id = ?", (act.account_id,)
    ).fetchone()
    if not (row["phone"] or row["email"]):
        raise ActRefusedError("There is neither a number nor an address on file.")
    return row


def _masked(contact: str) -> str:
    name, at, domain = contact.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else f"***{contact[-4:]}"
