"""Looking before a refund is opened: which payment is meant, what the policies say, what the customer will hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from db.kinds import ContactKind, Language, MessageKind
from db.kinds_refunds import RefundReason, RefundState
from db.models import Attachment, Case, ContactPoint, Message
from db.rows import AgentRow
from db.rows_refunds import PaymentRow
from desk.rules.permissions import Permission, require
from desk.rules.refunds.finding import Candidate, clues_in, ranked
from desk.rules.refunds.money import Money
from desk.rules.refunds.policy import Asked, MerchantPolicy, PathPolicy, Verdict, decide
from desk.rules.words import found
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError
from desk.services.refunds.payments import payment_row, taken_of
from desk.services.refunds.policies import Policies, policies_of
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
class File:
    """A file that the customer has sent; `id` is that of the attachment, `size` in bytes."""

    id: int
    name: str
    size: int


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
    evidence: tuple[File, ...]
    """Files of the customer on the case, oldest first."""


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
            select(Attachment.id, Attachment.filename, Attachment.size)
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
        tuple(File(*row) for row in files),
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


def refusals(desk: Desk, verdict: Verdict, language: Language, merchant: str) -> tuple[str, ...]:
    """Why it is refused, each rule with its date, in words fit for the customer."""
    fallback = desk.settings.fallback_language
    return tuple(refused(each, language, merchant, fallback) for each in verdict.refusals)


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
            known |= dict.fromkeys(each.account_id for each in wallet.find_accounts(phone=f"+{folded}"))
        elif kind is ContactKind.EMAIL:
            known |= dict.fromkeys(each.account_id for each in wallet.find_accounts(email=folded))
    return list(known)


def _payments(wallet: Wallet, account_id: str, now: datetime) -> list[PaymentRow]:
    shown = wallet.transactions(account_id, since=now - LOOK_BACK, until=now + timedelta(minutes=1), limit=1000)
    return [row for each in shown if (row := payment_row(each)) is not None]
