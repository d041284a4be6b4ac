"""Paying by the wallet: asked under our key, and after silence asked what became of it before anything is repeated.

The wallet is never called inside a transaction. Before a call the refund says that it is being asked, so that a program
that dies leaves a refund that is looked for, not one that is paid again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.errors import DatabaseUnavailableError
from db.kinds import EventKind, Language
from db.kinds_refunds import RefundState
from db.models import Refund
from db.uow import UnitOfWork
from desk.rules.refunds.life import Actor
from desk.rules.refunds.money import Money, written
from desk.rules.text import clean_line
from desk.services.desk import Desk
from desk.services.refunds.claiming import checked, found, take_part, unchecked_claim
from desk.services.refunds.payments import bring_up_to_date
from desk.services.refunds.steps import Held, hold, take_step
from desk.wallet import port
from desk.wallet.errors import KeyReusedError, WalletError, WalletSetUpError, WalletUnavailableError
from desk.wallet.port import Wallet

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than any call to the wallet takes with all its tries; after it, who asked is taken for dead."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
TO_PAY = (RefundState.APPROVED, RefundState.REQUESTED, RefundState.UNKNOWN, RefundState.PENDING, RefundState.IN_REVIEW)
MOST_AT_ONCE = 20


def due(desk: Desk, limit: int = MOST_AT_ONCE) -> tuple[int, ...]:
    """The refunds about which the wallet has to be asked now, the longest due first."""
    query = (
        select(Refund.id)
        .where(Refund.next_at.is_not(None), Refund.next_at <= desk.clock(), Refund.state.in_(TO_PAY))
        .order_by(Refund.next_at, Refund.id)
        .limit(limit)
    )
    with desk.database.read() as connection:
        return tuple(connection.scalars(query))


def pay_due(desk: Desk, wallet: Wallet, limit: int = MOST_AT_ONCE) -> int:
    """Ask the wallet about every refund that is due; how many there were. One that fails keeps none from going on."""
    ids = due(desk, limit)
    for refund_id in ids:
        try:
            ask_wallet(desk, wallet, refund_id)
        except DatabaseUnavailableError:
            raise
        except Exception:
            log.exception("refund %d: it stays as it is until its next turn", refund_id)
    return len(ids)


def ask_wallet(desk: Desk, wallet: Wallet, refund_id: int) -> None:
    """Bring one refund further by the wallet, if it is due and nobody else is at it."""
    begun = _begin(desk, refund_id)
    match begun:
        case None:
            return
        case port.RefundRequest():
            _request(desk, wallet, refund_id, begun)
        case str():
            _look_up(desk, wallet, refund_id, begun)
        case _Claim():
            _check_claim(desk, wallet, refund_id, begun)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which claim of a merchant is looked into, and the payment it is about."""

    made: str
    transaction_id: str
    asked_at: datetime


def _begin(desk: Desk, refund_id: int) -> port.RefundRequest | str | _Claim | None:
    """Take a refund in hand: what to request, the key to ask for, or the claim to look into."""
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund, payment = held.refund, held.payment
        if refund.next_at is None or refund.next_at > unit.now:
            return None
        if refund.state is RefundState.REQUESTED:  # who asked has died on the way, or takes longer than any call may
            take_step(desk, unit, held, "lose sight", Actor.DESK, said="Whoever asked the wallet has not come back.")
            refund.details = refund.details | {"may_have_left": refund.key}
        if refund.state in {RefundState.UNKNOWN, RefundState.PENDING}:
            _lease(unit, refund)
            return refund.key
        if refund.state is RefundState.IN_REVIEW:
            _lease(unit, refund)
            return _Claim(unchecked_claim(refund), payment.wallet_id, unit.now)
        if refund.state is not RefundState.APPROVED:
            return None
        path = held.policies.path(payment.path)
        opens = path.opens(unit.now) if path else None
        if opens is not None:
            refund.next_at = opens
            return None
        take_step(desk, unit, held, "request", Actor.DESK, key=refund.key)
        _lease(unit, refund)
        return port.RefundRequest(
            key=refund.key, transaction_id=payment.wallet_id, amount=refund.amount, currency=payment.currency,
            note=f"refund {refund.id}, {refund.reason.value}",
        )  # fmt: skip


