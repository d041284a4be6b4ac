"""Seats in the slots of call-backs: given to one customer each, inside a unit of work, whoever books at once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select, text

from db.kinds import Channel, EventKind, Status
from db.models import Callback, Case
from db.uow import UnitOfWork
from desk.rules.answers import fill
from desk.rules.hours import HoursPlan
from desk.rules.slot_words import slot_words
from desk.rules.slots import Slot, first_free
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError
from desk.services.hours import plans_of
from desk.services.phone_files import callback_words, spoken
from desk.services.seed_files import SeedError
from desk.services.writing import outbound, owe

log = logging.getLogger(__name__)

SEATS_LOCK = 0x63616C6C
"""PostgreSQL advisory lock under which seats are given; on SQLite every writer is alone anyway."""


class Slots:
    """The slots of one unit of work. Take it after the cases that are changed are locked."""

    def __init__(self, desk: Desk, unit: UnitOfWork) -> None:
        self._desk = desk
        self._unit = unit
        if not desk.database.is_sqlite:
            unit.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEATS_LOCK})

    @cached_property
    def plan(self) -> HoursPlan | None:
        """The phone's hours, with what the unit of work has changed of them; None when nothing says them."""
        return plans_of(self._unit.connection, self._unit.now).get(Channel.PHONE)

    def free(self, since: datetime) -> tuple[Slot, int] | None:
        """The first slot from a moment on with a free seat, and that seat; None when there is none."""
        plan, phone = self.plan, self._desk.settings.phone
        if plan is None:
            return None
        length = timedelta(minutes=phone.slot_minutes)
        query = select(Callback.slot_start, Callback.slot_end, Callback.place).where(
            Callback.place.is_not(None), Callback.slot_end > since
        )
        booked = self._unit.session.execute(query).all()

        def taken(start: datetime) -> set[int]:
            # Slots of another length, from before the setting was changed, count where they overlap.
            return {row.place for row in booked if row.slot_start < start + length and start < row.slot_end}

        return first_free(plan.hours, since, phone.slot_minutes, taken, phone.calls_per_slot)

    def tell(self, callback: Callback, case: Case, what: str) -> str:
        """Tell the customer when they are called (`booked`, `moved`, `missed`), or that they are not (`ended`).

        What they were told; empty where there is no way to them.
        """
        if self.plan is None or case.channel is not Channel.PHONE:
            return ""
        language = spoken(callback.language, self._desk.settings.fallback_language)
        try:
            words: str = getattr(callback_words(language), what)
            slot = slot_words(callback.slot_start, callback.slot_end, language, self.plan.zone)
            said = fill(words, {"slot": slot, "case.reference": f"#{case.id}"}).text
            message = outbound(self._desk, self._unit, case, None, said, {"automatic": True, "callback": what})
        except (SeedError, UnreachableCustomerError) as error:
            log.warning("the customer of #%d is not told when they are called: %s", case.id, error)
            return ""
        owe(self._unit, message, self._unit.now)
        return said


def callback_due(unit: UnitOfWork, case_id: int) -> datetime | None:
    """When the call-back promised on a case breaks: the end of its slot; None without one."""
    query = select(Callback.slot_end).where(Callback.case_id == case_id, Callback.place.is_not(None))
    return unit.session.scalar(query.order_by(Callback.id.desc()).limit(1))


def wait_for_slot(unit: UnitOfWork, case: Case, slot: Slot) -> None:
    """Let a case rest until its slot comes; then it stands in the queue, due when the slot ends."""
    start, end = slot
    before = case.status
    case.updated_at = unit.now
    if start > unit.now:
        case.status, case.snoozed_until, case.due_at = Status.ON_HOLD, start, None
    else:
        case.snoozed_until, case.due_at = None, end
        if case.status not in {Status.NEW, Status.OPEN}:
            case.status = Status.OPEN
    case.solved_at = None
    note_move(unit, case, before)


def note_move(unit: UnitOfWork, case: Case, before: Status) -> None:
    """Record that a case has another status, if it has."""
    if case.status is not before:
        after = {"status": case.status.value}
        unit.record(EventKind.CASE_STATUS, case_id=case.id, before={"status": before.value}, after=after)
