"""Getting hold of a playbook inside a unit of work: its case first, then the account's facts, the playbook, its acts.

Who needs no facts leaves them out; nobody locks them after a playbook, or two would wait for each other in a ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from db.kinds import EventKind, Status
from db.kinds_safety import SafetyActKind, SafetyActState, SafetyRunState
from db.models import AccountFacts, Case, SafetyAct, SafetyRun
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.services.changes import move_to
from desk.services.changing import case_to_change
from desk.services.errors import CaseChangedError
from desk.services.safety.errors import NoPlaybookError, SafetyError


@dataclass(slots=True)
class Held:
    """A playbook with its case, both locked until the unit of work ends."""

    run: SafetyRun
    case: Case


def hold(unit: UnitOfWork, run_id: int, *, open_only: bool = True, with_facts: bool = False) -> Held:
    """Lock a playbook to change it, with the facts of its account if these are changed, too.

    Raises `NoPlaybookError`, and `SafetyError` when it is closed.
    """
    row = unit.session.execute(select(SafetyRun.case_id, SafetyRun.customer_id).where(SafetyRun.id == run_id)).first()
    if row is None:
        raise NoPlaybookError
    case = case_to_change(unit, row.case_id)
    if with_facts:
        facts_for_update(unit, row.customer_id)
    query = select(SafetyRun).where(SafetyRun.id == run_id)
    run = unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if run.case_id != case.id:  # its case was merged between the two looks
        raise CaseChangedError(case.id)
    if open_only and run.state is SafetyRunState.CLOSED:
        raise SafetyError("This playbook is closed. Begin it anew if it is needed.")
    return Held(run, case)


def hold_act(unit: UnitOfWork, act_id: int, *, with_facts: bool = False) -> tuple[Held, SafetyAct]:
    """Lock an act with its playbook, as `hold` does. Raises `NoPlaybookError`."""
    run_id = unit.session.scalar(select(SafetyAct.run_id).where(SafetyAct.id == act_id))
    if run_id is None:
        raise NoPlaybookError
    held = hold(unit, run_id, open_only=False, with_facts=with_facts)
    query = select(SafetyAct).where(SafetyAct.id == act_id)
    act = unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    return held, act


def facts_for_update(unit: UnitOfWork, customer_id: int) -> AccountFacts:
    """The row of what is known of a customer's account, made if it is new, locked."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = sqlite if unit.connection.dialect.name == "sqlite" else postgresql
    made = dialect.insert(AccountFacts).values(
        customer_id=customer_id, account_id="", sought="", matches=[], data={}, said="", tries=0
    )
    unit.session.execute(made.on_conflict_do_nothing())
    query = select(AccountFacts).where(AccountFacts.customer_id == customer_id)
    return unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def record(unit: UnitOfWork, kind: EventKind, held: Held, me: AgentRow | None, **data: Any) -> None:
    """Note what happened in a playbook."""
    unit.record(kind, case_id=held.case.id, agent_id=me.id if me else None, run=held.run.id, **data)
    held.case.updated_at = unit.now


def overtaken_at(unit: UnitOfWork, held: Held, act: SafetyAct) -> datetime | None:
    """Since when an unfreeze must not be begun any more: its account was frozen anew, in whichever playbook, or its
    own playbook was closed. None while it may, and for every other act."""
    if act.kind is not SafetyActKind.UNFREEZE:
        return None
    run = held.run
    same = or_(SafetyRun.account_id == run.account_id, SafetyRun.customer_id == run.customer_id)
    newer = (
        select(func.min(SafetyAct.asked_at))
        .join(SafetyRun, SafetyRun.id == SafetyAct.run_id)
        .where(same, SafetyAct.kind == SafetyActKind.FREEZE, SafetyAct.id > act.id)
    )
    return unit.session.scalar(newer) or run.closed_at


def take_back(unit: UnitOfWork, held: Held, act: SafetyAct, me: AgentRow | None, said: str = "") -> None:
    """Let an act come to nothing: the wallet is not asked any more."""
    before = act.state.value
    act.state, act.next_at, act.lease_until = SafetyActState.WITHDRAWN, None, None
    act.said = said or act.said
    record(unit, EventKind.SAFETY_ACT, held, me, act=act.id, what=act.kind.value, said=said,
           before={"act": before}, after={"act": "withdrawn"})  # fmt: skip
    unit.session.flush()


def before_people(unit: UnitOfWork, case: Case) -> None:
    """Put a case into the queue again, urgent; nothing to one that is closed."""
    if case.status is not Status.CLOSED:
        move_to(unit, case, Status.OPEN, None)
        case.priority = 1
