"""What people at the desk decide about a refund: stop it, answer the merchant, take it up, approve or decline it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import delete, select

from db.kinds import EventKind
from db.kinds_refunds import RefundReason, RefundState
from db.models import Message, Refund, RefundApproval
from db.queries.refunds import amounts
from db.rows import AgentRow
from db.rows_refunds import RefundRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.refunds.approving import ApprovalError, Approver, check_approval
from desk.rules.refunds.life import Actor, RefundStateError
from desk.rules.refunds.policy import MerchantPolicy
from desk.rules.text import clean_text, is_blank
from desk.services.claims import require_free_or_mine
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.refunds import listing, merchant_links, merchants
from desk.services.refunds.claiming import unchecked_claim
from desk.services.refunds.errors import RefundError
from desk.services.refunds.flagging import limits_of, take_in_signs
from desk.services.refunds.opening import ask_merchant, new_key, row_of
from desk.services.refunds.steps import Held, hold, lock_agent, take_step
from desk.services.refunds.words import DESK_ZONE

__all__ = [
    "ApprovalError", "answer_merchant", "approve", "ask_again", "cancel", "decline", "remind", "remind_late",
    "take_up",
]  # fmt: skip


def cancel(desk: Desk, me: AgentRow, refund_id: int, why: str) -> RefundRow:
    """Stop a refund with a reason that the customer reads; once the wallet was asked it cannot be stopped.

    With the merchant any agent may; what support has in hand, support. Raises `RefundError`, `RefundStateError`,
    `NotAllowedError`.
    """
    require(me, Permission.WORK_CASES)
    why = _said(why, "Say why it is stopped: the customer reads it.")
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        by = Actor.AGENT
        if held.refund.state in {RefundState.IN_REVIEW, RefundState.APPROVED}:
            require(me, Permission.DECIDE_REFUNDS)
            by = Actor.SUPPORT
        if held.refund.details.get("may_have_left") == held.refund.key:
            raise RefundError("The wallet was asked, and may still pay it. It cannot be stopped any more.")
        was_asked = held.refund.state is RefundState.WITH_MERCHANT
        take_step(desk, unit, held, "cancel", by, me, said=why)
        merchant_links.revoke(unit, refund_id)
        merchant = held.policies.merchant(held.refund.merchant)
        if was_asked and merchant is not None and merchant.contacts:
            merchants.write(desk, unit, held, merchant, "cancelled", me=me, with_link=False)
        return _done(unit, refund_id)


def remind(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    """Remind the merchant now, with a new link; the deadline stays. Raises `RefundError`, `RefundStateError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        _remind(desk, unit, hold(unit, refund_id), me)
        return _done(unit, refund_id)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What reminding many did: the refunds, and those that were not, with the reason."""

    done: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


def remind_late(desk: Desk, me: AgentRow, refund_ids: Sequence[int]) -> Reminded:
    """Remind the merchants of these refunds, each in a transaction of its own; who is not late any more is left alone.

    Not late any more is also what a colleague has reminded within the last hour.
    """
    require(me, Permission.WORK_CASES)
    done, refused = [], []
    for refund_id in refund_ids:
        try:
            with desk.database.write() as unit:
                held = hold(unit, refund_id)
                refund, merchant = held.refund, _merchant(held)
                lately = select(Refund.id).where(Refund.id == refund_id, listing.written_lately(unit.now))
                if unit.session.scalar(lately) is not None:
                    raise RefundError("The merchant was written within the last hour.")
                if refund.question or not listing.is_late(merchant, refund.asked_at, unit.now):
                    raise RefundError("The merchant is not late.")
                _remind(desk, unit, held, me)
            done.append(refund_id)
        except (CaseError, RefundStateError) as error:
            refused.append((refund_id, str(error)))
    return Reminded(tuple(done), tuple(refused))


def answer_merchant(desk: Desk, me: AgentRow, refund_id: int, text: str) -> RefundRow:
    """Answer what a merchant asked: it gets a new link, and its time begins anew. Raises `RefundError`."""
    require(me, Permission.WORK_CASES)
    text = _said(text, "There is nothing to send yet. Write what the merchant has to know.")
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        require_free_or_mine(unit, held.case, me)
        answer_question(desk, unit, held, text, me)
        return _done(unit, refund_id)


def answer_question(desk: Desk, unit: UnitOfWork, held: Held, text: str, me: AgentRow) -> Message:
    """As `answer_merchant`, inside a unit of work that holds the refund; what was written to the merchant."""
    refund, merchant = held.refund, _merchant(held)
    if not refund.question:
        raise RefundError("The merchant has asked nothing. Remind it, or write in the side conversation.")
    take_step(desk, unit, held, "answer", Actor.AGENT, me)
    refund.details = refund.details | {"exchange": [refund.question, text]}
    refund.question, refund.asked_at, refund.reminders = "", unit.now, 0
    refund.deadline_at = merchant.deadline(unit.now) or refund.deadline_at
    refund.next_at = merchant.reminder(unit.now, 0) or refund.deadline_at
    return merchants.write(desk, unit, held, merchant, "answer", me=me, reply=text)


def take_up(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    """Look at it in support's name: what was not answered, was declined, or did not work at the wallet.

    Its amount is taken of the payment again. Raises `TooMuchError`, `RefundStateError`, `NotAllowedError`.
    """
    require(me, Permission.DECIDE_REFUNDS)
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.state is RefundState.FAILED:  # the wallet never pays by the old key: a new attempt has its own
            held.refund.key, held.refund.attempt = new_key(), held.refund.attempt + 1
            held.refund.wallet_reference, held.refund.wallet_revision = "", 0
        _forget_approvals(unit, held.refund)
        take_step(desk, unit, held, "take up", Actor.SUPPORT, me)
        return _done(unit, refund_id)


def approve(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    """Approve in support's name. It is paid once as many people as it takes have, none twice, none their own.

    Raises `ApprovalError`, `RefundError`, `RefundStateError`, `NotAllowedError`.
    """
    require(me, Permission.DECIDE_REFUNDS)
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        refund, currency = held.refund, held.payment.currency
        if refund.state is not RefundState.IN_REVIEW:
            raise RefundError(f"It is {refund.state.value.replace('_', ' ')}: take it up first, then approve it.")
        if unchecked_claim(refund):
            raise RefundError("The merchant says that it has paid. The wallet is being asked; wait for its answer.")
        lock_agent(unit, me)  # two at once could both fit under the day's limit, and not together
        approved = select(RefundApproval.agent_id).where(RefundApproval.refund_id == refund_id)
        so_far = list(unit.session.scalars(approved))
        limits = limits_of(desk)
        by = Approver(me.id, me.name, _approved_today(unit, me, currency))
        check_approval(
            by, amount=refund.amount, opened_by=refund.opened_by, so_far=so_far, limits=limits, currency=currency
        )
        unit.session.add(
            RefundApproval(refund_id=refund_id, agent_id=me.id, at=unit.now, amount=refund.amount, currency=currency)
        )
        take_in_signs(desk, unit, held)
        unit.session.flush()
        unit.record(
            EventKind.REFUND_APPROVAL, case_id=held.case.id, agent_id=me.id, refund=refund_id,
            after={
                "approvals": len(so_far) + 1, "needed": refund.needed, "amount": refund.amount, "currency": currency,
            },
        )  # fmt: skip
        if len(so_far) + 1 >= refund.needed:
            take_step(desk, unit, held, "approve", Actor.SUPPORT, me)
            refund.next_at = unit.now
        return _done(unit, refund_id)


def decline(desk: Desk, me: AgentRow, refund_id: int, why: str) -> RefundRow:
    """Decline in support's name, with a reason that the customer reads. Raises as `approve` does."""
    require(me, Permission.DECIDE_REFUNDS)
    why = _said(why, "Say why: the customer reads your reason.")
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        _forget_approvals(unit, held.refund)
        take_step(desk, unit, held, "decline", Actor.SUPPORT, me, said=why)
        return _done(unit, refund_id)


def ask_again(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    """Ask the merchant once more, with a new deadline. Raises `RefundError`, `RefundStateError`, `NotAllowedError`."""
    require(me, Permission.DECIDE_REFUNDS)
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.reason is RefundReason.NOT_ME:
            raise RefundError("The customer disowned this payment. Support decides: no merchant is asked for that.")
        _forget_approvals(unit, held.refund)
        ask_merchant(desk, unit, held, _merchant(held), "ask again", Actor.SUPPORT, me)
        return _done(unit, refund_id)


def _remind(desk: Desk, unit: UnitOfWork, held: Held, me: AgentRow) -> None:
    take_step(desk, unit, held, "remind", Actor.AGENT, me)
    held.refund.reminders += 1
    merchants.write(desk, unit, held, _merchant(held), "remind", me=me)


def _approved_today(unit: UnitOfWork, me: AgentRow, currency: str) -> int:
    day = unit.now.astimezone(DESK_ZONE).date()
    since = datetime.combine(day, time(0), DESK_ZONE)
    query = amounts(RefundApproval.amount).where(
        RefundApproval.agent_id == me.id, RefundApproval.currency == currency, RefundApproval.at >= since
    )
    return unit.session.scalar(query) or 0


def _forget_approvals(unit: UnitOfWork, refund: Refund) -> None:
    unit.session.execute(delete(RefundApproval).where(RefundApproval.refund_id == refund.id))


def _merchant(held: Held) -> MerchantPolicy:
    merchant = held.policies.merchant(held.refund.merchant)
    if merchant is None:
        raise RefundError(f"There is no policy {held.refund.merchant!r} any more. Apply its file, or decide in review.")
    return merchant


def _said(text: str, otherwise: str) -> str:
    text = clean_text(text).strip()
    if is_blank(text):
        raise RefundError(otherwise)
    return text


def _done(unit: UnitOfWork, refund_id: int) -> RefundRow:
    unit.settle()
    return row_of(unit, refund_id)
