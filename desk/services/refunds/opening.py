"""Opening a refund on a case: the payment is found, what the policy says is shown, and it is sent on its way."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from db.kinds import ContactKind, EventKind, Language, MessageKind, Status
from db.kinds_refunds import HOLDS_NOTHING, RefundReason, RefundState
from db.models import Attachment, Case, ContactPoint, Message, Refund, RefundEvidence, RefundPayment
from db.queries.refunds import refund_row
from db.rows import AgentRow
from db.rows_refunds import PaymentRow, RefundRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.refunds.approving import Earlier, Flag, Limits, approvals_needed, flags_of
from desk.rules.refunds.finding import Candidate, clues_in, ranked
from desk.rules.refunds.life import Actor
from desk.rules.refunds.money import Money
from desk.rules.refunds.policy import Asked, MerchantPolicy, PathPolicy, Rule, Verdict, decide
from desk.rules.words import found
from desk.services.changing import case_to_change
from desk.services.claims import claim_for, require_free_or_mine
from desk.services.desk import Desk
from desk.services.errors import CaseError, CaseNotFoundError
from desk.services.refunds import merchants
from desk.services.refunds.errors import AccountSafetyError, RefundError, RefundRefusedError, TooMuchError
from desk.services.refunds.payments import as_payment, locked, payment_row, taken_of
from desk.services.refunds.policies import Policies, policies_of
from desk.services.refunds.steps import Held, hold, take_step
from desk.services.refunds.words import DESK_ZONE, refused
from desk.wallet.port import Wallet

LOOK_BACK = timedelta(days=190)
"""Longer than the longest window of a path."""
MOST_PAYMENTS = 300
MOST_MESSAGES = 20

SIGNS: Mapping[RefundReason, tuple[str, ...]] = {
    RefundReason.NOT_ME: (
        "bukan saya yang", "not me", "did not make", "didn't make", "tidak pernah membayar", "不是我", "非本人",
    ),
    RefundReason.CHARGED_TWICE: (
        "dua kali", "dobel", "double", "twice", "2x", "2 kali", "terpotong 2", "重复", "两次", "扣了两",
    ),
    RefundReason.ORDER_CANCELLED: ("dibatalkan", "batal", "cancelled", "canceled", "cancel", "取消"),
    RefundReason.NOT_RECEIVED: (
        "belum diterima", "tidak diterima", "belum sampai", "tidak sampai", "not received", "never arrived",
        "never came", "没收到", "未收到", "没有收到",
    ),
    RefundReason.NOT_AS_DESCRIBED: (
        "tidak sesuai", "rusak", "not as described", "broken", "damaged", "wrong item", "not what i ordered", "不符",
        "破损",
    ),
    RefundReason.WRONG_AMOUNT: (
        "jumlah salah", "salah jumlah", "salah nominal", "kelebihan", "wrong amount", "overcharged", "too much",
        "金额错误", "多扣",
    ),
}  # fmt: skip
"""Words by which a reason is guessed; the agent decides."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A payment that may be meant, and what the policies say about refunding all that is left of it."""

    candidate: Candidate
    verdict: Verdict
    merchant: MerchantPolicy
    path: PathPolicy | None
    said: tuple[str, ...]
    """Why it is refused, in the customer's language; empty where it is allowed."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one needs to open a refund: the payments, the likeliest first, and what to fill the form with."""

    case_id: int
    language: Language
    accounts: int
    offered: tuple[Offered, ...]
    reason: RefundReason
    amount: Money | None
    """The part that the customer names, where it is one."""
    evidence: tuple[tuple[int, str], ...]
    """Files of the customer on the case: id and name."""


