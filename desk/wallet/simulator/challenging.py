"""Identity challenges in the simulator: the customer answers after a while, or lets them expire."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from desk.wallet.port import Challenge, ChallengeState
from desk.wallet.simulator.course import CHALLENGE_LASTS
from desk.wallet.simulator.store import moment, stored


def send(connection: sqlite3.Connection, account_id: str, key: str, now: datetime, answered: datetime) -> sqlite3.Row:
    """Write a challenge that will be answered at that time, as the account says; its row."""
    number = connection.execute("SELECT count(*) FROM challenge").fetchone()[0] + 1
    connection.execute(
        "INSERT INTO challenge SELECT ?, ?, id, ?, ?, passes, 'Sent to the app and by SMS to ***' || substr(phone, -4) "
        "FROM account WHERE id = ?",
        (f"CH{now:%Y%m%d}{number:06d}", key, stored(now), stored(answered), account_id),
    )
    row: sqlite3.Row = connection.execute("SELECT * FROM challenge WHERE key = ?", (key,)).fetchone()
    return row


def read(row: sqlite3.Row, now: datetime) -> Challenge:
    """A challenge as it stands at `now`."""
    expires = moment(row["sent_at"]) + CHALLENGE_LASTS
    answered = moment(row["answered_at"])
    settled: datetime | None = None
    if min(answered, expires) <= now:
        settled = min(answered, expires)
    if settled is None:
        state = ChallengeState.SENT
    elif answered > expires:
        state = ChallengeState.EXPIRED
    else:
        state = ChallengeState.PASSED if row["passes"] else ChallengeState.FAILED
    return Challenge(
        id=row["id"],
        account_id=row["account_id"],
        key=row["key"],
        state=state,
        sent_at=moment(row["sent_at"]),
        expires_at=expires,
        settled_at=settled,
        said=row["said"],
    )


def failed_since(connection: sqlite3.Connection, account_id: str, since: datetime, now: datetime) -> int:
    """How many challenges were failed in [since, now]."""
    asked = "SELECT * FROM challenge WHERE account_id = ? AND sent_at >= ?"
    rows = connection.execute(asked, (account_id, stored(since)))
    return sum(read(row, now).state is ChallengeState.FAILED for row in rows)
