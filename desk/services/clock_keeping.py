"""Keeping the clocks of cases: computed from their events, and stored in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.attributes import set_committed_value

from db.kinds import NEEDS_SOMEBODY, Channel, ClockKind, ClockState, EventKind, Language, PromiseState, Status
from db.models import Callback, Case, CaseClock, CasePromise, Customer, Event, Message
from db.uow import UnitOfWork
from desk.rules.hours import ServiceTime
from desk.rules.sla import Clock, Matter, Policy, clocks_of, most_urgent
from desk.rules.sla.facts import RELEVANT, Happened, Said, facts_of
from desk.services.places import slices
from desk.services.sla_terms import Terms, terms_of

COLUMNS = (
    "state", "started_at", "due_at", "paused_at", "ended_at", "breached_at", "alarm_at", "remaining", "warned",
    "policy_key", "policy_version",
)  # fmt: skip
"""What is stored of a clock beside its case and kind."""

MOVING = frozenset(
    {
        EventKind.CASE_STATUS, EventKind.CASE_PUT_BACK, EventKind.CASE_SPAM, EventKind.CASE_WOKEN,
        EventKind.MESSAGE_TAKEN_BACK,
    }
)  # fmt: skip
"""The events that may set a clock going again that had been met."""

Key = tuple[int, ClockKind, datetime]
Noted = tuple[EventKind, Any, Any]
"""A clock: its case, its kind and when it started."""


CHANGES = RELEVANT | {
    EventKind.CALLBACK_BOOKED, EventKind.CALLBACK_MOVED, EventKind.CALLBACK_TRIED, EventKind.CALLBACK_OVER,
    EventKind.PROMISE_MADE,
    EventKind.CASE_QUEUE,
}  # fmt: skip
"""The events after which a case's clocks may stand otherwise, or it another place in the queue."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a case's clocks depend on beside its events."""

    id: int
    channel: Channel
    status: Status
    priority: int
    topic_key: str | None
    tier: str
    created_at: datetime
    due_at: datetime | None
    callback_at: datetime | None
    """When the call-back promised on it breaks."""
    language: Language
    promised_at: datetime | None
    answer_by: datetime | None
    """When its customer was told by when a human answers, and that moment; None where nothing was, or it was kept."""
    queue: str | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A case's clocks, in the order in which they started, and the policy that they are measured by."""

    case: CaseFacts
    policy: Policy
    clocks: tuple[Clock, ...]
    hours: ServiceTime | None

    @property
    def due_at(self) -> datetime | None:
        """Where the case stands in the queue; None while nobody has to act."""
        if self.case.status not in NEEDS_SOMEBODY:
            return None
        told, until = self.case.promised_at, self.case.answer_by
        promised = (told, until) if told is not None and until is not None else None
        return self.case.callback_at or most_urgent(self.clocks, promised) or self.case.due_at

    @property
    def latest(self) -> dict[ClockKind, Clock]:
        """The latest clock of each kind; none once the case is closed: its events know them."""
        return {} if self.case.status is Status.CLOSED else {each.kind: each for each in self.clocks}


def keep_clocks(unit: UnitOfWork) -> None:
    """Bring the clocks of every case of which a unit of work has noted something in line with its events."""
    touched = {each.case_id for each in unit.unsettled if each.kind in CHANGES and each.case_id is not None}
    if touched:
        renew(unit, touched, says_so=True)


def renew(unit: UnitOfWork, case_ids: Collection[int], *, says_so: bool = False) -> int:
    """Compute the clocks of cases that nobody else changes meanwhile, and store them; how many cases were changed.

    With `says_so` events are noted for clocks that ended or were reopened in this unit of work.
    """
    connection = unit.connection
    terms = terms_of(connection, unit.now)
    changed = 0
    for some in slices(sorted(case_ids)):
        opened = {each.case_id for each in unit.recorded if each.kind is EventKind.CASE_OPENED and each.case_id}
        found = measured(connection, some, terms, unit, new=opened)
        stored = _stored(connection, some)
        before = _met_before(unit, some, terms, opened) if says_so else set()
        noted = _noted(unit) if says_so else {}
        broken = [each.case.id for each in found if says_so and _say(unit, each, before, noted)]
        if broken:
            found = measured(connection, some, terms, unit, new=opened)
        changed += _write(unit, found, stored)
    return changed


