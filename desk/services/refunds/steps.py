"""One step in a refund's life: the state, what is written, the event, the case's status, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from db.kinds import EventKind, Status
from db.kinds_refunds import RefundState
from db.kinds_safety import SafetyRunState
from db.models import Agent, Case, Refund, RefundPayment, SafetyRun
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.refunds.life import Actor, Edge, Told, edge
from desk.rules.text import clean_text
from desk.services.changes import move_to
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.errors import CaseChangedError
from desk.services.refunds.claiming import unchecked_claim
from desk.services.refunds.errors import RefundNotFoundError, TooMuchError
from desk.services.refunds.payments import again
from desk.services.refunds.policies import Policies, policies_of
from desk.services.refunds.telling import tell_customer

LONGEST_SAID = 2000
WAITING = frozenset(
    {RefundState.WITH_MERCHANT, RefundState.APPROVED, RefundState.REQUESTED, RefundState.PENDING, RefundState.UNKNOWN}
)
"""States in which nobody at the desk has to act: the case waits."""
ANSWER = "answer"
"""The step after which a merchant is waited for again, whose question had put the case before people."""


@dataclass(slots=True)
class Held:
    """A refund with its case and its payment, all locked in this order until the unit of work ends."""

    refund: Refund
    case: Case
    payment: RefundPayment
    policies: Policies


def hold(unit: UnitOfWork, refund_id: int) -> Held:
    """Lock a refund to change it. Raises `RefundNotFoundError`."""
    case_id = unit.session.scalar(select(Refund.case_id).where(Refund.id == refund_id))
    if case_id is None:
        raise RefundNotFoundError(refund_id)
    case = case_to_change(unit, case_id)
    query = select(Refund).where(Refund.id == refund_id)
    refund = unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if refund.case_id != case.id:  # its case was merged between the two looks
        raise CaseChangedError(case.id)
    return Held(refund, case, again(unit, refund.payment_id), policies_of(unit.connection, unit.now.year))


def lock_agent(unit: UnitOfWork, me: AgentRow) -> None:
    """What a person does to refunds and what is counted by person: one at a time; taken after what `hold` locks."""
    unit.session.execute(select(Agent.id).where(Agent.id == me.id).with_for_update(key_share=True))


def take_step(
    desk: Desk, unit: UnitOfWork, held: Held, act: str, by: Actor, me: AgentRow | None = None, *, said: str = "",
    **written: Any,
) -> Edge:  # fmt: skip
    """Take a refund one step further. Raises `RefundStateError`, and `TooMuchError` where nothing is left to take.

    Locks, state, event, case and what the customer is told are one transaction: the unit of work's.
    """
    refund = held.refund
    step = edge(act, refund.state, by)
    before = refund.state
    said = clean_text(said).strip()[:LONGEST_SAID]
    refund.state = step.after
    if step.after is not before:
        refund.state_since = unit.now
        is_asked = step.after is RefundState.IN_REVIEW and unchecked_claim(refund)
        refund.next_at = unit.now if is_asked else None
    refund.lease_until = None
    if said:
        refund.said = said
    flush(unit)
    unit.session.refresh(held.payment)
    unit.record(
        EventKind.REFUND_STEP,
        case_id=held.case.id,
        agent_id=me.id if me else None,
        refund=refund.id,
        act=act,
        by=by.value,
        said=said,
        before={"refund": before.value},
        after={"refund": step.after.value, "amount": refund.amount, "currency": held.payment.currency},
        **written,
    )
    _move_case(unit, held, step, me)
    is_untold = Told.CUSTOMER in step.tells and not tell_customer(desk, unit, held)
    if is_untold and held.case.status is not Status.CLOSED:  # nobody wrote to them, so somebody has to say it
        move_to(unit, held.case, Status.OPEN, me)
    return step


def flush(unit: UnitOfWork) -> None:
    """Write what was changed so far. Raises `TooMuchError` where the database says that it is more than was paid."""
    try:
        unit.session.flush()
    except IntegrityError as error:
        if "never_above_paid" in str(error.orig):
            raise TooMuchError from error
        raise


def _move_case(unit: UnitOfWork, held: Held, step: Edge, me: AgentRow | None) -> None:
    case = held.case
    if case.status is Status.CLOSED:
        return
    if Told.CASE in step.tells:
        move_to(unit, case, Status.OPEN, me)
    elif step.after is RefundState.PAID:
        others = select(Refund.id).where(
            Refund.case_id == case.id, Refund.id != held.refund.id, Refund.state.not_in(["paid", "cancelled"])
        )
        if case.status is Status.WAITING_MERCHANT and unit.session.scalar(others.limit(1)) is None:
            move_to(unit, case, Status.OPEN if _has_playbook(unit, case) else Status.SOLVED, me)
    elif (
        step.after in WAITING
        and (step.before not in WAITING or step.act == ANSWER)
        and case.status is not Status.SOLVED
        and not _has_playbook(unit, case)
    ):
        move_to(unit, case, Status.WAITING_MERCHANT, me)


def _has_playbook(unit: UnitOfWork, case: Case) -> bool:
    """Whether the account is in a playbook that goes on: whatever becomes of refunds, people have to see to it."""
    query = select(SafetyRun.id).where(SafetyRun.case_id == case.id, SafetyRun.state == SafetyRunState.RUNNING)
    return unit.session.scalar(query.limit(1)) is not None
