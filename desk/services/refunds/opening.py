"""Opening a refund on a case: the payment is found, what the policy says is shown, and it is sent on its way."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import select

from db.kinds import EventKind, Language, Status
from db.kinds_refunds import RefundReason, RefundState
from db.models import Attachment, Message, Refund, RefundEvidence
from db.queries.refunds import refund_row
from db.rows import AgentRow
from db.rows_refunds import PaymentRow, RefundRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.refunds.life import Actor
from desk.rules.refunds.money import Money
from desk.rules.refunds.policy import Asked, MerchantPolicy, Rule, Verdict, decide
from desk.services.changing import case_to_change
from desk.services.claims import claim_for, require_free_or_mine
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.refunds import merchants
from desk.services.refunds.claiming import note_paid_before
from desk.services.refunds.errors import AccountSafetyError, RefundError, RefundRefusedError, TooMuchError
from desk.services.refunds.flagging import flag
from desk.services.refunds.looking import refusals
from desk.services.refunds.payments import as_payment, locked
from desk.services.refunds.policies import policies_of
from desk.services.refunds.steps import Held, hold, lock_agent, take_step
from desk.services.safety.reading import want_unless_fresh


def open_draft(
    desk: Desk, me: AgentRow, case_id: int, payment: PaymentRow, *, reason: RefundReason, amount: Money | None = None,
    evidence: Sequence[int] = (),
) -> RefundRow:  # fmt: skip
    """Keep a refund as a draft on a case; nobody is told, and nothing is taken of the payment yet.

    `payment` is as the wallet showed it, `amount` None for all that is left, `evidence` are attachments of the case.
    Raises `AccountSafetyError`, `RefundRefusedError` with the rules that refuse, `CaseTakenError`, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    if reason is RefundReason.NOT_ME:
        raise AccountSafetyError
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        if case.status is Status.CLOSED:
            raise CaseError(f"#{case_id} is closed; open the refund on a case that is open.")
        require_free_or_mine(unit, case, me)
        claim_for(unit, case, me)
        row = locked(unit, payment)
        policies = policies_of(unit.connection, unit.now.year)
        merchant = policies.required(payment)
        asked = Asked(reason, amount, len(evidence))
        path = policies.path(payment.path)
        verdict = decide(payment, asked, merchant, path, unit.now, taken=row.held + row.outside)
        _require_allowed(desk, verdict, case.language, payment.merchant_name)
        refund = Refund(
            case_id=case_id, payment_id=row.id, customer_id=case.customer_id, merchant=merchant.key,
            state=RefundState.DRAFT, state_since=unit.now, reason=reason, amount=verdict.amount.amount,
            key=new_key(), attempt=1, opened_by=me.id, opened_at=unit.now, reminders=0, tries=0, said="", question="",
            wallet_reference="", wallet_revision=0, flags=[], needed=1,
            details={"versions": policies.versions(merchant.key, payment.path), "until": verdict.until.isoformat()},
        )  # fmt: skip
        flag(desk, unit, refund, row)
        unit.session.add(refund)
        unit.session.flush()
        _keep_evidence(unit, refund, evidence)
        case.updated_at = unit.now
        unit.record(
            EventKind.REFUND_OPENED, case_id=case_id, agent_id=me.id, refund=refund.id, flags=refund.flags,
            after={
                "transaction": payment.id, "amount": refund.amount, "currency": row.currency, "reason": reason.value,
                "merchant": merchant.key,
            },
        )  # fmt: skip
        unit.settle()
        return row_of(unit, refund.id)