def measured(
    connection: Connection,
    case_ids: Collection[int],
    terms: Terms,
    unit: UnitOfWork | None = None,
    *,
    new: Collection[int] = (),
) -> list[Measured]:
    """The clocks of these cases as their events say, with those noted by a unit of work; the `new` have no others."""
    pending: dict[int, list[Happened]] = {}
    if unit is not None:
        for each in unit.recorded:
            if each.case_id in case_ids and each.kind in RELEVANT:
                pending.setdefault(each.case_id or 0, []).append(Happened(unit.now, each.kind, each.data))
    events = _events(connection, [each for each in case_ids if each not in new])
    for case_id, more in pending.items():
        events.setdefault(case_id, []).extend(more)
    said = _said(connection, {number for of in events.values() for each in of if (number := _message_of(each))})
    found = []
    for case in _cases(connection, case_ids):
        policy = terms.policy(Matter(case.channel, case.priority, case.topic_key, case.tier))
        plan = terms.plans.of_case(case.channel, case.language, case.queue)
        facts = facts_of(case.created_at, events.get(case.id, ()), said)
        hours = plan.hours if plan else None
        found.append(Measured(case, policy, clocks_of(facts, policy, case.priority, hours), hours))
    return found


def rows_of(of: Measured) -> dict[ClockKind, dict[str, Any]]:
    """What is stored of a case's clocks, by kind."""
    return {kind: _row(each, of.policy) for kind, each in of.latest.items()}


def stored_rows(connection: Connection, case_ids: Collection[int]) -> dict[int, dict[ClockKind, dict[str, Any]]]:
    """What is stored of these cases' clocks, by case and kind."""
    return _stored(connection, case_ids)


def _row(clock: Clock, policy: Policy) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in COLUMNS if not name.startswith("policy")} | {
        "policy_key": policy.key,
        "policy_version": policy.version,
    }


def _cases(connection: Connection, case_ids: Collection[int]) -> Iterator[CaseFacts]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Case.id, Case.channel, Case.status, Case.priority, Case.topic_key, Customer.tier, Case.created_at,
            Case.due_at, Callback.slot_end, Case.language, _of_promise(CasePromise.made_at),
            _of_promise(CasePromise.until), Case.queue,
        )
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Callback, and_(Callback.case_id == Case.id, Callback.place.is_not(None)))
        .where(Case.id.in_(case_ids))
        .order_by(Case.id)
    )  # fmt: skip
    return (CaseFacts(*row) for row in connection.execute(query).all())


def _of_promise(column: InstrumentedAttribute[datetime]) -> ScalarSelect[Any]:
    """A moment of the promise on a case, until it has been kept."""
    query: Select[*tuple[Any, ...]] = select(func.min(column)).where(
        CasePromise.case_id == Case.id, CasePromise.state.in_([PromiseState.OPEN, PromiseState.BROKEN])
    )
    return query.correlate(Case).scalar_subquery()


def _events(connection: Connection, case_ids: Collection[int]) -> dict[int, list[Happened]]:
    found: dict[int, list[Happened]] = {}
    if not case_ids:
        return found
    query = select(Event.case_id, Event.at, Event.kind, Event.data).where(Event.case_id.in_(case_ids))
    query = query.where(Event.kind.in_(sorted(RELEVANT)))
    for case_id, at, kind, data in connection.execute(query.order_by(Event.case_id, Event.id)):
        found.setdefault(case_id or 0, []).append(Happened(at, kind, data))
    return found


def _message_of(event: Happened) -> int:
    return int(event.data.get("message") or 0) if event.kind.startswith("message.") else 0


def _said(connection: Connection, numbers: Iterable[int]) -> dict[int, Said]:
    found: dict[int, Said] = {}
    for some in slices(sorted(numbers)):
        query = select(Message.id, Message.at, Message.kind, Message.is_automatic, Message.side_id.is_not(None))
        for number, at, kind, is_automatic, is_aside in connection.execute(query.where(Message.id.in_(some))):
            found[number] = Said(at, kind, is_automatic, is_aside)
    return found


