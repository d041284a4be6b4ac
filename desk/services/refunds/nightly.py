"""Comparing the books with the wallet's once a night, by whichever worker comes first; each time is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.models import Agent, Refund, RefundComparison
from db.rows import AgentRow
from db.rows_refunds import ComparisonRow
from desk.rules.permissions import Permission, require
from desk.rules.refunds.nights import last_night, since
from desk.rules.text import clean_line
from desk.services.desk import Desk
from desk.services.refunds.reconciling import TAKEN_BEFORE, compare, from_wallet
from desk.services.refunds.words import DESK_ZONE
from desk.wallet.errors import WalletError
from desk.wallet.port import Wallet

log = logging.getLogger(__name__)

LEASE = timedelta(hours=1)
"""After so long, whoever began has died."""
RETRY = timedelta(minutes=15)
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """A night's comparison that is ours to do; [since, until) is what is compared."""

    id: int
    begun_at: datetime
    since: datetime
    until: datetime


def claim(desk: Desk) -> Claimed | None:
    """Take tonight's comparison in hand; None where it is not due, done, in another's hands, or there is no refund."""
    if not desk.settings.refunds.reconcile_at:
        return None
    now = desk.clock()
    night = last_night(now, time.fromisoformat(desk.settings.refunds.reconcile_at), DESK_ZONE)
    known = select(RefundComparison.ended_at, RefundComparison.next_at).where(RefundComparison.night == night.day)
    with desk.database.read() as connection:
        row = connection.execute(known).first()
        if row is not None and (row.ended_at is not None or (row.next_at is not None and row.next_at > now)):
            return None
        if row is None and connection.scalar(select(Refund.id).limit(1)) is None:
            return None
    before = (
        select(RefundComparison.until)
        .where(RefundComparison.night.is_not(None), RefundComparison.ended_at.is_not(None))
        .order_by(RefundComparison.night.desc())
        .limit(1)
    )
    with desk.database.write() as unit:
        start = since(unit.now, unit.session.scalar(before))
        dialect = sqlite if unit.connection.dialect.name == "sqlite" else postgresql
        made = dialect.insert(RefundComparison).values(
            night=night.day, since=start, until=unit.now, begun_at=unit.now, next_at=unit.now, ours=0, theirs=0,
            differences=0, said="",
        )  # fmt: skip
        unit.session.execute(made.on_conflict_do_nothing())
        mine = (
            update(RefundComparison)
            .where(
                RefundComparison.night == night.day, RefundComparison.ended_at.is_(None),
                RefundComparison.next_at <= unit.now,
            )
            .values(since=start, until=unit.now, begun_at=unit.now, next_at=unit.now + LEASE)
        )  # fmt: skip
        number = unit.session.scalar(mine.returning(RefundComparison.id))
        return None if number is None else Claimed(number, unit.now, start, unit.now)


def run(desk: Desk, claimed: Claimed, wallet_of: Callable[[], Wallet]) -> bool:
    """Do what was claimed; whether it is done. A wallet that does not answer is asked again later in the night."""
    try:
        paid = from_wallet(wallet_of(), claimed.since - TAKEN_BEFORE, claimed.until)
    except WalletError as error:
        log.warning("the books are compared later: %s", error)
        _note(desk, claimed, next_at=desk.clock() + RETRY, said=clean_line(str(error), 500))
        return False
    report = compare(desk, None, paid, since=claimed.since, until=claimed.until)
    _note(
        desk, claimed, ended_at=desk.clock(), next_at=None, said="", ours=report.ours, theirs=report.theirs,
        differences=len(report.differences),
    )  # fmt: skip
    if not report.are_equal:
        log.warning("the books differ from the wallet's in %d places; each is a case", len(report.differences))
    return True


def comparisons(desk: Desk, me: AgentRow, limit: int = MOST_LISTED) -> tuple[ComparisonRow, ...]:
    """When the books were compared and what came of it, newest first."""
    require(me, Permission.WORK_CASES)
    query = (
        select(
            RefundComparison.night, Agent.name, RefundComparison.since, RefundComparison.until,
            RefundComparison.begun_at, RefundComparison.ended_at, RefundComparison.ours, RefundComparison.theirs,
            RefundComparison.differences, RefundComparison.said,
        )
        .outerjoin(Agent, Agent.id == RefundComparison.agent_id)
        .order_by(RefundComparison.id.desc())
        .limit(limit)
    )  # fmt: skip
    with desk.database.read() as connection:
        return tuple(ComparisonRow(*tuple(row)) for row in connection.execute(query))


def _note(desk: Desk, claimed: Claimed, **values: object) -> None:
    """Write down what came of it, unless another worker has taken it over meanwhile."""
    with desk.database.write() as unit:
        mine = RefundComparison.id == claimed.id, RefundComparison.begun_at == claimed.begun_at
        unit.session.execute(update(RefundComparison).where(*mine).values(**values))