def send(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    """Send a draft on its way: paid by the merchant's word of beforehand, asked of it, or to support's review.

    From here on its amount is taken of the payment. Raises `RefundRefusedError`, `TooMuchError`, `RefundStateError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        send_in(desk, unit, me, refund_id)
        unit.settle()
        return row_of(unit, refund_id)


def send_in(desk: Desk, unit: UnitOfWork, me: AgentRow, refund_id: int) -> None:
    """As `send`, inside a unit of work."""
    held = hold(unit, refund_id)
    require_free_or_mine(unit, held.case, me)
    want_unless_fresh(unit, held.refund.customer_id)
    refund, payment = held.refund, held.payment
    merchant = held.policies.required(as_payment(payment))
    evidence = select(RefundEvidence.attachment_id).where(RefundEvidence.refund_id == refund.id)
    files = len(unit.session.scalars(evidence).all())
    amount = Money(refund.amount, payment.currency)
    if refund.state is RefundState.DRAFT:
        note_paid_before(unit, refund, payment)
        lock_agent(unit, me)  # of many drafts that are sent at once, each knows of those before it
        flag(desk, unit, refund, payment)
        verdict = decide(
            as_payment(payment), Asked(refund.reason, amount, files), merchant, held.policies.path(payment.path),
            unit.now, taken=payment.held + payment.outside,
        )  # fmt: skip
        if any(each.rule in {Rule.LEFT, Rule.AMOUNT} for each in verdict.refusals):
            raise TooMuchError
        _require_allowed(desk, verdict, held.case.language, payment.merchant_name)
        if verdict.is_automatic and not refund.flags:
            take_step(desk, unit, held, "approve by policy", Actor.DESK, me)
            refund.next_at = unit.now
            return
    _ask_or_review(desk, unit, held, merchant, me)


def discard(desk: Desk, me: AgentRow, refund_id: int, why: str = "") -> RefundRow:
    """Drop a draft. Raises `RefundStateError` for anything else: that is cancelled with a reason."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        if held.refund.state is not RefundState.DRAFT:
            raise RefundError(
                "It has been sent already. Cancel it with a reason: the merchant and the customer hear it."
            )
        take_step(desk, unit, held, "cancel", Actor.AGENT, me, said=why)
        unit.settle()
        return row_of(unit, refund_id)


def ask_merchant(
    desk: Desk, unit: UnitOfWork, held: Held, merchant: MerchantPolicy, act: str, by: Actor, me: AgentRow
) -> None:
    """Ask a merchant, with a deadline in its own service time, inside a unit of work."""
    refund = held.refund
    deadline = merchant.deadline(unit.now)
    if deadline is None:
        raise RefundError(f"{merchant.title} has no service hours to answer in. Support decides: send it to review.")
    refund.asked_at, refund.deadline_at, refund.reminders, refund.question = unit.now, deadline, 0, ""
    refund.answered_at = None
    take_step(desk, unit, held, act, by, me)
    refund.next_at = merchant.reminder(unit.now, 0) or deadline
    merchants.write(desk, unit, held, merchant, "ask", me=me)


def new_key() -> str:
    """A key by which the wallet knows one attempt at a refund: never used before, never guessed."""
    return f"desk-{secrets.token_hex(16)}"


def _ask_or_review(desk: Desk, unit: UnitOfWork, held: Held, merchant: MerchantPolicy, me: AgentRow) -> None:
    if merchant.contacts and merchant.deadline(unit.now) is not None:
        ask_merchant(desk, unit, held, merchant, "send", Actor.AGENT, me)
    else:
        take_step(
            desk, unit, held, "review", Actor.AGENT, me, said=f"Nobody at {merchant.title} is on file to be asked."
        )


def _require_allowed(desk: Desk, verdict: Verdict, language: Language, merchant: str) -> None:
    if not verdict.is_allowed:
        raise RefundRefusedError(refusals(desk, verdict, language, merchant))


def _keep_evidence(unit: UnitOfWork, refund: Refund, evidence: Sequence[int]) -> None:
    wanted = sorted(set(evidence))
    if not wanted:
        return
    query = (
        select(Attachment.id)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.id.in_(wanted), Message.case_id == refund.case_id)
    )
    if len(unit.session.scalars(query).all()) != len(wanted):
        raise RefundError("Not all of these files are on the case any more. Look at it again, then choose.")
    unit.session.add_all(RefundEvidence(refund_id=refund.id, attachment_id=each) for each in wanted)


def row_of(unit: UnitOfWork, refund_id: int) -> RefundRow:
    """A refund as lists show it, with what the unit of work has changed."""
    unit.session.flush()
    row = refund_row(unit.connection, refund_id)
    assert row is not None  # noqa: S101  (it is locked)
    return row
