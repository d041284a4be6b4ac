"""Frozen rows about refunds that the database, the services and the screens hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from db.kinds import Language
from db.kinds_refunds import LinkStatus, MerchantAnswer, RefundReason, RefundState
from db.rows import AttachmentRow

MOST_COUNTED = 1000
"""Where the counting of a lane ends."""


class PaymentRow(Struct, frozen=True):
    """A payment as the wallet shows it; amounts in minor units, moments aware UTC."""

    id: str
    account_id: str
    paid_at: datetime
    amount: int
    currency: str
    refunded: int
    """What the wallet has paid back or accepted to pay back already, through us or not."""
    merchant_id: str
    merchant_name: str
    path: str
    method: str
    reference: str
    device_id: str = ""
    is_paid: bool = True


class RefundRow(Struct, frozen=True):
    """One refund as lists and the case's page show it; amounts in minor units of `currency`, moments aware UTC."""

    id: int
    case_id: int
    customer_id: int
    customer_name: str
    language: Language
    state: RefundState
    state_since: datetime
    reason: RefundReason
    amount: int
    currency: str
    paid_amount: int
    """What was paid in the transaction."""
    transaction: str
    """The wallet's own id of it."""
    reference: str
    """The provider's reference, as on the customer's receipt."""
    paid_at: datetime
    merchant: str
    """The key of the merchant's file."""
    merchant_name: str
    key: str
    opened_by: int
    opened_by_name: str
    opened_at: datetime
    deadline_at: datetime | None
    """Until when the merchant is to answer."""
    next_try_at: datetime | None
    said: str
    """The last word about it: a merchant's reason or question, or why the wallet did not pay."""
    wallet_reference: str
    flags: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    """Who has approved it."""
    needed: int = 1
    """How many have to."""
    reminders: int = 0
    question: str = ""
    """What the merchant asked and nobody has answered yet."""
    version: int = 1
    evidence: tuple[str, ...] = ()
    """The names of the files that go along to the merchant."""

    @property
    def is_late(self) -> bool:
        """Whether the merchant has let the deadline pass; see `late_at` for one moment."""
        return self.state is RefundState.UNANSWERED


class MerchantRow(Struct, frozen=True):
    """A merchant as its page shows it."""

    key: str
    title: str
    contacts: tuple[tuple[str, str], ...]
    """Name and address."""
    language: Language
    hours: str
    answer_within: str
    evidence: tuple[RefundReason, ...] = ()
    """For which reasons it asks for evidence."""
    reasons: tuple[RefundReason, ...] = ()
    """Those that it takes."""
    partial: bool = True
    automatic: tuple[int, str] | None = None
    """Up to which amount it has agreed beforehand: minor units and currency."""
    is_open: bool = False
    """Whether its own hours run now."""
    turns_at: datetime | None = None
    """When they end or begin; None for never."""
    closed_on: tuple[date, ...] = ()
    """Days of the coming month on which it is closed though its week says otherwise, in its own zone."""
    open_refunds: tuple[RefundRow, ...] = ()
    asked: int = 0
    answered: int = 0
    approved: int = 0
    late: int = 0
    median_seconds: int | None = None
    """Of its answers, from being asked on, in its own service time."""
    slow_seconds: int | None = None
    """Nine of ten answers came sooner."""


class LinkFound(Struct, frozen=True):
    """What a merchant's link opens: the refund and what may be answered; nothing about the customer but the payment."""

    link_id: int
    refund: RefundRow
    language: Language
    partial: bool
    expires_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


class ComparisonRow(Struct, frozen=True):
    """One comparison of the books; `night` is None for one that somebody asked for, `ended_at` while it is not done."""

    night: date | None
    agent_name: str | None
    since: datetime
    until: datetime
    begun_at: datetime
    ended_at: datetime | None
    ours: int
    theirs: int
    differences: int
    said: str


class LinkSeen(Struct, frozen=True):
    """What the page of a merchant's link shows, open or not."""

    token: str
    status: LinkStatus
    refund: RefundRow
    title: str
    """The merchant as its policy calls it."""
    language: Language
    zone: ZoneInfo
    """The merchant's own."""
    partial: bool
    expires_at: datetime
    files: tuple[AttachmentRow, ...] = ()
    """The evidence, while the link is open."""
    exchange: tuple[str, str] | None = None
    """What the merchant asked last, and our answer."""
    answer: MerchantAnswer | None = None
    answered_at: datetime | None = None
