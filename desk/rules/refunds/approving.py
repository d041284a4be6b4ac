"""Who may approve a refund in support's name, how many it takes, and what looks unusual about one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from db.kinds_refunds import HOLDS_NOTHING, RefundState


class ApprovalError(Exception):
    """This person cannot approve this refund; the message says why, and who can."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What support may approve, in minor units of one currency; above `two_above` it takes two people."""

    currency: str
    two_above: int
    per_agent_and_day: int


@dataclass(frozen=True, slots=True)
class Approver:
    """Who wants to approve, and what they have approved on this day already, in minor units."""

    agent_id: int
    name: str
    approved_today: int


def approvals_needed(amount: int, currency: str, limits: Limits, *, is_flagged: bool = False) -> int:
    """How many people have to approve: two above the limit, in another currency, and of what is flagged.

    `amount` is what goes back of the payment in all, or a large refund could be approved in small parts.
    """
    return 2 if is_flagged or currency != limits.currency or amount > limits.two_above else 1


def check_approval(
    by: Approver, *, amount: int, opened_by: int, so_far: Iterable[int], limits: Limits, currency: str
) -> None:
    """Raise `ApprovalError` when this person may not approve: their own refund, a second time, or above their day."""
    if by.agent_id == opened_by:
        raise ApprovalError(f"{by.name} opened this refund. Nobody approves their own: ask somebody else.")
    if by.agent_id in so_far:
        raise ApprovalError(f"{by.name} has approved it already. The second approval is another person's.")
    if currency == limits.currency and by.approved_today + amount > limits.per_agent_and_day:
        raise ApprovalError(
            f"{by.name} has reached what one person may approve in a day. Somebody else can, or wait until tomorrow."
        )


class Flag(StrEnum):
    """What is unusual about a refund; a supervisor sees it, and it is never approved by policy alone."""

    SAME_AGENT_AND_CUSTOMER = "same agent and customer"
    SAME_DEVICE = "same device"
    MANY_UNDER_THE_LIMIT = "many under the limit"
    DISOWNED = "payment disowned"
    SIGNS = "signs of a takeover"
    """The account, or who asks, looks as if somebody else were at it."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier refund, as far as patterns need it."""

    opened_at: datetime
    opened_by: int
    customer_id: int
    device_id: str
    amount: int
    currency: str
    state: RefundState


LOOK_BACK = timedelta(days=30)
SAME_PAIR, SAME_DEVICE, UNDER_LIMIT = 3, 3, 5
"""From so many on, this one included, it is unusual."""
CLOSE_TO_LIMIT = 80
"""Percent of a limit from which on an amount is close under it."""


def flags_of(one: Earlier, earlier: Iterable[Earlier], limits: Limits) -> tuple[Flag, ...]:
    """What is unusual about a refund beside those before it; those that hold nothing do not count."""
    recent = [
        each
        for each in earlier
        if one.opened_at - LOOK_BACK <= each.opened_at <= one.opened_at and each.state not in HOLDS_NOTHING
    ]
    found = []
    if 1 + sum(e.opened_by == one.opened_by and e.customer_id == one.customer_id for e in recent) >= SAME_PAIR:
        found.append(Flag.SAME_AGENT_AND_CUSTOMER)
    if one.device_id and 1 + sum(e.device_id == one.device_id for e in recent) >= SAME_DEVICE:
        found.append(Flag.SAME_DEVICE)
    if _is_close(one, limits):
        close = sum(e.opened_by == one.opened_by and _is_close(e, limits) for e in recent)
        if 1 + close >= UNDER_LIMIT:
            found.append(Flag.MANY_UNDER_THE_LIMIT)
    return tuple(found)


def close_from(limits: Limits) -> int:
    """From which amount on one is close under the limit."""
    return limits.two_above * CLOSE_TO_LIMIT // 100


def _is_close(one: Earlier, limits: Limits) -> bool:
    return one.currency == limits.currency and close_from(limits) <= one.amount <= limits.two_above
