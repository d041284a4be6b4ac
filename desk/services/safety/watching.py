"""The watch after a stolen account: a sign that was not known puts the case before people, until the watch ends."""

from __future__ import annotations

from sqlalchemy import select

from db.kinds import EventKind, Status
from db.kinds_safety import SafetyActKind, SafetyActState, SafetyRunState
from db.models import AccountFacts, Case, SafetyAct, SafetyRun
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.safety.signs import new_among
from desk.services.desk import Desk
from desk.services.safety.acting import let_go
from desk.services.safety.holding import Held, before_people, hold, record
from desk.services.safety.signs import in_case

MOST_AT_ONCE = 50


def look(unit: UnitOfWork, facts: AccountFacts) -> None:
    """What was just read of a customer's account: where it is watched and shows a new sign, people hear of it."""
    query = select(SafetyRun).where(
        SafetyRun.customer_id == facts.customer_id, SafetyRun.state == SafetyRunState.WATCHING
    )
    run = unit.session.scalars(query.with_for_update()).one_or_none()
    if run is None:
        return
    found = new_among(in_case(unit.connection, run.case_id, unit.now, run.customer_id).signs, run.watch_signs)
    if not found:
        return
    held = Held(run, unit.session.get_one(Case, run.case_id))
    run.watch_signs = [*run.watch_signs, *(each.key for each in found)]
    if held.case.status is Status.CLOSED:
        held = Held(run, _follow_up(unit, held.case))
        run.case_id = held.case.id
    before_people(unit, held.case)
    record(unit, EventKind.SAFETY_SIGN, held, None, signs=[each.said for each in found])


def keep(desk: Desk) -> int:
    """End the watches whose time is over; how many there were. Any number of workers may do it at once.

    One waits until the wallet has opened the account that two people want opened.
    """
    opening = select(SafetyAct.run_id).where(
        SafetyAct.kind == SafetyActKind.UNFREEZE,
        SafetyAct.state.in_((SafetyActState.KEPT, SafetyActState.ASKED, SafetyActState.UNKNOWN)),
    )
    due = (
        select(SafetyRun.id)
        .where(SafetyRun.state == SafetyRunState.WATCHING, SafetyRun.watch_until <= desk.clock())
        .where(SafetyRun.id.not_in(opening))
        .order_by(SafetyRun.watch_until, SafetyRun.id)
        .limit(MOST_AT_ONCE)
    )
    with desk.database.read() as connection:
        ids = tuple(connection.scalars(due))
    for run_id in ids:
        with desk.database.write() as unit:
            held = hold(unit, run_id, open_only=False)
            if held.run.state is SafetyRunState.WATCHING and (held.run.watch_until or unit.now) <= unit.now:
                let_go(unit, held, None, is_over=True)
                held.run.state, held.run.closed_at = SafetyRunState.CLOSED, unit.now
                record(unit, EventKind.SAFETY_STEP, held, None, step="closed", why="the watch is over")
    return len(ids)


def _follow_up(unit: UnitOfWork, old: Case) -> Case:
    """A case that follows a closed one, in whose place people look at what is new."""
    case = Case(
        channel=old.channel, status=Status.NEW, priority=1, language=old.language, subject=old.subject,
        customer_id=old.customer_id, created_at=unit.now, updated_at=unit.now,
        due_at=answer_due(old.channel, 1, unit.now), queue=old.queue, topic_key=old.topic_key, follows_id=old.id,
        mailbox=old.mailbox, version=1,
    )  # fmt: skip
    unit.session.add(case)
    unit.session.flush()
    unit.record(
        EventKind.CASE_OPENED, case_id=case.id, channel=case.channel.value, status="new", since=unit.now.isoformat()
    )
    return case