def _stored(connection: Connection, case_ids: Collection[int]) -> dict[int, dict[ClockKind, dict[str, Any]]]:
    found: dict[int, dict[ClockKind, dict[str, Any]]] = {}
    if not case_ids:
        return found
    columns = (getattr(CaseClock, name) for name in COLUMNS)
    query = select(CaseClock.case_id, CaseClock.kind, *columns).where(CaseClock.case_id.in_(case_ids))
    for case_id, kind, *values in connection.execute(query):
        found.setdefault(case_id, {})[kind] = dict(zip(COLUMNS, values, strict=True))
    return found


def _met_before(unit: UnitOfWork, case_ids: Collection[int], terms: Terms, opened: Collection[int]) -> set[Key]:
    """The clocks that had been met before a unit of work, on cases on which it may have set them going again."""
    moved = {each.case_id for each in unit.recorded if each.kind in MOVING and each.case_id in case_ids}
    wanted = sorted(each for each in moved if each is not None and each not in opened)
    known = measured(unit.connection, wanted, terms)
    return {
        (each.case.id, clock.kind, clock.started_at)
        for each in known
        for clock in each.clocks
        if clock.state is ClockState.MET
    }


def _noted(unit: UnitOfWork) -> dict[int, set[Noted]]:
    """What a unit of work has noted of clocks, by case: the event's kind, the clock's and when it started."""
    found: dict[int, set[Noted]] = {}
    for each in unit.recorded:
        if each.case_id is not None and "clock" in each.data:
            found.setdefault(each.case_id, set()).add((each.kind, each.data["clock"], each.data.get("started")))
    return found


def _say(
    unit: UnitOfWork, of: Measured, met_before: Collection[Key], noted_of: Mapping[int, Collection[Noted]]
) -> bool:
    """Note what has just become of clocks; whether one of them turned out to have broken unnoticed."""
    case_id, has_broken = of.case.id, False
    noted = noted_of.get(case_id, ())
    for clock in of.clocks:
        what: dict[str, Any] = {"clock": clock.kind.value, "started": clock.started_at.isoformat()}
        key = (what["clock"], what["started"])
        if clock.state is ClockState.MET and clock.ended_at == unit.now and (EventKind.CLOCK_MET, *key) not in noted:
            if clock.is_late and clock.breached_at is None:
                due = clock.due_at.isoformat() if clock.due_at else None
                unit.record(EventKind.CLOCK_BREACHED, case_id=case_id, **what, due=due)
                has_broken = True
            unit.record(EventKind.CLOCK_MET, case_id=case_id, **what, seconds=clock.taken, late=clock.is_late)
        goes_on = clock.ended_at is None and (case_id, clock.kind, clock.started_at) in met_before
        if goes_on and (EventKind.CLOCK_REOPENED, *key) not in noted:
            unit.record(EventKind.CLOCK_REOPENED, case_id=case_id, **what)
    return has_broken


def _write(
    unit: UnitOfWork, found: Iterable[Measured], stored: Mapping[int, Mapping[ClockKind, Mapping[str, Any]]]
) -> int:
    connection = unit.connection
    gone: list[int] = []
    rows: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    changed = set()
    for each in found:
        wanted, has = rows_of(each), stored.get(each.case.id, {})
        if wanted != has:
            changed.add(each.case.id)
            gone += [each.case.id] if has else []
            rows += [{"case_id": each.case.id, "kind": kind, **row} for kind, row in wanted.items()]
        if each.due_at != each.case.due_at:
            changed.add(each.case.id)
            moved.append({"of": each.case.id, "due": each.due_at})
    if gone:
        connection.execute(delete(CaseClock).where(CaseClock.case_id.in_(gone)))
    if rows:
        connection.execute(insert(CaseClock), rows)
    if moved:
        connection.execute(update(Case).where(Case.id == bindparam("of")).values(due_at=bindparam("due")), moved)
        for each_moved in moved:
            case = unit.session.identity_map.get(unit.session.identity_key(Case, each_moved["of"]))
            if case is not None:
                set_committed_value(case, "due_at", each_moved["due"])
    return len(changed)
