"""Payments as the desk keeps them: read from the wallet, one row each, locked before anything is taken of them."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds_refunds import RefundState
from db.models import Refund, RefundPayment
from db.queries.refunds import amounts
from db.rows_refunds import PaymentRow
from db.uow import UnitOfWork
from desk.rules.text import clean_line
from desk.services.refunds.errors import RefundError
from desk.wallet.port import Transaction, TransactionKind, TransactionStatus

KNOWN_TO_THE_WALLET = (RefundState.REQUESTED, RefundState.UNKNOWN, RefundState.PENDING, RefundState.PAID)
"""States in which what the wallet shows as paid back may be this refund."""


def payment_row(transaction: Transaction) -> PaymentRow | None:
    """A payment as the desk works with it, its texts cleaned; None for what is no payment."""
    if transaction.kind is not TransactionKind.PAYMENT:
        return None
    return PaymentRow(
        id=transaction.id,
        account_id=transaction.account_id,
        paid_at=transaction.at,
        amount=transaction.amount,
        currency=transaction.currency,
        refunded=transaction.refunded + transaction.refund_pending,
        merchant_id=clean_line(transaction.merchant_id or "", 120),
        merchant_name=clean_line(transaction.merchant_name or "", 200),
        path=transaction.path.value if transaction.path else "",
        method=clean_line(transaction.method, 64),
        reference=clean_line(transaction.reference, 120),
        device_id=clean_line(transaction.device_id or "", 120),
        is_paid=transaction.status is TransactionStatus.PAID,
    )


def locked(unit: UnitOfWork, payment: PaymentRow, *, is_stored: bool = False) -> RefundPayment:
    """The row of a payment, made if it is new, locked until the unit of work ends; `outside` is brought up to date.

    `is_stored` says that the payment was read from the wallet some time ago: what is known by now is never lowered.
    Raises `RefundError` when the wallet shows another amount than it did before.
    """
    dialect = sqlite if unit.connection.dialect.name == "sqlite" else postgresql
    made = dialect.insert(RefundPayment).values(
        wallet_id=payment.id, account_id=payment.account_id, merchant_id=payment.merchant_id,
        merchant_name=payment.merchant_name, path=payment.path, method=payment.method, reference=payment.reference,
        device_id=payment.device_id, paid_at=payment.paid_at, amount=payment.amount, currency=payment.currency,
        outside=0,
    )  # fmt: skip
    unit.session.execute(made.on_conflict_do_nothing())
    query = select(RefundPayment).where(RefundPayment.wallet_id == payment.id)
    row = unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if (row.amount, row.currency) != (payment.amount, payment.currency):
        raise RefundError(
            f"The wallet shows payment {payment.id} with another amount than before. Compare the books first: "
            "desk refunds reconcile --wallet."
        )
    bring_up_to_date(unit, row, payment.refunded, is_stored=is_stored)
    return row


def bring_up_to_date(unit: UnitOfWork, row: RefundPayment, refunded: int, *, is_stored: bool = False) -> None:
    """Write what others have paid back of a payment, which is locked, now that the wallet shows `refunded` in all."""
    unit.session.flush()
    unit.session.refresh(row)
    ours = amounts(Refund.amount).where(Refund.payment_id == row.id, Refund.state.in_(KNOWN_TO_THE_WALLET))
    others = max(refunded - (unit.session.scalar(ours) or 0), 0)
    row.outside = min(max(others, row.outside) if is_stored else others, row.amount - row.held)
    unit.session.flush()


def again(unit: UnitOfWork, payment_id: int) -> RefundPayment:
    """The row of a payment that is known, locked until the unit of work ends, as it is now."""
    query = select(RefundPayment).where(RefundPayment.id == payment_id)
    return unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def taken_of(connection: Connection, wallet_id: str) -> int:
    """What is taken of a payment by our refunds and others, in minor units."""
    query = select(RefundPayment.held + RefundPayment.outside).where(RefundPayment.wallet_id == wallet_id)
    return connection.scalar(query) or 0


def as_payment(row: RefundPayment) -> PaymentRow:
    """A kept payment as the rules take it; what is taken of it is asked for beside it."""
    return PaymentRow(
        id=row.wallet_id, account_id=row.account_id, paid_at=row.paid_at, amount=row.amount, currency=row.currency,
        refunded=0, merchant_id=row.merchant_id, merchant_name=row.merchant_name, path=row.path, method=row.method,
        reference=row.reference, device_id=row.device_id,
    )  # fmt: skip