def look(desk: Desk, me: AgentRow, wallet: Wallet, case_id: int) -> Look:
    """Find the payments of a case's customer, ranked by what they wrote. It asks the wallet and may take seconds.

    Raises `CaseNotFoundError`, and what the wallet raises (`desk.wallet.errors`).
    """
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        case = connection.execute(select(Case.customer_id, Case.language).where(Case.id == case_id)).first()
        if case is None:
            raise CaseNotFoundError(case_id)
        contacts = connection.execute(
            select(ContactPoint.kind, ContactPoint.folded)
            .where(ContactPoint.customer_id == case.customer_id)
            .order_by(ContactPoint.id)
        ).all()
        heard = connection.execute(
            select(Message.at, Message.subject, Message.new_text, Message.text)
            .where(Message.case_id == case_id, Message.kind == MessageKind.INBOUND, Message.side_id.is_(None))
            .order_by(Message.id.desc())
            .limit(MOST_MESSAGES)
        ).all()
        files = connection.execute(
            select(Attachment.id, Attachment.filename)
            .join(Message, Message.id == Attachment.message_id)
            .where(Message.case_id == case_id, Message.kind == MessageKind.INBOUND, Message.side_id.is_(None))
            .where(Attachment.sha256.is_distinct_from(Message.raw_sha256))
            .order_by(Attachment.id)
        ).all()
        policies = policies_of(connection, now.year)
    accounts = _accounts(wallet, [(kind, folded) for kind, folded in contacts])
    payments = [row for each in accounts for row in _payments(wallet, each, now)]
    text = "\n".join(f"{subject}\n{new or whole}" for _at, subject, new, whole in reversed(heard))
    clues = clues_in(text, heard[0].at if heard else now, DESK_ZONE, desk.settings.refunds.currency)
    reason = guessed_reason(text)
    offered = []
    with desk.database.read() as connection:
        for candidate in ranked(payments, clues, DESK_ZONE)[:MOST_PAYMENTS]:
            taken = taken_of(connection, candidate.payment.id)
            shown = _offer(policies, candidate, Asked(reason, evidence=len(files)), now, taken, case.language, desk)
            if shown is not None:
                offered.append(shown)
    part = next((m for m in sorted(clues.amounts) if offered and m < offered[0].verdict.left), None)
    is_part = part is not None and offered and "amount" not in offered[0].candidate.why
    return Look(
        case_id, case.language, len(accounts), tuple(offered), reason, part if is_part else None,
        tuple((number, name) for number, name in files),
    )  # fmt: skip


def guessed_reason(text: str) -> RefundReason:
    """The reason that a customer's words speak for; that nothing came is what most people write about."""
    from desk.rules.words import folded

    plain = folded(text)
    return next((reason for reason, words in SIGNS.items() if found(words, plain)), RefundReason.NOT_RECEIVED)


