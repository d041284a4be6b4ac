"""Transactions that the customer owns or disowns; what is disowned becomes disputes, together.

A dispute is a refund whose reason is *not me*: it takes what it asks of the payment as every refund does, goes to
support's review at once, never to the merchant nor by a merchant's word of beforehand, and takes two people.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from db.kinds import EventKind
from db.kinds_refunds import RefundState
from db.kinds_safety import PaymentVerdict
from db.models import Refund, SafetyPayment
from db.queries import safety as queries
from db.rows import AgentRow
from db.rows_refunds import PaymentRow
from db.rows_safety import Movement, SafetyPaymentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.refunds.disputing import open_dispute
from desk.services.refunds.errors import RefundError
from desk.services.safety.errors import SafetyError
from desk.services.safety.holding import Held, hold, record


def say_whose(
    desk: Desk, me: AgentRow, run_id: int, transaction_ids: Sequence[str], verdict: PaymentVerdict
) -> tuple[SafetyPaymentRow, ...]:
    """Note what the customer says of these transactions; all of the playbook's. One in dispute stays disowned.

    Raises `SafetyError` for one that is not listed, or is in dispute.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, run_id)
        rows = {each.transaction_id: each for each in _payments(unit, held)}
        for transaction_id in transaction_ids:
            row = rows.get(transaction_id)
            if row is None:
                raise SafetyError(f"Transaction {transaction_id} is not listed in this playbook. Look at it again.")
            if row.refund_id is not None and verdict is not PaymentVerdict.DISOWNED:
                raise SafetyError("It is in dispute already. Cancel that refund first, with a reason.")
            if row.verdict is not verdict:
                record(unit, EventKind.SAFETY_STEP, held, me, step="payments", transaction=transaction_id,
                       before={"verdict": row.verdict.value}, after={"verdict": verdict.value})  # fmt: skip
                row.verdict, row.agent_id, row.said = verdict, me.id, ""
        unit.settle()
        return queries.payments_of(unit.connection, run_id)


def dispute(desk: Desk, me: AgentRow, run_id: int) -> tuple[SafetyPaymentRow, ...]:
    """Open a dispute about every payment that is disowned and in none yet, in one act; all of the playbook's.

    What no refund is for (a transfer, a withdrawal, what is paid back already) is kept as disowned, with the reason.
    Raises `SafetyError` when nothing is disowned.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, run_id)
        disowned = [each for each in _payments(unit, held) if each.verdict is PaymentVerdict.DISOWNED]
        if not disowned:
            raise SafetyError("Nothing is disowned yet. Go through the transactions with the customer first.")
        for row in disowned:  # in the order of their ids, so that two playbooks never wait for each other in a ring
            if row.refund_id is None:
                _dispute_one(desk, unit, held, me, row)
        unit.settle()
        return queries.payments_of(unit.connection, run_id)


def _dispute_one(desk: Desk, unit: UnitOfWork, held: Held, me: AgentRow, row: SafetyPayment) -> None:
    payment = _payment(msgspec.convert(row.data, Movement))
    row.said = ""
    if payment is None:
        row.said = "no payment to a merchant: the security team asks the receiving side"
        return
    try:
        refund = open_dispute(desk, unit, me, held.case, payment)
    except RefundError as error:
        row.said = str(error)[:500]
        return
    if refund is None:
        row.said = "nothing is left of it: it is paid back, or in another refund"
        return
    row.refund_id = refund.id
    record(unit, EventKind.SAFETY_STEP, held, me, step="disputes", transaction=payment.id, refund=refund.id)


def _payments(unit: UnitOfWork, held: Held) -> Sequence[SafetyPayment]:
    query = select(SafetyPayment).where(SafetyPayment.run_id == held.run.id).order_by(SafetyPayment.transaction_id)
    rows = unit.session.scalars(query.with_for_update()).all()
    disputes = [each.refund_id for each in rows if each.refund_id is not None]
    over = select(Refund.id).where(Refund.id.in_(disputes), Refund.state == RefundState.CANCELLED)
    cancelled = set(unit.session.scalars(over))
    for row in rows:  # a dispute that was cancelled is none
        row.refund_id = None if row.refund_id in cancelled else row.refund_id
    return rows


def _payment(movement: Movement) -> PaymentRow | None:
    if movement.kind != "payment" or movement.status != "paid":
        return None
    return PaymentRow(
        id=movement.id, account_id=movement.account_id, paid_at=movement.at, amount=movement.amount,
        currency=movement.currency, refunded=movement.refunded, merchant_id=movement.merchant_id,
        merchant_name=movement.merchant_name, path=movement.path, method=movement.method,
        reference=movement.reference, device_id=movement.device_id,
    )  # fmt: skip
