"""Refunds in the simulator: taken or refused in one transaction, then going their course by the clock."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from desk.wallet.errors import KeyReusedError
from desk.wallet.port import (
    AccountState,
    PaymentPath,
    Refund,
    RefundChange,
    RefundChanges,
    RefundReason,
    RefundRequest,
    RefundState,
    TransactionKind,
    TransactionStatus,
)
from desk.wallet.simulator.course import WINDOWS, Course
from desk.wallet.simulator.store import moment, stored

WIB = ZoneInfo("Asia/Jakarta")
NIGHT = ((23, 55), (6, 0))
"""When nothing is taken back to a bank's account, by the clock of Jakarta: from, until."""

_WORDS = {
    RefundReason.UNKNOWN_TRANSACTION: "There is no such transaction.",
    RefundReason.NOT_REFUNDABLE: "Only a payment that was paid can be refunded.",
    RefundReason.TOO_MUCH: "More than what is left of the payment.",
    RefundReason.WRONG_CURRENCY: "The payment was made in another currency.",
    RefundReason.TOO_LATE: "The time in which this payment can be refunded has passed.",
    RefundReason.NOT_AT_THIS_TIME: "No refunds to a bank's account from 23:55 to 06:00 WIB.",
    RefundReason.MERCHANT_FUNDS: "The merchant's balance does not cover it.",
    RefundReason.ACCOUNT_CLOSED: "The customer's account is closed.",
    RefundReason.OTHER: "The receiving system did not take it.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """How changes of refunds are told: `random` draws which are told late or twice, a share of `out_of_order`."""

    random: Random
    out_of_order: float = 0.0

    def is_disturbed(self) -> bool:
        """Whether the next change is."""
        return self.out_of_order > 0 and self.random.random() < self.out_of_order


def take(connection: sqlite3.Connection, request: RefundRequest, now: datetime, course: Course, told: Told) -> Refund:
    """What becomes of a request: the first of its key is taken or refused, a repetition gets what became of it.

    Raises `KeyReusedError`.
    """
    asked = msgspec.json.encode([request.transaction_id, request.amount, request.currency]).decode()
    known = connection.execute("SELECT * FROM refund WHERE key = ?", (request.key,)).fetchone()
    if known is not None:
        if known["asked"] != asked:
            raise KeyReusedError(f"The refund key {request.key} stands for another refund. Use a new key.")
        return read(known)
    reason = _refusal(connection, request, now)
    state = RefundState.REFUSED if reason else RefundState.ACCEPTED
    number = connection.execute("SELECT count(*) FROM refund").fetchone()[0] + 1
    connection.execute(
        "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
        (
            request.key, asked, request.transaction_id, request.amount, request.currency, state.value,
            "" if reason else f"RF{now:%Y%m%d}{number:08d}", stored(now), stored(now),
            reason and reason.value, _WORDS[reason] if reason else "",
            None if reason else stored(now + timedelta(seconds=course.pending_after)),
        ),
    )  # fmt: skip
    return _tell(connection, request.key, told)


def advance(connection: sqlite3.Connection, now: datetime, course: Course, told: Told) -> None:
    """Let everything happen that is due by `now`: held up requests, and the next step of each refund."""
    for row in connection.execute("SELECT number, asked FROM late_refund ORDER BY number").fetchall():
        connection.execute("DELETE FROM late_refund WHERE number = ?", (row["number"],))
        request = msgspec.json.decode(row["asked"], type=RefundRequest)
        try:
            take(connection, request, now, course, told)
        except KeyReusedError:
            continue  # nobody waits for this answer any more
    while True:
        due = "SELECT * FROM refund WHERE next_at <= ? ORDER BY next_at, key LIMIT 500"
        rows = connection.execute(due, (stored(now),)).fetchall()
        for row in rows:
            _step(connection, row, course, told)
        if not rows:
            return


def delay(connection: sqlite3.Connection, request: RefundRequest) -> None:
    """Keep a request that is held up on its way; it is taken with the next thing that happens."""
    connection.execute("INSERT INTO late_refund (asked) VALUES (?)", (msgspec.json.encode(request).decode(),))


def is_due(connection: sqlite3.Connection, now: datetime) -> bool:
    """Whether `advance` would change anything."""
    asked = "SELECT EXISTS (SELECT 1 FROM refund WHERE next_at <= ?) OR EXISTS (SELECT 1 FROM late_refund)"
    return bool(connection.execute(asked, (stored(now),)).fetchone()[0])


def amounts(connection: sqlite3.Connection, transaction_id: str) -> tuple[int, int]:
    """What was paid back of a transaction, and what accepted refunds will pay back besides."""
    row = connection.execute(
        "SELECT coalesce(sum(amount) FILTER (WHERE state = 'paid'), 0) AS paid, "
        "coalesce(sum(amount) FILTER (WHERE state IN ('accepted', 'pending')), 0) AS coming "
        "FROM refund WHERE transaction_id = ?",
        (transaction_id,),
    ).fetchone()
    return row["paid"], row["coming"]


def changes(connection: sqlite3.Connection, after: int, limit: int) -> RefundChanges:
    """The feed from `after` on; changes that were held back come once nothing else does."""
    page = "SELECT number, told FROM refund_change WHERE number > ? ORDER BY number LIMIT ?"
    rows = connection.execute(page, (after, limit)).fetchall()
    if not rows:
        _release(connection)
        rows = connection.execute(page, (after, limit)).fetchall()
    told = tuple(RefundChange(row["number"], msgspec.json.decode(row["told"], type=Refund)) for row in rows)
    return RefundChanges(told, told[-1].number if told else after)


def read(row: sqlite3.Row) -> Refund:
    """A row of the file as the desk sees it."""
    return Refund(
        key=row["key"],
        transaction_id=row["transaction_id"],
        amount=row["amount"],
        currency=row["currency"],
        state=RefundState(row["state"]),
        revision=row["revision"],
        reference=row["reference"],
        requested_at=moment(row["requested_at"]),
        changed_at=moment(row["changed_at"]),
        reason=RefundReason(row["reason"]) if row["reason"] else None,
        said=row["said"],
    )


def _refusal(connection: sqlite3.Connection, request: RefundRequest, now: datetime) -> RefundReason | None:
    """The first of the wallet's own rules that a refund breaks."""
    found = connection.execute(
        "SELECT m.*, a.state AS account_state FROM movement m JOIN account a ON a.id = m.account_id WHERE m.id = ?",
        (request.transaction_id,),
    ).fetchone()
    if found is None:
        return RefundReason.UNKNOWN_TRANSACTION
    if (found["kind"], found["status"]) != (TransactionKind.PAYMENT.value, TransactionStatus.PAID.value):
        return RefundReason.NOT_REFUNDABLE
    path = PaymentPath(found["path"])
    local = now.astimezone(WIB)
    begins, ends = NIGHT
    rules = (
        (found["currency"] != request.currency, RefundReason.WRONG_CURRENCY),
        (found["account_state"] == AccountState.CLOSED.value, RefundReason.ACCOUNT_CLOSED),
        (now - moment(found["at"]) > WINDOWS[path], RefundReason.TOO_LATE),
        (
            path is PaymentPath.BANK_TRANSFER
            and ((local.hour, local.minute) >= begins or (local.hour, local.minute) < ends),
            RefundReason.NOT_AT_THIS_TIME,
        ),
        (sum(amounts(connection, request.transaction_id)) + request.amount > found["amount"], RefundReason.TOO_MUCH),
    )
    return next((reason for broken, reason in rules if broken), None)


def _step(connection: sqlite3.Connection, row: sqlite3.Row, course: Course, told: Told) -> None:
    at, reason = row["next_at"], None
    if row["state"] == RefundState.ACCEPTED.value:
        state = RefundState.PENDING
        further: int | None = max(row["requested_at"] + int(course.paid_after * 1_000_000), at)
    else:
        reason = course.fails(row["key"])
        state, further = RefundState.FAILED if reason else RefundState.PAID, None
    connection.execute(
        "UPDATE refund SET state = ?, revision = revision + 1, changed_at = ?, reason = ?, said = ?, next_at = ? "
        "WHERE key = ?",
        (state.value, at, reason and reason.value, _WORDS[reason] if reason else "", further, row["key"]),
    )
    _tell(connection, row["key"], told)


def _tell(connection: sqlite3.Connection, key: str, told: Told) -> Refund:
    """Put the refund as it is now into the feed, in its turn or not."""
    refund = read(connection.execute("SELECT * FROM refund WHERE key = ?", (key,)).fetchone())
    said = msgspec.json.encode(refund).decode()
    if told.is_disturbed():
        connection.execute("INSERT INTO held_change (told) VALUES (?)", (said,))
        if told.random.random() < 0.5:
            return refund
    connection.execute("INSERT INTO refund_change (told) VALUES (?)", (said,))
    if told.random.random() < 0.5:
        _release(connection)
    return refund


def _release(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO refund_change (told) SELECT told FROM held_change ORDER BY number DESC")
    connection.execute("DELETE FROM held_change")