def _lease(unit: UnitOfWork, refund: Refund) -> None:
    refund.lease_until = refund.next_at = unit.now + LEASE
    refund.tries = min(refund.tries + 1, 1000)


def _request(desk: Desk, wallet: Wallet, refund_id: int, request: port.RefundRequest) -> None:
    try:
        answer = wallet.refund(request)
    except (WalletUnavailableError, WalletSetUpError) as error:  # it is certain that nothing happened
        _hold_back(desk, refund_id, request.key, str(error))
    except Exception as error:
        if not isinstance(error, WalletError):
            log.exception("refund %d: the wallet was asked and something went wrong", refund_id)
        _lose_sight(desk, refund_id, request.key, str(error), is_reused=isinstance(error, KeyReusedError))
    else:
        note(desk, refund_id, answer)


def _look_up(desk: Desk, wallet: Wallet, refund_id: int, key: str) -> None:
    try:
        answer = wallet.refund_status(key)
    except WalletError as error:
        _ask_later(desk, refund_id, key, str(error))
        return
    except Exception as error:
        log.exception("refund %d: the wallet could not be asked about it", refund_id)
        _ask_later(desk, refund_id, key, str(error))
        return
    if answer is not None:
        note(desk, refund_id, answer)
        return
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund = held.refund
        if refund.key != key:
            return
        if refund.state is RefundState.UNKNOWN:
            # The request may still be on its way; asked again under the same key, the wallet does it once.
            take_step(desk, unit, held, "not there", Actor.WALLET, said="The wallet has nothing under our key yet.")
            refund.next_at = unit.now + wait(refund.tries)
        elif refund.state is RefundState.PENDING:
            _say(unit, held, "The wallet has nothing under our key any more.")
            refund.next_at = unit.now + LONGEST_WAIT


def note(desk: Desk, refund_id: int, answer: port.Refund) -> None:
    """Write down what the wallet says about a refund; what is older than what is known changes nothing."""
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund, payment = held.refund, held.payment
        if refund.key != answer.key or answer.revision < refund.wallet_revision:
            return
        said = clean_line(answer.said or (answer.reason.value if answer.reason else ""), 500)
        same = (answer.transaction_id, answer.amount, answer.currency) == (
            payment.wallet_id, refund.amount, payment.currency,
        )  # fmt: skip
        if not same:
            _say(unit, held, f"The wallet has our key with other contents: {answer.amount} {answer.currency}.")
            if refund.state is RefundState.REQUESTED:
                take_step(desk, unit, held, "lose sight", Actor.DESK, said=refund.said)
            refund.next_at = unit.now + LONGEST_WAIT
            return
        act = _act(refund.state, answer.state)
        if act is None:
            if refund.state is RefundState.PENDING:
                refund.lease_until, refund.next_at = None, unit.now + wait(refund.tries)
            return
        refund.wallet_revision = answer.revision
        refund.wallet_reference = clean_line(answer.reference, 120)
        take_step(desk, unit, held, act, Actor.WALLET, said=said, reference=refund.wallet_reference)
        if refund.state is RefundState.PENDING:
            refund.tries = 0
            refund.next_at = unit.now + FIRST_WAIT


def _act(state: RefundState, answer: port.RefundState) -> str | None:
    """The step that an answer is, for a refund in a state; None where it says nothing new."""
    if state not in {RefundState.REQUESTED, RefundState.UNKNOWN, RefundState.PENDING}:
        return None
    match answer:
        case port.RefundState.PAID:
            return "paid"
        case port.RefundState.FAILED | port.RefundState.REFUSED:
            return "failed"
        case _ if state is RefundState.REQUESTED:
            return "accepted"
        case _ if state is RefundState.UNKNOWN:
            return "found pending"
        case _:
            return None


