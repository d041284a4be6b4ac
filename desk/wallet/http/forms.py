"""Transactions and refunds in SNAP's forms, written and read; what SNAP has no field for stands in `additionalInfo`."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from desk.wallet.http.contract import REFUSALS, WireError, as_moment, as_money, read_moment, read_money
from desk.wallet.port import (
    PaymentPath,
    Refund,
    RefundReason,
    RefundRequest,
    RefundState,
    Transaction,
    TransactionKind,
    TransactionStatus,
)

T = TypeVar("T")

STATUS = {
    TransactionStatus.PAID: ("SUCCESS", "00"),
    TransactionStatus.PENDING: ("PENDING", "03"),
    TransactionStatus.CANCELLED: ("CANCELLED", "05"),
    TransactionStatus.FAILED: ("FAILED", "06"),
}
"""SNAP's words for a status, and its latestTransactionStatus."""

FROM_STATUS = {words: status for status, (words, _) in STATUS.items()}


def as_transaction(one: Transaction) -> dict[str, Any]:
    """An entry of `detailData`, and the answer of service 13."""
    words, number = STATUS[one.status]
    return {
        "dateTime": as_moment(one.at),
        "amount": as_money(one.amount, one.currency),
        "remark": one.merchant_name or "",
        "sourceOfFunds": [{"source": one.method.upper(), "amount": as_money(one.amount, one.currency)}],
        "status": words,
        "latestTransactionStatus": number,
        "type": one.kind.value.upper(),
        "additionalInfo": {
            "transactionId": one.id,
            "accountId": one.account_id,
            "merchantId": one.merchant_id,
            "merchantName": one.merchant_name,
            "paymentPath": one.path and one.path.value,
            "reference": one.reference,
            "deviceId": one.device_id,
            "refunded": as_money(one.refunded, one.currency),
            "refundPending": as_money(one.refund_pending, one.currency),
            "failure": one.failure,
        },
    }


def read_transaction(value: Any) -> Transaction:
    """An entry of `detailData`. Raises `WireError`."""
    try:
        more = value["additionalInfo"]
        amount, currency = read_money(value["amount"], "amount")
        made = Transaction(
            id=more["transactionId"],
            account_id=more["accountId"],
            at=read_moment(value["dateTime"], "dateTime"),
            kind=TransactionKind(value["type"].lower()),
            status=FROM_STATUS[value["status"]],
            amount=amount,
            currency=currency,
            refunded=read_money(more["refunded"], "refunded")[0],
            refund_pending=read_money(more["refundPending"], "refundPending")[0],
            merchant_id=more["merchantId"],
            merchant_name=more["merchantName"],
            path=PaymentPath(more["paymentPath"]) if more["paymentPath"] else None,
            method=value["sourceOfFunds"][0]["source"].lower(),
            reference=more["reference"],
            device_id=more["deviceId"],
            failure=more["failure"],
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise WireError(f"a transaction is not in the contract's form ({error})") from error
    return _typed(made, Transaction)


def as_refund_request(request: RefundRequest) -> dict[str, Any]:
    """The body of service 58."""
    return {
        "originalReferenceNo": request.transaction_id,
        "originalPartnerReferenceNo": request.transaction_id,
        "partnerRefundNo": request.key,
        "refundAmount": as_money(request.amount, request.currency),
        "reason": request.note[:256],
    }


def read_refund_request(body: dict[str, Any]) -> RefundRequest:
    """What service 58 is asked. Raises `WireError`."""
    amount, currency = read_money(body.get("refundAmount"), "refundAmount")
    names = ("partnerRefundNo", "originalReferenceNo")
    key, transaction = (body.get(name) for name in names)
    if not isinstance(key, str) or not isinstance(transaction, str):
        raise WireError(f"{' and '.join(names)} have to be texts")
    return RefundRequest(key, transaction, amount, currency, str(body.get("reason") or ""))


def as_refund(refund: Refund) -> dict[str, Any]:
    """What is answered about a refund."""
    return {
        "originalReferenceNo": refund.transaction_id,
        "originalPartnerReferenceNo": refund.transaction_id,
        "refundNo": refund.reference,
        "partnerRefundNo": refund.key,
        "refundAmount": as_money(refund.amount, refund.currency),
        "refundTime": as_moment(refund.changed_at),
        "additionalInfo": {
            "state": refund.state.value,
            "revision": refund.revision,
            "requestedAt": refund.requested_at.isoformat(),
            "changedAt": refund.changed_at.isoformat(),
            "reason": refund.reason and refund.reason.value,
            "said": refund.said,
        },
    }


def read_refund(value: Any) -> Refund:
    """What was answered about a refund. Raises `WireError`."""
    try:
        more = value["additionalInfo"]
        amount, currency = read_money(value["refundAmount"], "refundAmount")
        made = Refund(
            key=value["partnerRefundNo"],
            transaction_id=value["originalReferenceNo"],
            amount=amount,
            currency=currency,
            state=RefundState(more["state"]),
            revision=more["revision"],
            reference=value["refundNo"],
            requested_at=read_moment(more["requestedAt"], "requestedAt"),
            changed_at=read_moment(more["changedAt"], "changedAt"),
            reason=RefundReason(more["reason"]) if more["reason"] else None,
            said=more["said"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"a refund is not in the contract's form ({error})") from error
    return _typed(made, Refund)


def refusal_of(status: int, case: str) -> RefundReason | None:
    """The reason behind a response code of service 58; None when that code is no refusal."""
    return next((reason for reason, code in REFUSALS.items() if (code.status, code.case) == (status, case)), None)


def _typed(made: T, kind: type[T]) -> T:
    """The same, once each field is known to have its type."""
    try:
        return msgspec.convert(msgspec.to_builtins(made), kind)
    except (msgspec.ValidationError, TypeError) as error:
        raise WireError(str(error)) from error
