"""Looking at refunds: one, those of a case, lanes, and a merchant's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import func, select

from db.kinds_refunds import RefundLane, RefundState
from db.models import Event, Refund
from db.queries import refunds as queries
from db.rows import AgentRow, EventRow
from db.rows_refunds import MerchantRow, RefundRow
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.refunds.errors import RefundError, RefundNotFoundError
from desk.services.refunds.policies import policies_of
from desk.services.refunds.words import Step, progress

MOST_MEASURED = 500
"""The newest refunds by which a merchant is measured."""
YES = {"approve", "approve on review"}
"""The steps by which a merchant says yes."""
ANSWERED = (RefundState.APPROVED, RefundState.DECLINED)


@dataclass(frozen=True, slots=True)
class Shown:
    """One refund with its five steps in the customer's words, and what happened to it, newest first."""

    refund: RefundRow
    steps: tuple[Step, ...]
    events: tuple[EventRow, ...]


def show(desk: Desk, me: AgentRow, refund_id: int) -> Shown:
    """One refund. Raises `RefundNotFoundError`."""
    from db.queries.cases import events_before

    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        row = queries.refund_row(connection, refund_id)
        if row is None:
            raise RefundNotFoundError(refund_id)
        events = events_before(connection, row.case_id, None, 100)
    own = tuple(each for each in events if each.data.get("refund") == refund_id)
    return Shown(row, progress(row.state, row.language, desk.settings.fallback_language), own)


def of_case(desk: Desk, me: AgentRow, case_id: int) -> tuple[RefundRow, ...]:
    """The refunds of a case, oldest first."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.of_case(connection, case_id)


def lane(
    desk: Desk, me: AgentRow, which: RefundLane | None, *, states: Sequence[RefundState] = (),
    after: tuple[datetime, int] | None = None,
) -> tuple[RefundRow, ...]:  # fmt: skip
    """A page of a lane in its order, or of all refunds, newest first; at most 100, after a row's moment and id."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.in_lane(connection, which, states=states, after=after)


def counts(desk: Desk, me: AgentRow) -> dict[RefundLane, int]:
    """How many refunds stand in each lane."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return {
            each: connection.scalar(select(func.count()).select_from(Refund).where(queries.condition(each))) or 0
            for each in RefundLane
        }


def late(desk: Desk, me: AgentRow) -> tuple[RefundRow, ...]:
    """Refunds whose merchant has used up the first reminder's share of its time and owes an answer: whom to remind."""
    now = desk.clock()
    with desk.database.read() as connection:
        policies = policies_of(connection, now.year)
        query = select(Refund.id, Refund.asked_at).where(Refund.state == RefundState.WITH_MERCHANT)
        asked = {row.id: row.asked_at for row in connection.execute(query)}
    found = []
    for row in lane(desk, me, RefundLane.MERCHANT):
        merchant, since = policies.merchant(row.merchant), asked.get(row.id)
        first = merchant.reminder(since, 0) if merchant is not None and since is not None else None
        if not row.question and first is not None and first <= now:
            found.append(row)
    return tuple(found)


def merchant(desk: Desk, me: AgentRow, key: str) -> MerchantRow:
    """A merchant's page: what it has to answer, and how it has answered its newest refunds. Raises `RefundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        policies = policies_of(connection, desk.clock().year)
        if key not in policies.merchants:
            raise RefundError(f"There is no merchant {key!r}. There are: {', '.join(sorted(policies.merchants))}.")
        file, _version = policies.merchants[key]
        policy = policies.merchant(key)
        assert policy is not None  # noqa: S101  (its file is there)
        newest = (
            select(Refund.state, Refund.asked_at, Refund.answered_at, Refund.id)
            .where(Refund.merchant == key, Refund.asked_at.is_not(None))
            .order_by(Refund.asked_at.desc())
            .limit(MOST_MEASURED)
        )
        rows = connection.execute(newest).all()
        ids = [row.id for row in rows]
        acts = _acts(desk, ids)
        answered = [(row.answered_at - row.asked_at).total_seconds() for row in rows if row.answered_at is not None]
        waiting = queries.of_merchant(connection, key)
    weekly = ", ".join(f"{name} {' '.join(hours)}" for name, hours in file.hours.weekly.items())
    return MerchantRow(
        key=key,
        title=policy.title,
        contacts=policy.contacts,
        language=policy.language,
        hours=f"{weekly} ({file.hours.zone})",
        answer_within=file.answer_within,
        open_refunds=waiting,
        asked=len(rows),
        answered=len(answered),
        approved=sum(bool(YES & acts.get(each, set())) for each in ids),
        late=sum("lapse" in acts.get(each, ()) for each in ids),
        median_seconds=int(median(answered)) if answered else None,
    )


def merchants(desk: Desk, me: AgentRow) -> tuple[tuple[str, str], ...]:
    """The key and title of every merchant with a file."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        known = policies_of(connection, desk.clock().year).merchants
    return tuple((key, file.title) for key, (file, _version) in sorted(known.items()))


def _acts(desk: Desk, refund_ids: Sequence[int]) -> dict[int, set[str]]:
    """Which steps the merchant, or its deadline, took in each refund."""
    from db.kinds import EventKind

    wanted = set(refund_ids)
    found: dict[int, set[str]] = {}
    if not wanted:
        return found
    with desk.database.read() as connection:
        cases = select(Refund.case_id).where(Refund.id.in_(wanted))
        query = select(Event.data).where(Event.case_id.in_(cases), Event.kind == EventKind.REFUND_STEP.value)
        for (data,) in connection.execute(query):
            if data.get("refund") in wanted and data.get("by") in {"merchant", "desk"}:
                found.setdefault(data["refund"], set()).add(str(data.get("act")))
    return found
