"""What is unusual about a refund, or about who asks for it: flags that stop automatic ways and ask for two people."""

from __future__ import annotations

from sqlalchemy import select

from db.kinds_refunds import HOLDS_NOTHING
from db.kinds_safety import SafetyRunState
from db.models import Refund, RefundPayment, SafetyRun
from db.uow import UnitOfWork
from desk.rules.refunds.approving import LOOK_BACK, Earlier, Flag, Limits, approvals_needed, close_from, flags_of
from desk.services.desk import Desk
from desk.services.refunds.steps import Held
from desk.services.safety.signs import in_case


def limits_of(desk: Desk) -> Limits:
    """What support may approve, as the settings say."""
    given = desk.settings.refunds
    return Limits(given.currency, given.two_above, given.per_agent_and_day)


def flag(desk: Desk, unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> None:
    """Note what is unusual about a draft, beside what was when it was opened, and how many have to approve it."""
    _note(desk, refund, payment, (*_patterns(desk, unit, refund, payment), *_signs(unit, refund, payment)))


def take_in_signs(desk: Desk, unit: UnitOfWork, held: Held) -> None:
    """What the wallet has said of the account since the refund was sent counts too."""
    _note(desk, held.refund, held.payment, _signs(unit, held.refund, held.payment))


def _note(desk: Desk, refund: Refund, payment: RefundPayment, found: tuple[Flag, ...]) -> None:
    refund.flags = list(dict.fromkeys([*refund.flags, *(each.value for each in found)]))
    # All refunds of a payment together: in parts is no way around the limit.
    in_all = payment.held + (refund.amount if refund.state in HOLDS_NOTHING else 0)
    refund.needed = approvals_needed(in_all, payment.currency, limits_of(desk), is_flagged=bool(refund.flags))


def _signs(unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> tuple[Flag, ...]:
    """Whether the account, or who asks, looks as if somebody else were at it: then it takes a second person."""
    found = in_case(unit.connection, refund.case_id, unit.now, refund.customer_id)
    return (Flag.SIGNS,) if found.is_risky or _is_said_stolen(unit, refund, payment) else ()


def _is_said_stolen(unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> bool:
    """Whether a playbook for a stolen account is under way for the customer, or for the account that was paid from."""
    whose = SafetyRun.customer_id == refund.customer_id
    if payment.account_id:
        whose |= SafetyRun.account_id == payment.account_id
    query = select(SafetyRun.id).where(SafetyRun.state == SafetyRunState.RUNNING, whose)
    return unit.session.scalar(query.limit(1)) is not None


def _patterns(desk: Desk, unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> tuple[Flag, ...]:
    """What is unusual about a refund beside those of the last month."""
    limits = limits_of(desk)
    mine = Refund.opened_by == refund.opened_by
    near = mine & (Refund.customer_id == refund.customer_id)
    near |= mine & Refund.amount.between(close_from(limits), limits.two_above)
    if payment.device_id:
        near |= RefundPayment.device_id == payment.device_id
    query = (
        select(
            Refund.opened_at, Refund.opened_by, Refund.customer_id, RefundPayment.device_id, Refund.amount,
            RefundPayment.currency, Refund.state,
        )
        .join(RefundPayment, RefundPayment.id == Refund.payment_id)
        .where(near, Refund.opened_at >= unit.now - LOOK_BACK, Refund.state.not_in(HOLDS_NOTHING))
    )  # fmt: skip
    one = Earlier(
        unit.now, refund.opened_by, refund.customer_id, payment.device_id, refund.amount, payment.currency, refund.state
    )
    return flags_of(one, (Earlier(*row) for row in unit.session.execute(query)), limits)
