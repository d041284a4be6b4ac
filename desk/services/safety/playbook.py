"""The playbook for a stolen account: begun by one key, walked by whoever has the case, ended by a watch."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import select

from db.kinds import EventKind, Status
from db.kinds_safety import SafetyActKind, SafetyActState, SafetyRunState
from db.models import SafetyAct, SafetyRun, Topic
from db.queries import safety as queries
from db.rows import AgentRow
from db.rows_safety import FactsRow, SafetyActRow, SafetyPaymentRow, SafetyRunRow, SignRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.safety.playbook import LONGEST_REASON, WATCH, Standing, standings
from desk.rules.text import clean_line, is_blank
from desk.services.changes import move_to, put_topic
from desk.services.changing import case_to_change
from desk.services.claims import claim_for
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError
from desk.services.safety import reading
from desk.services.safety.acting import ask_in, let_go
from desk.services.safety.errors import NoPlaybookError, SafetyError
from desk.services.safety.holding import Held, hold, record
from desk.services.safety.signs import in_case

TOPIC = "account-security"
NAMES_REPORT = ("safety.report", "safety.disputed", "safety.watched")
"""The canned answers that name the report's reference: whoever was sent one has it."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook with all that its screen shows."""

    run: SafetyRunRow
    steps: tuple[Standing, ...]
    acts: tuple[SafetyActRow, ...]
    payments: tuple[SafetyPaymentRow, ...]
    facts: FactsRow | None
    signs: tuple[SignRow, ...]
    gap: str
    """What is not known of the account, or how old it is."""


def begin(desk: Desk, me: AgentRow, case_id: int, reason: str) -> SafetyRunRow:
    """Begin the playbook on a case: the account is frozen at once, for the reason given, which is kept.

    Any agent may, whoever has the case; a case that nobody has becomes theirs. Where one is under way for this
    customer already, that one is given back and nothing is begun. Raises `SafetyError`, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    reason = clean_line(reason, LONGEST_REASON)
    if is_blank(reason):
        raise SafetyError("Say why the account is frozen: the reason is kept, and the wallet is told.")
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        if case.status is Status.CLOSED:
            raise SafetyError(f"#{case_id} is closed. Begin the playbook on a case of this customer that is open.")
        facts = reading.want_in(unit, case.customer_id)
        known = _open_run(unit, case.customer_id)
        if known is not None and known.state is SafetyRunState.RUNNING:
            return _row(unit, known.id)
        if known is not None:
            _close(unit, Held(known, case), me, "begun anew")
        run = SafetyRun(
            case_id=case_id, customer_id=case.customer_id, account_id=facts.account_id, state=SafetyRunState.RUNNING,
            reason=reason, report=f"SR-{secrets.token_hex(4).upper()}", begun_by=me.id, begun_at=unit.now,
            watch_signs=[],
        )  # fmt: skip
        unit.session.add(run)
        unit.session.flush()
        held = Held(run, case)
        record(unit, EventKind.SAFETY_BEGUN, held, me, reason=reason, report=run.report)
        ask_in(unit, held, me, SafetyActKind.FREEZE, reason)
        _make_urgent(unit, held, me)
        unit.settle()
        return _row(unit, run.id)


def of_case(desk: Desk, me: AgentRow, case_id: int) -> Playbook | None:
    """The playbook on a case, the newest unless an older one is open; None when there is none.

    Raises `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        run = queries.run_of_case(connection, case_id)
        if run is None:
            return None
        if run.told_at is None:
            run = replace(run, told_at=queries.answered_at(connection, run, NAMES_REPORT))
        acts = queries.acts_of(connection, run.id)
        payments = queries.payments_of(connection, run.id)
        found = in_case(connection, case_id, desk.clock(), run.customer_id)
        steps = standings(run, acts, payments, found.facts)
        return Playbook(run, steps, acts, payments, found.facts, found.signs, found.gap)


def note_told(desk: Desk, me: AgentRow, run_id: int) -> SafetyRunRow:
    """The customer was given the report's reference; a second time changes nothing. Raises `NoPlaybookError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, run_id)
        if held.run.told_at is None:
            held.run.told_at = unit.now
            record(unit, EventKind.SAFETY_STEP, held, me, step="report", report=held.run.report)
        unit.settle()
        return _row(unit, run_id)


