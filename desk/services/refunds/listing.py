"""Looking at refunds: one, those of a case, lanes, and a merchant's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from sqlalchemy import ColumnElement, select

from db.kinds_refunds import RefundLane, RefundState
from db.models import Event, MerchantLink, Refund
from db.queries import refunds as queries
from db.queries.incidents import merged_into
from db.rows import AgentRow, EventRow
from db.rows_refunds import MerchantRow, RefundRow
from desk.rules.permissions import Permission, require
from desk.rules.refunds.policy import MerchantPolicy
from desk.services.desk import Desk
from desk.services.refunds.errors import RefundError, RefundNotFoundError
from desk.services.refunds.policies import policies_of
from desk.services.refunds.words import Step, progress

PAGE = queries.MOST_LISTED
LATELY = timedelta(hours=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_MEASURED = 500
"""The newest refunds by which a merchant is measured."""
YES = {"approve", "approve on review"}
"""The steps by which a merchant says yes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One refund with its five steps in the customer's words, and what happened to it, newest first."""

    refund: RefundRow
    steps: tuple[Step, ...]
    events: tuple[EventRow, ...]


def show(desk: Desk, me: AgentRow, refund_id: int) -> Shown:
    """One refund. Raises `RefundNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        row = queries.refund_row(connection, refund_id)
        if row is None:
            raise RefundNotFoundError(refund_id)
        events = queries.events_of(connection, refund_id, row.case_id)
    return Shown(row, progress(row.state, row.language, desk.settings.fallback_language), events)


def of_case(desk: Desk, me: AgentRow, case_id: int) -> tuple[RefundRow, ...]:
    """The refunds of a case, oldest first."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.of_case(connection, case_id)


def lane(
    desk: Desk, me: AgentRow, which: RefundLane | None, *, states: Sequence[RefundState] = (), flagged: bool = False,
    after: RefundRow | None = None,
) -> tuple[RefundRow, ...]:  # fmt: skip
    """A page of a lane in its order, or of all refunds, newest first; at most `PAGE` of them, those after a row."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.in_lane(connection, which, states=states, flagged=flagged, after=after)


def pages(
    desk: Desk, me: AgentRow, which: RefundLane | None, *, states: Sequence[RefundState] = (), flagged: bool = False,
    least: int | None = None,
) -> tuple[RefundRow, ...]:  # fmt: skip
    """As `lane`, page after page: at least so many where there are, or all of them."""
    found: list[RefundRow] = []
    while least is None or len(found) < max(least, 1):
        page = lane(desk, me, which, states=states, flagged=flagged, after=found[-1] if found else None)
        found += page
        if len(page) < PAGE:
            break
    return tuple(found)


def counts(desk: Desk, me: AgentRow) -> dict[RefundLane, int]:
    """How many refunds stand in each lane; `MOST_COUNTED` of `db.rows_refunds` means that many or more."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return {each: queries.count_in(connection, each) for each in RefundLane}


def late(desk: Desk, me: AgentRow) -> tuple[RefundRow, ...]:
    """Whom to remind: the merchant has used up the first reminder's share of its time, and owes an answer.

    One that was written within the last hour is left alone, so that two people at once do not press it twice.
    """
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        policies = policies_of(connection, now.year)
        query = select(Refund.id, Refund.asked_at, Refund.merchant).where(
            Refund.state == RefundState.WITH_MERCHANT, Refund.question == "", ~written_lately(now),
            (Refund.reminders > 0) | (Refund.next_at <= now),  # before its first reminder none is late
        )  # fmt: skip
        asked = connection.execute(query).all()
        wanted = [row.id for row in asked if is_late(policies.merchant(row.merchant), row.asked_at, now)]
        return queries.of_ids(connection, wanted)


def is_late(merchant: MerchantPolicy | None, asked_at: datetime | None, now: datetime) -> bool:
    """Whether a merchant that was asked then has used up the first reminder's share of its time."""
    first = merchant.reminder(asked_at, 0) if merchant is not None and asked_at is not None else None
    return first is not None and first <= now


def written_lately(now: datetime) -> ColumnElement[bool]:
    """That the merchant of a refund was written within the last hour: every such mail makes a link."""
    return (
        select(MerchantLink.id).where(MerchantLink.refund_id == Refund.id, MerchantLink.made_at > now - LATELY).exists()
    )


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
        answered = sorted(
            policy.hours.elapsed(row.asked_at, row.answered_at) for row in rows if row.answered_at is not None
        )
        waiting = queries.of_merchant(connection, key)
    now = desk.clock()
    is_open = policy.hours.is_open(now)
    return MerchantRow(
        key=key,
        title=policy.title,
        contacts=policy.contacts,
        language=policy.language,
        hours=f"{weekly_words(file.hours.weekly)} ({file.hours.zone})",
        answer_within=file.answer_within,
        evidence=tuple(sorted(policy.evidence)),
        reasons=tuple(sorted(policy.reasons)),
        partial=policy.partial,
        automatic=(policy.automatic_up_to.amount, policy.automatic_up_to.currency) if policy.automatic_up_to else None,
        is_open=is_open,
        turns_at=policy.hours.next_close(now) if is_open else policy.hours.next_open(now),
        closed_on=closed_days(policy, file.hours.weekly, now),
        open_refunds=waiting,
        asked=len(rows),
        answered=len(answered),
        approved=sum(bool(YES & acts.get(each, set())) for each in ids),
        late=sum("lapse" in acts.get(each, ()) for each in ids),
        median_seconds=int(median(answered)) if answered else None,
        slow_seconds=answered[len(answered) * 9 // 10] if answered else None,
    )


def closed_days(policy: MerchantPolicy, weekly: Mapping[str, Sequence[str]], now: datetime) -> tuple[date, ...]:
    """Holidays of the coming month: days of its week on which the merchant is closed all day."""
    today = now.astimezone(policy.zone).date()
    days = [today + timedelta(days=ahead) for ahead in range(31)]
    bounds = [datetime.combine(day, time(0), policy.zone) for day in [*days, days[-1] + timedelta(days=1)]]
    return tuple(
        day
        for day, start, end in zip(days, bounds, bounds[1:], strict=False)
        if weekly.get(WEEK[day.weekday()]) and not policy.hours.elapsed(start, end)
    )


def weekly_words(weekly: Mapping[str, Sequence[str]]) -> str:
    """A week with equal days together: `mon-fri 08:00-17:00, sat 09:00-13:00`."""
    days = [(name, " ".join(weekly[name])) for name in WEEK if weekly.get(name)]
    said: list[tuple[str, str, str]] = []
    for name, hours in days:
        follows = bool(said) and WEEK.index(name) == WEEK.index(said[-1][1]) + 1
        if follows and said[-1][2] == hours:
            said[-1] = said[-1][0], name, hours
        else:
            said.append((name, name, hours))
    return ", ".join(f"{first if first == last else f'{first}-{last}'} {hours}" for first, last, hours in said)


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
        cases = set(connection.scalars(select(Refund.case_id).where(Refund.id.in_(wanted))))
        query = select(Event.data).where(Event.kind == EventKind.REFUND_STEP.value)
        for (data,) in connection.execute(query.where(Event.case_id.in_(merged_into(connection, *cases)))):
            if data.get("refund") in wanted and data.get("by") in {"merchant", "desk"}:
                found.setdefault(data["refund"], set()).add(str(data.get("act")))
    return found