def _hold_back(desk: Desk, refund_id: int, key: str, said: str) -> None:
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.key == key and held.refund.state is RefundState.REQUESTED:
            take_step(desk, unit, held, "hold back", Actor.DESK, said=clean_line(said, 500))
            held.refund.next_at = unit.now + wait(held.refund.tries)


def _lose_sight(desk: Desk, refund_id: int, key: str, said: str, *, is_reused: bool) -> None:
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.key == key and held.refund.state is RefundState.REQUESTED:
            take_step(desk, unit, held, "lose sight", Actor.DESK, said=clean_line(said, 500))
            held.refund.details = held.refund.details | {"may_have_left": held.refund.key}
            held.refund.next_at = unit.now + (timedelta() if is_reused else wait(held.refund.tries))


def _ask_later(desk: Desk, refund_id: int, key: str, said: str) -> None:
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.key == key and held.refund.state in {RefundState.UNKNOWN, RefundState.PENDING}:
            held.refund.said = clean_line(said, 500)
            held.refund.lease_until, held.refund.next_at = None, unit.now + wait(held.refund.tries)


def _check_claim(desk: Desk, wallet: Wallet, refund_id: int, claim: _Claim) -> None:
    """A merchant says that it has paid: what the wallet shows of it, before the customer hears anything."""
    try:
        shown = wallet.transaction(claim.transaction_id)
    except WalletError as error:
        with desk.database.write() as unit:
            held = hold(unit, refund_id)
            if _is_still(held.refund, claim):
                held.refund.lease_until, held.refund.next_at = None, unit.now + wait(held.refund.tries)
                _say(unit, held, f"The wallet could not be asked whether the merchant has paid: {error}")
        return
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund, payment = held.refund, held.payment
        if not _is_still(refund, claim):
            return
        seen = found(unit, refund, payment, shown, claim.asked_at)
        if not seen.is_certain:
            refund.lease_until, refund.next_at = None, unit.now + wait(refund.tries)
            refund.said = "The merchant says that it has paid; a refund of this payment is still on its way."
            return
        checked(refund, unit.now)
        refund.lease_until = refund.next_at = None
        if seen.amount >= refund.amount:
            said = "The wallet shows that the merchant has paid it back."
            take_step(desk, unit, held, "found paid", Actor.WALLET, said=said)
        elif seen.amount:
            take_part(refund, seen.amount)
            said = _shown_in_part(seen.amount, refund.amount, payment.currency)
            _say(unit, held, said, after={"amount": refund.amount, "currency": payment.currency})
        else:
            _say(unit, held, "The merchant says that it has paid; the wallet shows nothing of it.")
        bring_up_to_date(unit, payment, shown.refunded + shown.refund_pending)


def _shown_in_part(paid: int, rest: int, currency: str) -> str:
    paid_words, rest_words = (written(Money(each, currency), Language.ENGLISH) for each in (paid, rest))
    return f"The wallet shows {paid_words} as paid by the merchant. What is left to decide about is {rest_words}."


def _is_still(refund: Refund, claim: _Claim) -> bool:
    """Whether what the wallet was asked is still to be known; of a claim made since, it has said nothing."""
    return refund.state is RefundState.IN_REVIEW and unchecked_claim(refund) == claim.made


def _say(unit: UnitOfWork, held: Held, said: str, **more: Any) -> None:
    held.refund.said = clean_line(said, 500)
    unit.record(EventKind.REFUND_CHECKED, case_id=held.case.id, refund=held.refund.id, said=held.refund.said, **more)


def wait(tries: int) -> timedelta:
    """How long until the next try: twice as long each time, an hour at most."""
    doubled: int = 1 << min(max(tries - 1, 0), 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)