def preview(
    desk: Desk, me: AgentRow, case_id: int, payment: PaymentRow, asked: Asked
) -> tuple[Verdict, tuple[str, ...], str]:
    """What the policies say about what is asked; why it is refused, and what the customer will be told, in their words.

    Raises `RefundError` where no policy counts for the merchant, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        policies = policies_of(connection, now.year)
        taken = taken_of(connection, payment.id)
        language = connection.scalar(select(Case.language).where(Case.id == case_id))
    if language is None:
        raise CaseNotFoundError(case_id)
    merchant = policies.required(payment)
    verdict = decide(payment, asked, merchant, policies.path(payment.path), now, taken=taken)
    said = refusals(desk, verdict, language, payment.merchant_name)
    return verdict, said, _told(desk, policies, merchant, payment, verdict, language, now)


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
        refund.flags = [flag.value for flag in _flags(desk, unit, refund, row)]
        limits = limits_of(desk)
        refund.needed = approvals_needed(refund.amount, row.currency, limits, is_flagged=bool(refund.flags))
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
        held = hold(unit, refund_id)
        require_free_or_mine(unit, held.case, me)
        refund, payment = held.refund, held.payment
        merchant = held.policies.required(as_payment(payment))
        evidence = select(RefundEvidence.attachment_id).where(RefundEvidence.refund_id == refund.id)
        files = len(unit.session.scalars(evidence).all())
        amount = Money(refund.amount, payment.currency)
        taken = payment.held + payment.outside
        if refund.state is RefundState.DRAFT:
            verdict = decide(
                as_payment(payment), Asked(refund.reason, amount, files), merchant, held.policies.path(payment.path),
                unit.now, taken=taken,
            )  # fmt: skip
            if any(each.rule in {Rule.LEFT, Rule.AMOUNT} for each in verdict.refusals):
                raise TooMuchError
            _require_allowed(desk, verdict, held.case.language, payment.merchant_name)
            if verdict.is_automatic and not refund.flags:
                take_step(desk, unit, held, "approve by policy", Actor.DESK, me)
                refund.next_at = unit.now
                unit.settle()
                return row_of(unit, refund_id)
        _ask_or_review(desk, unit, held, merchant, me)
        unit.settle()
        return row_of(unit, refund_id)


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


def limits_of(desk: Desk) -> Limits:
    """What support may approve, as the settings say."""
    given = desk.settings.refunds
    return Limits(given.currency, given.two_above, given.per_agent_and_day)


def new_key() -> str:
    """A key by which the wallet knows one attempt at a refund: never used before, never guessed."""
    return f"desk-{secrets.token_hex(16)}"


def refusals(desk: Desk, verdict: Verdict, language: Language, merchant: str) -> tuple[str, ...]:
    """Why it is refused, each rule with its date, in words fit for the customer."""
    fallback = desk.settings.fallback_language
    return tuple(refused(each, language, merchant, fallback) for each in verdict.refusals)


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


def _offer(
    policies: Policies, candidate: Candidate, asked: Asked, now: datetime, taken: int, language: Language, desk: Desk
) -> Offered | None:
    merchant = policies.merchant_of(candidate.payment)
    if merchant is None:
        return None
    path = policies.path(candidate.payment.path)
    verdict = decide(candidate.payment, asked, merchant, path, now, taken=taken)
    return Offered(
        candidate, verdict, merchant, path, refusals(desk, verdict, language, candidate.payment.merchant_name)
    )


def _told(
    desk: Desk, policies: Policies, merchant: MerchantPolicy, payment: PaymentRow, verdict: Verdict,
    language: Language, now: datetime,
) -> str:  # fmt: skip
    """What the customer hears once it is sent."""
    from desk.rules.refunds.money import written
    from desk.services.refunds.words import day, moment, told

    path = policies.path(payment.path)
    deadline = merchant.deadline(now)
    state = RefundState.IN_REVIEW
    if verdict.is_automatic:
        state = RefundState.APPROVED
    elif merchant.contacts and deadline is not None:
        state = RefundState.WITH_MERCHANT
    start = deadline if state is RefundState.WITH_MERCHANT and deadline else now
    back = (path.opens(start) or start) + path.payout if path else start
    facts = {
        "merchant": payment.merchant_name, "amount": written(verdict.amount, language),
        "paid": day(payment.paid_at, language), "reference": payment.reference, "back": moment(back, language),
        "until": moment(start if state is RefundState.WITH_MERCHANT else back, language),
    }  # fmt: skip
    return told(state, language, facts, desk.settings.fallback_language)


def _accounts(wallet: Wallet, contacts: Sequence[tuple[ContactKind, str]]) -> list[str]:
    known: dict[str, None] = {}
    for kind, folded in contacts:
        if kind is ContactKind.PHONE:
            known |= dict.fromkeys(each.account_id for each in wallet.find_accounts(phone=folded))
        elif kind is ContactKind.EMAIL:
            known |= dict.fromkeys(each.account_id for each in wallet.find_accounts(email=folded))
    return list(known)


def _payments(wallet: Wallet, account_id: str, now: datetime) -> list[PaymentRow]:
    shown = wallet.transactions(account_id, since=now - LOOK_BACK, until=now + timedelta(minutes=1), limit=1000)
    return [row for each in shown if (row := payment_row(each)) is not None]


def _flags(desk: Desk, unit: UnitOfWork, refund: Refund, payment: RefundPayment) -> tuple[Flag, ...]:
    since = unit.now - timedelta(days=31)
    near = (Refund.opened_by == refund.opened_by) | (Refund.customer_id == refund.customer_id)
    if payment.device_id:
        near |= RefundPayment.device_id == payment.device_id
    query = (
        select(
            Refund.opened_at, Refund.opened_by, Refund.customer_id, RefundPayment.device_id, Refund.amount,
            RefundPayment.currency, Refund.state,
        )
        .join(RefundPayment, RefundPayment.id == Refund.payment_id)
        .where(near, Refund.opened_at >= since, Refund.state.not_in(HOLDS_NOTHING))
        .limit(500)
    )  # fmt: skip
    one = Earlier(
        unit.now, refund.opened_by, refund.customer_id, payment.device_id, refund.amount, payment.currency, refund.state
    )
    return flags_of(one, (Earlier(*row) for row in unit.session.execute(query)), limits_of(desk))


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
