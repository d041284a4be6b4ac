"""What may be refunded: policies of merchants and of payment paths, and a decision that names its rules and dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from db.kinds import Language
from db.kinds_refunds import RefundReason
from db.rows_refunds import PaymentRow
from desk.rules.hours.service_time import ServiceTime
from desk.rules.refunds.money import Money


class Rule(StrEnum):
    """A named rule of a refund policy; `seeds/refunds.toml` has its words for customers."""

    PATH = "path"
    STATUS = "status"
    SAFETY = "safety"
    WINDOW = "window"
    REASON = "reason"
    LEFT = "left"
    AMOUNT = "amount"
    PARTIAL = "partial"
    EVIDENCE = "evidence"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """What the operator of a payment path allows."""

    key: str
    title: str
    window_days: int
    """Days of 24 hours from the payment on: as wallets count them."""
    zone: ZoneInfo
    closed: tuple[tuple[time, time], ...] = ()
    """Local times of day, from and until, in which no refund is taken; over midnight where until is before from."""
    payout: timedelta = timedelta(days=1)
    """Until the money is back at the customer, from the wallet's acceptance on; the bank's part."""

    def opens(self, at: datetime) -> datetime | None:
        """When refunds are taken again; None when they are taken at that moment."""
        local = at.astimezone(self.zone)
        for start, end in self.closed:
            now = local.time().replace(tzinfo=None)
            inside = start <= now < end if start < end else now >= start or now < end
            if inside:
                day = local.date() if now < end else local.date() + timedelta(days=1)
                return datetime.combine(day, end, self.zone)
        return None


@dataclass(frozen=True)
class MerchantPolicy:
    """What a merchant has agreed to, and how it is asked."""

    key: str
    title: str
    contacts: tuple[tuple[str, str], ...]
    """Name and address (`desk.rules.refunds.contacts`); the first one is asked, the others are in the desk's hands."""
    language: Language
    zone: ZoneInfo
    hours: ServiceTime = field(repr=False, compare=False)
    """The merchant's own service calendar, in which its deadline runs."""
    answer_within: int
    """Service seconds."""
    reminders: tuple[int, ...]
    """At so many percent of the deadline."""
    reasons: frozenset[RefundReason]
    evidence: frozenset[RefundReason]
    """Reasons for which evidence has to go along."""
    partial: bool
    automatic_up_to: Money | None = None
    """Up to this amount of one payment the merchant has agreed beforehand."""
    window_days: Mapping[str, int] = field(default_factory=dict)
    """By path, where the merchant's own window is shorter; no merchant's is longer than its path's."""
    version: int = 1

    def deadline(self, asked_at: datetime) -> datetime | None:
        """Until when it has to answer; None for a calendar that never opens again."""
        return self.hours.add(asked_at, self.answer_within)

    def reminder(self, asked_at: datetime, number: int) -> datetime | None:
        """When the reminder `number` (from 0) is due; None where there is no such."""
        if number >= len(self.reminders):
            return None
        return self.hours.add(asked_at, self.answer_within * self.reminders[number] // 100)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a payment."""

    reason: RefundReason
    amount: Money | None = None
    """None for all that is left."""
    evidence: int = 0
    """How many files go along."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says; `facts` are what its words need: dates as moments, amounts as money."""

    rule: Rule
    is_met: bool
    at: datetime | None = None
    """The date that the rule is about: its own, else that of the payment."""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a refund may be asked for, and each rule's part in that."""

    findings: tuple[Finding, ...]
    amount: Money
    left: Money
    until: datetime
    """The first moment at which it is too late."""
    not_before: datetime | None
    """When the path takes refunds again, where it takes none now; that refuses nothing."""
    is_automatic: bool
    """Whether the merchant agreed beforehand."""

    @property
    def is_allowed(self) -> bool:
        """Whether no rule refuses."""
        return not self.refusals

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The rules that refuse, the weightiest first."""
        return tuple(each for each in self.findings if not each.is_met)


def decide(
    payment: PaymentRow,
    asked: Asked,
    merchant: MerchantPolicy,
    path: PathPolicy | None,
    now: datetime,
    *,
    taken: int = 0,
) -> Verdict:
    """What the policies say about a refund at a moment.

    `taken` is what our refunds hold and others have paid back, in minor units; what the wallet shows as refunded counts
    where that is more.
    """
    left = Money(max(payment.amount - max(taken, payment.refunded), 0), payment.currency)
    amount = asked.amount or left
    paid_at = payment.paid_at
    findings: list[Finding] = []

    def found(rule: Rule, is_met: bool, at: datetime = paid_at, **facts: object) -> None:
        findings.append(Finding(rule, is_met, at, {"paid": paid_at, **facts}))

    found(Rule.PATH, path is not None, path=payment.path)
    found(Rule.STATUS, payment.is_paid)
    found(Rule.SAFETY, asked.reason is not RefundReason.NOT_ME)
    until, not_before = now, None
    if path is not None:
        days = window_days(merchant, path)
        until = paid_at + timedelta(days=days)
        found(Rule.WINDOW, now < until, until, days=days)
        not_before = path.opens(now)
        if not_before is not None:
            found(Rule.HOURS, not_before < until, not_before)
    if asked.reason is not RefundReason.NOT_ME:
        found(Rule.REASON, asked.reason in merchant.reasons, reason=asked.reason)
    found(Rule.LEFT, left.amount > 0, left=left)
    if left.amount > 0:
        fits = amount.currency == left.currency and 0 < amount.amount <= left.amount
        found(Rule.AMOUNT, fits, left=left, amount=amount)
    is_whole = amount.amount == payment.amount
    found(Rule.PARTIAL, is_whole or merchant.partial or amount == left, left=left)
    if asked.reason in merchant.evidence:
        found(Rule.EVIDENCE, asked.evidence > 0)
    agreed = merchant.automatic_up_to
    in_all = payment.amount - left.amount + amount.amount  # or a large refund could be asked for in small parts
    is_automatic = agreed is not None and agreed.currency == amount.currency and in_all <= agreed.amount
    return Verdict(tuple(findings), amount, left, until, not_before, is_automatic)


def window_days(merchant: MerchantPolicy, path: PathPolicy) -> int:
    """Days of 24 hours from the payment on: the path's, or the merchant's own where they are fewer."""
    return min(path.window_days, merchant.window_days.get(path.key, path.window_days))