def watch(desk: Desk, me: AgentRow, run_id: int) -> SafetyRunRow:
    """End the steps and watch the account for 30 days: signs that are not known now put the case before people.

    Raises `SafetyError` while an act is under way whose end nobody knows yet.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, run_id, with_facts=True)
        reading.want_in(unit, held.run.customer_id)
        _require_settled(unit, run_id)
        if held.run.state is SafetyRunState.RUNNING:
            held.run.state, held.run.watch_until = SafetyRunState.WATCHING, unit.now + WATCH
            found = in_case(unit.connection, held.case.id, unit.now, held.run.customer_id)
            held.run.watch_signs = [each.key for each in found.signs]
            record(unit, EventKind.SAFETY_STEP, held, me, step="watch", until=held.run.watch_until.isoformat())
        unit.settle()
        return _row(unit, run_id)


def close(desk: Desk, me: AgentRow, run_id: int, why: str) -> SafetyRunRow:
    """End the playbook without a watch: it was a mistake, or the customer is known to be safe. The account stays as
    it is at the wallet. Raises `SafetyError`."""
    require(me, Permission.AGREE_TO_RISKS)
    why = clean_line(why, LONGEST_REASON)
    if is_blank(why):
        raise SafetyError("Say why the playbook is closed: the reason is kept.")
    with desk.database.write() as unit:
        held = hold(unit, run_id)
        _require_settled(unit, run_id)
        _close(unit, held, me, why)
        unit.settle()
        return _row(unit, run_id)


def watched(desk: Desk, me: AgentRow) -> tuple[SafetyRunRow, ...]:
    """The playbooks that are under way or watch an account, the oldest first; at most 100."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.runs_in(connection, SafetyRunState.RUNNING, SafetyRunState.WATCHING)


def required(desk: Desk, me: AgentRow, case_id: int) -> Playbook:
    """As `of_case`. Raises `NoPlaybookError` when there is none, `CaseNotFoundError`."""
    found = of_case(desk, me, case_id)
    if found is None:
        with desk.database.read() as connection:
            from db.queries.cases import case_row

            if case_row(connection, case_id) is None:
                raise CaseNotFoundError(case_id)
        raise NoPlaybookError
    return found


def _open_run(unit: UnitOfWork, customer_id: int) -> SafetyRun | None:
    query = select(SafetyRun).where(SafetyRun.customer_id == customer_id, SafetyRun.state != SafetyRunState.CLOSED)
    return unit.session.scalars(query.with_for_update()).one_or_none()


def _require_settled(unit: UnitOfWork, run_id: int) -> None:
    under_way = (SafetyActState.WAITING, SafetyActState.KEPT, SafetyActState.ASKED, SafetyActState.UNKNOWN)
    query = select(SafetyAct.kind).where(SafetyAct.run_id == run_id, SafetyAct.state.in_(under_way))
    kind = unit.session.scalar(query.limit(1))
    if kind is not None:
        raise SafetyError(
            f"The {kind.value.replace('_', ' ')} is not confirmed yet. Wait for the wallet, or take back what waits "
            "for a second person."
        )


def _close(unit: UnitOfWork, held: Held, me: AgentRow | None, why: str) -> None:
    let_go(unit, held, me, is_over=True)
    held.run.state, held.run.closed_at = SafetyRunState.CLOSED, unit.now
    record(unit, EventKind.SAFETY_STEP, held, me, step="closed", why=why)
    unit.session.flush()


def _make_urgent(unit: UnitOfWork, held: Held, me: AgentRow) -> None:
    case = held.case
    if case.assignee_id is None:
        claim_for(unit, case, me)
    move_to(unit, case, Status.OPEN, me)
    if unit.session.get(Topic, TOPIC) is not None:
        put_topic(unit, case, TOPIC, me)
    if case.priority != 1:
        unit.record(
            EventKind.CASE_PRIORITY, case_id=case.id, agent_id=me.id, before={"priority": case.priority},
            after={"priority": 1},
        )  # fmt: skip
        case.priority = 1


def _row(unit: UnitOfWork, run_id: int) -> SafetyRunRow:
    unit.session.flush()
    row = queries.run_of(unit.connection, run_id)
    if row is None:
        raise NoPlaybookError
    return row
