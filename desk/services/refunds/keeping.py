"""What time does to refunds: merchants are reminded, and what they let pass goes to support's review."""

from __future__ import annotations

import logging

from sqlalchemy import select

from db.errors import DatabaseUnavailableError
from db.kinds_refunds import RefundState
from db.models import Refund
from desk.rules.refunds.life import Actor
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.refunds import merchant_links, merchants
from desk.services.refunds.steps import hold, take_step

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100


def keep(desk: Desk) -> int:
    """Remind and let lapse what is due; how many refunds were changed. Any number of workers may do it at once."""
    due = (
        select(Refund.id)
        .where(
            Refund.next_at.is_not(None), Refund.next_at <= desk.clock(), Refund.state == RefundState.WITH_MERCHANT
        )
        .order_by(Refund.next_at, Refund.id)
        .limit(MOST_AT_ONCE)
    )  # fmt: skip
    with desk.database.read() as connection:
        ids = tuple(connection.scalars(due))
    return sum(_kept(desk, refund_id) for refund_id in ids)


def _kept(desk: Desk, refund_id: int) -> bool:
    try:
        return _keep_one(desk, refund_id)
    except DatabaseUnavailableError:
        raise
    except Exception:
        log.exception("refund %d: it is not reminded and does not lapse until the next round", refund_id)
        return False


def _keep_one(desk: Desk, refund_id: int) -> bool:
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund = held.refund
        is_due = refund.next_at is not None and refund.next_at <= unit.now
        if refund.state is not RefundState.WITH_MERCHANT or not is_due or refund.deadline_at is None:
            return False
        if refund.deadline_at <= unit.now:
            merchant_links.revoke(unit, refund_id)
            take_step(desk, unit, held, "lapse", Actor.DESK)
            return True
        merchant = held.policies.merchant(refund.merchant)
        refund.next_at = refund.deadline_at
        if merchant is None or refund.question:
            return True  # it waits for our answer, and is not pressed for its own
        # Those that were missed while no worker ran are one reminder, not several at once.
        number = refund.reminders
        while (at := merchant.reminder(refund.asked_at or unit.now, number)) is not None and at <= unit.now:
            number += 1
        if number > refund.reminders:
            take_step(desk, unit, held, "remind", Actor.DESK, reminder=number)
            refund.reminders = number
            try:
                merchants.write(desk, unit, held, merchant, "remind")
            except CaseError:
                log.exception("refund %d: the merchant cannot be reminded", refund_id)
        refund.next_at = min(at or refund.deadline_at, refund.deadline_at)
        return True
