"""The words of refunds that both the database and the program speak: closed sets, stored by value."""

from __future__ import annotations

from enum import StrEnum


class RefundState(StrEnum):
    """Where a refund stands; `desk.rules.refunds.life` says what may follow what."""

    DRAFT = "draft"
    WITH_MERCHANT = "with_merchant"
    APPROVED = "approved"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    IN_REVIEW = "in_review"
    REQUESTED = "requested"
    PENDING = "pending"
    UNKNOWN = "unknown"
    """The wallet was asked and nobody heard what it said: it is asked by our key before anything is repeated."""
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


HOLDS_NOTHING = frozenset({RefundState.DRAFT, RefundState.DECLINED, RefundState.FAILED, RefundState.CANCELLED})
"""The states in which a refund takes nothing of what was paid; in every other its amount is held."""

SETTLED = frozenset({RefundState.PAID, RefundState.CANCELLED})
"""The states that nothing follows."""


class RefundReason(StrEnum):
    """Why a customer wants their money back."""

    ORDER_CANCELLED = "order_cancelled"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    CHARGED_TWICE = "charged_twice"
    WRONG_AMOUNT = "wrong_amount"
    NOT_ME = "not_me"
    """Somebody else paid: that is a matter of account safety, and no refund."""


class MerchantAnswer(StrEnum):
    """What a merchant can say to a refund."""

    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    ALREADY_PAID = "already_paid"


class LinkStatus(StrEnum):
    """What has become of a merchant's link."""

    OPEN = "open"
    USED = "used"
    """Answered by it or by a newer one; the first answer stands."""
    EXPIRED = "expired"
    REPLACED = "replaced"
    """A newer one took its place."""
    OVER = "over"
    """The merchant is not asked any more."""


class RefundLane(StrEnum):
    """A list of refunds that wait for somebody."""

    MERCHANT = "merchant"
    REVIEW = "review"
    APPROVALS = "approvals"
    UNKNOWN = "unknown"
    FLAGGED = "flagged"
    """In which something is unusual, wherever they stand, until they are over."""


class DifferenceKind(StrEnum):
    """How our books differ from the wallet's."""

    MISSING = "missing"
    """We have it paid, the wallet does not."""
    DOUBLED = "doubled"
    """The wallet paid more than once for one of our keys."""
    AMOUNT = "amount"
    """Both have it, of different amounts or currencies."""
    UNKNOWN_HERE = "unknown_here"
    """The wallet paid for a key that is none of ours, or that we do not have as paid."""
