"""Telling the customer of a change of their refund, in their language and with an honest time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import Channel, Language
from db.kinds_refunds import RefundState
from db.uow import UnitOfWork
from desk.rules.refunds.money import Money, written
from desk.rules.refunds.policy import PathPolicy
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError
from desk.services.refunds import progress_links
from desk.services.refunds.words import day, filled, moment, told, words_of
from desk.services.writing import outbound, owe

if TYPE_CHECKING:
    from desk.services.refunds.steps import Held

PROMISED = "promised"
"""What a refund's details call the moment (ISO 8601) by which the customer was last told to have the money."""


def tell_customer(desk: Desk, unit: UnitOfWork, held: Held) -> bool:
    """Owe the customer the news of a refund's present state; whether they can be written to.

    Who rang is not written to: an agent tells them, on the line or by a call.
    """
    text = news(desk, held, unit.now)
    if (by := promised(held, unit.now)) is not None:
        held.refund.details = held.refund.details | {PROMISED: by.isoformat()}
    if not text:
        return True
    if held.case.channel is Channel.PHONE:
        return held.refund.state in {RefundState.WITH_MERCHANT, RefundState.PENDING}
    try:
        page = progress_links.url_of(desk, unit.connection, held.refund.id)
        if page:
            follow = words_of(held.case.language, desk.settings.fallback_language).progress.follow
            text = f"{text}\n\n{filled(follow, {'link': page})}"
        message = outbound(desk, unit, held.case, None, text, {"automatic": True, "refund": held.refund.id})
    except UnreachableCustomerError:
        return False
    owe(unit, message, unit.now)
    return True


def news(desk: Desk, held: Held, now: datetime) -> str:
    """What the customer hears of a refund as it stands; empty where there is nothing to say."""
    language, refund, payment = held.case.language, held.refund, held.payment
    fallback = desk.settings.fallback_language
    facts = facts_of(held, language, fallback)
    by = promised(held, now) or money_back(held, now)
    facts["until"] = facts["back"] = moment(by, language)
    if refund.state is RefundState.WITH_MERCHANT and refund.deadline_at is not None:
        facts["until"] = moment(refund.deadline_at, language)
    facts["amount"] = written(Money(refund.amount, payment.currency), language)
    return told(refund.state, language, facts, fallback)


def facts_of(held: Held, language: Language, fallback: str) -> dict[str, str]:
    """What every text about a refund may name, in the words of a language."""
    refund, payment = held.refund, held.payment
    return {
        "merchant": payment.merchant_name or held.refund.merchant,
        "amount": written(Money(refund.amount, payment.currency), language),
        "paid": day(payment.paid_at, language),
        "reference": payment.reference or payment.wallet_id,
        "reason": refund.said or words_of(language, fallback).reasons[refund.reason],
    }


def promised(held: Held, now: datetime) -> datetime | None:
    """By when a customer who is told of it now has the money back; None where nothing can be promised."""
    refund = held.refund
    if refund.state is RefundState.WITH_MERCHANT:
        return money_back(held, refund.deadline_at) if refund.deadline_at is not None else None
    return money_back(held, now) if refund.state in {RefundState.APPROVED, RefundState.PENDING} else None


def money_back(held: Held, approved_at: datetime) -> datetime:
    """By when the money is back if it is approved at a moment: when its path takes refunds, and the bank's time."""
    return back_by(held.policies.path(held.payment.path), approved_at)


def back_by(path: PathPolicy | None, approved_at: datetime) -> datetime:
    """The same of a path."""
    if path is None:
        return approved_at
    return (path.opens(approved_at) or approved_at) + path.payout
