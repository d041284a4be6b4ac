"""A dispute: a refund of a payment that the customer says somebody else made; it goes to support's review at once."""

from __future__ import annotations

from db.kinds import EventKind
from db.kinds_refunds import RefundReason, RefundState
from db.models import Case, Refund
from db.rows import AgentRow
from db.rows_refunds import PaymentRow
from db.uow import UnitOfWork
from desk.rules.refunds.approving import Flag, approvals_needed
from desk.rules.refunds.life import Actor
from desk.services.desk import Desk
from desk.services.refunds.flagging import limits_of
from desk.services.refunds.opening import new_key
from desk.services.refunds.payments import locked
from desk.services.refunds.policies import policies_of
from desk.services.refunds.steps import Held, take_step


def open_dispute(desk: Desk, unit: UnitOfWork, me: AgentRow, case: Case, payment: PaymentRow) -> Refund | None:
    """Dispute all that is left of a payment, inside a unit of work that has the case; None when nothing is left.

    No policy's window or reason counts for it: support decides, two people at least. Raises `RefundError`.
    """
    row = locked(unit, payment, is_stored=True)
    policies = policies_of(unit.connection, unit.now.year)
    merchant = policies.required(payment)
    left = row.amount - row.held - row.outside
    if left <= 0:
        return None
    refund = Refund(
        case_id=case.id, payment_id=row.id, customer_id=case.customer_id, merchant=merchant.key,
        state=RefundState.DRAFT, state_since=unit.now, reason=RefundReason.NOT_ME, amount=left, key=new_key(),
        attempt=1, opened_by=me.id, opened_at=unit.now, reminders=0, tries=0, said="", question="",
        wallet_reference="", wallet_revision=0, flags=[Flag.DISOWNED.value],
        needed=approvals_needed(left, row.currency, limits_of(desk), is_flagged=True),
        details={"versions": policies.versions(merchant.key, payment.path)},
    )  # fmt: skip
    unit.session.add(refund)
    unit.session.flush()
    unit.record(
        EventKind.REFUND_OPENED, case_id=case.id, agent_id=me.id, refund=refund.id, flags=refund.flags,
        after={
            "transaction": payment.id, "amount": left, "currency": row.currency, "reason": refund.reason.value,
            "merchant": merchant.key,
        },
    )  # fmt: skip
    said = "The customer says that somebody else made this payment."
    take_step(desk, unit, Held(refund, case, row, policies), "dispute", Actor.AGENT, me, said=said)
    return refund
