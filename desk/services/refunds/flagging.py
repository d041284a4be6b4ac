"""What is unusual about a refund, or about who asks for it: flags that stop automatic ways and ask for two people."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from db.kinds_refunds import HOLDS_NOTHING
from db.models import Refund, RefundPayment
from db.uow import UnitOfWork
from desk.rules.refunds.approving import Earlier, Flag, Limits, approvals_needed, flags_of
from desk.services.desk import Desk
from desk.services.refunds.steps import Held
from desk.services.safety.signs import in_case


def limits_of(desk: Desk) -> Limits:
    """What support may approve, as the settings say."""
    given = desk.settings.refunds
    return Limits(given.currency, given.two_above, given.per_agent_and_day)


def signs_on(unit: UnitOfWork, case_id: int) -> tuple[Flag, ...]:
    """Whether the account, or who asks, looks as if somebody else were at it: then it takes a second person."""
    return (Flag.SIGNS,) if in_case(unit.connection, case_id, unit.now).is_risky else ()


def take_in_signs(desk: Desk, unit: UnitOfWork, held: Held) -> None:
    """What the wallet has said of the account since the draft was kept counts too."""
    refund = held.refund
    refund.flags = list(dict.fromkeys([*refund.flags, *(flag.value for flag in signs_on(unit, refund.case_id))]))
    refund.needed = approvals_needed(
        refund.amount, held.payment.currency, limits_of(desk), is_flagged=bool(refund.flags)
    )


def patterns_of(desk: Desk, unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> tuple[Flag, ...]:
    """What is unusual about a refund beside those of the last month."""
    since = unit.now - timedelta(days=31)
    near = (Refund.opened_by == refund.opened_by) | (Refund.customer_id == refund.customer_id)
    if payment.device_id:
        near |= RefundPayment.device_id == payment.device_id
    query = (
        select(
            Refund.opened_at, Refund.opened_by, Refund.customer_id, RefundPayment.device_id, Refund.amount,
            RefundPayment.currency, Refund.state,
        )
        .join(RefundPayment, RefundPayment.id == Refund.payment_id)
        .where(near, Refund.opened_at >= since, Refund.state.not_in(HOLDS_NOTHING))
        .limit(500)
    )  # fmt: skip
    one = Earlier(
        unit.now, refund.opened_by, refund.customer_id, payment.device_id, refund.amount, payment.currency, refund.state
    )
    return flags_of(one, (Earlier(*row) for row in unit.session.execute(query)), limits_of(desk))
