"""Links by which a merchant answers: signed, for one refund, used once; opening one changes nothing.

A token is `id.expires.nonce.signature` in URL-safe characters. Its digest is kept, so that whoever reads the database
cannot answer in a merchant's name. What the desk shows of a mail to a merchant has `…` in the token's place, or an
agent could approve a refund of their own: the worker puts it in when the mail leaves, and what it is made of is
forgotten once it has left.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from db.kinds import Language
from db.kinds_refunds import LinkStatus, MerchantAnswer, RefundState
from db.models import Attachment, Blob, MerchantLink, Refund, RefundEvidence
from db.queries.refunds import refund_row
from db.rows import AttachmentRow
from db.rows_refunds import LinkFound, LinkSeen, RefundRow
from db.uow import UnitOfWork
from desk.rules.masking import masked_text
from desk.rules.refunds.approving import Flag
from desk.rules.refunds.life import Actor
from desk.rules.refunds.links import HIDDEN, PATH
from desk.rules.refunds.money import Money
from desk.rules.text import clean_text, is_blank
from desk.services.desk import Desk
from desk.services.refunds import tokens
from desk.services.refunds.claiming import claim
from desk.services.refunds.errors import (
    ExpiredLinkError,
    ForgedLinkError,
    MerchantLinkError,
    RevokedLinkError,
    UsedLinkError,
)
from desk.services.refunds.flagging import take_in_signs
from desk.services.refunds.policies import policies_of
from desk.services.refunds.steps import Held, hold, take_step
from desk.services.refunds.words import DESK_ZONE
from desk.services.safety.reading import want_unless_fresh

LONGEST_ANSWER = 2000


def make(unit: UnitOfWork, refund: Refund, expires_at: datetime) -> str:
    """What the token of a new link for a refund, which is locked, is made of; the links before it are taken back."""
    revoke(unit, refund.id)
    body = f"{refund.id}.{int(expires_at.timestamp())}.{secrets.token_urlsafe(18)}"
    digest = tokens.digest(tokens.signed(tokens.key_of(unit.connection, tokens.MERCHANT_KEY), body))
    unit.session.add(MerchantLink(refund_id=refund.id, digest=digest, made_at=unit.now, expires_at=expires_at))
    unit.session.flush()
    return body


def hidden_url(desk: Desk) -> str:
    """The address that a mail has in its text while the desk has it; empty where the settings say none."""
    base = desk.settings.refunds.link_url.rstrip("/")
    return f"{base}{PATH}{HIDDEN}" if base else ""


def revoke(unit: UnitOfWork, refund_id: int) -> int:
    """Take back every link of a refund that was not used; how many there were."""
    open_links = (
        MerchantLink.refund_id == refund_id, MerchantLink.used_at.is_(None), MerchantLink.revoked_at.is_(None)
    )  # fmt: skip
    change = update(MerchantLink).where(*open_links).values(revoked_at=unit.now)
    return len(unit.session.scalars(change.returning(MerchantLink.id)).all())


def find(desk: Desk, token: str) -> LinkFound:
    """What a link opens; nothing is changed, however often it is opened.

    Raises `ForgedLinkError`, `UsedLinkError`, `RevokedLinkError`, `ExpiredLinkError`.
    """
    with desk.database.read() as connection:
        link = _link(connection, token)
        row = refund_row(connection, link.refund_id)
        if row is None:
            raise ForgedLinkError
        _check_open(row.state, link.used_at, link.revoked_at, link.expires_at, desk.clock())
        merchant = policies_of(connection, desk.clock().year).merchant(row.merchant)
        return LinkFound(
            link_id=link.id,
            refund=row,
            language=merchant.language if merchant else Language.ENGLISH,
            partial=merchant.partial if merchant else False,
            expires_at=link.expires_at,
        )


def seen(desk: Desk, token: str) -> LinkSeen:
    """What its page shows of a link, open or not; nothing is changed. Raises `ForgedLinkError`."""
    with desk.database.read() as connection:
        link = _link(connection, token)
        row = refund_row(connection, link.refund_id)
        if row is None:
            raise ForgedLinkError
        merchant = policies_of(connection, desk.clock().year).merchant(row.merchant)
        answered = link if link.used_at is not None else _decided(connection, link)
        status = _status(link, answered is not None, row.state, desk.clock())
        return LinkSeen(
            token=token,
            status=status,
            refund=row,
            title=merchant.title if merchant else row.merchant_name,
            language=merchant.language if merchant else Language.ENGLISH,
            zone=merchant.zone if merchant else DESK_ZONE,
            partial=merchant.partial if merchant else False,
            expires_at=link.expires_at,
            files=_evidence(connection, row.id) if status is LinkStatus.OPEN else (),
            exchange=_exchange(connection, row.id) if status is LinkStatus.OPEN else None,
            answer=answered.answer if answered is not None else None,
            answered_at=answered.used_at if answered is not None else None,
        )


def evidence(desk: Desk, token: str, attachment_id: int) -> tuple[str, bytes]:
    """A file that goes along with a refund, its name and bytes, for who has its open link. Raises as `find`."""
    refund = find(desk, token).refund
    with desk.database.read() as connection:
        query = (
            select(Attachment.filename, Blob.data)
            .join(Blob, Blob.sha256 == Attachment.sha256)
            .join(RefundEvidence, RefundEvidence.attachment_id == Attachment.id)
            .where(RefundEvidence.refund_id == refund.id, Attachment.id == attachment_id)
        )
        found = connection.execute(query).one_or_none()
    if found is None:
        raise ForgedLinkError
    return found.filename, found.data


def use(
    desk: Desk,
    token: str,
    answer: MerchantAnswer,
    *,
    amount: Money | None = None,
    said: str = "",
    files: Sequence[tuple[str, str, bytes]] = (),
) -> RefundRow:
    """Answer by a link, once: the first answer stands, and whoever comes second is told so.

    `amount` approves a part; `said` is a reason, which a refusal needs, or a question, and is kept with what nobody
    should send masked; `files` are name, type and bytes of what goes with it, kept on the case. Raises what `find`
    raises, and `MerchantLinkError` when the answer cannot be taken as it is: then the link stays open.
    """
    said = masked_text(clean_text(said).strip())[0][:LONGEST_ANSWER]
    with desk.database.read() as connection:
        refund_id = _link(connection, token).refund_id
    with desk.database.write() as unit:
        held = hold(unit, refund_id)
        query = select(MerchantLink).where(MerchantLink.digest == tokens.digest(token))
        link = unit.session.scalars(query.execution_options(populate_existing=True)).one()
        _check_open(held.refund.state, link.used_at, link.revoked_at, link.expires_at, unit.now)
        _take(desk, unit, held, answer, amount, said)
        want_unless_fresh(unit, held.refund.customer_id)
        link.used_at, link.answer = unit.now, answer
        unit.session.flush()
        if files or said:
            from desk.services.refunds.merchants import keep_answer

            keep_answer(unit, held, answer, said, files)
        unit.settle()
        row = refund_row(unit.connection, refund_id)
    assert row is not None  # noqa: S101  (it is locked)
    return row


def _take(desk: Desk, unit: UnitOfWork, held: Held, answer: MerchantAnswer, amount: Money | None, said: str) -> None:
    refund, payment = held.refund, held.payment
    match answer:
        case MerchantAnswer.APPROVE:
            approve(desk, unit, held, amount or Money(refund.amount, payment.currency), said)
        case MerchantAnswer.DECLINE:
            if is_blank(said):
                raise MerchantLinkError("Say why: the customer is told your reason.")
            refund.answered_at = unit.now
            take_step(desk, unit, held, "decline", Actor.MERCHANT, said=said)
        case MerchantAnswer.ASK:
            if is_blank(said):
                raise MerchantLinkError("Write your question.")
            refund.question = said
            take_step(desk, unit, held, "ask", Actor.MERCHANT, said=said)
        case MerchantAnswer.ALREADY_PAID:
            refund.answered_at = unit.now
            claim(refund, unit.now)
            said = said or "The merchant says that it has paid already."
            take_step(desk, unit, held, "claim paid", Actor.MERCHANT, said=said)


def approve(desk: Desk, unit: UnitOfWork, held: Held, amount: Money, said: str) -> None:
    """What a merchant's yes does, to all that was asked or a part of it."""
    refund, payment = held.refund, held.payment
    merchant = held.policies.merchant(refund.merchant)
    if amount.currency != payment.currency or not 0 < amount.amount <= refund.amount:
        raise MerchantLinkError("Approve the amount that was asked for, or less; no more than that.")
    if amount.amount < refund.amount and merchant is not None and not merchant.partial:
        raise MerchantLinkError("By your agreement with us payments are refunded in whole.")
    refund.amount, refund.answered_at = amount.amount, unit.now
    take_in_signs(desk, unit, held)
    if Flag.SIGNS.value in refund.flags:  # the money would go to an account that somebody else may be at
        take_step(desk, unit, held, "approve on review", Actor.MERCHANT, said=said or "The merchant has approved it.")
        return
    take_step(desk, unit, held, "approve", Actor.MERCHANT, said=said)
    refund.next_at = unit.now


def _check_open(
    state: RefundState, used_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> None:
    if used_at is not None:
        raise UsedLinkError
    if revoked_at is not None:
        raise RevokedLinkError
    if now >= expires_at:
        raise ExpiredLinkError
    if state is not RefundState.WITH_MERCHANT:
        raise UsedLinkError


def _link(connection: Connection, token: str) -> Row[*tuple[Any, ...]]:
    """The link of a token. Raises `ForgedLinkError`; without asking for the link where the signature is wrong."""
    key = tokens.known_key(connection, tokens.MERCHANT_KEY)
    if key is None or tokens.body_of(key, token) is None:
        raise ForgedLinkError
    query = select(
        MerchantLink.id, MerchantLink.refund_id, MerchantLink.made_at, MerchantLink.expires_at, MerchantLink.used_at,
        MerchantLink.revoked_at, MerchantLink.answer,
    )  # fmt: skip
    found = connection.execute(query.where(MerchantLink.digest == tokens.digest(token))).first()
    if found is None:
        raise ForgedLinkError
    return found


def _decided(connection: Connection, link: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
    """The answer by a later link of the same refund that left no more to say."""
    query = (
        select(MerchantLink.answer, MerchantLink.used_at)
        .where(MerchantLink.refund_id == link.refund_id, MerchantLink.used_at >= link.made_at)
        .where(MerchantLink.answer != MerchantAnswer.ASK)
        .order_by(MerchantLink.id.desc())
    )
    return connection.execute(query.limit(1)).first()


def _status(link: Row[*tuple[Any, ...]], is_answered: bool, state: RefundState, now: datetime) -> LinkStatus:
    if is_answered:
        return LinkStatus.USED
    if state is RefundState.UNANSWERED or (link.revoked_at is None and now >= link.expires_at):
        return LinkStatus.EXPIRED
    if state is not RefundState.WITH_MERCHANT:
        return LinkStatus.OVER
    return LinkStatus.OPEN if link.revoked_at is None else LinkStatus.REPLACED


def _exchange(connection: Connection, refund_id: int) -> tuple[str, str] | None:
    details = connection.scalar(select(Refund.details).where(Refund.id == refund_id)) or {}
    said = details.get("exchange")
    return (said[0], said[1]) if said else None


def _evidence(connection: Connection, refund_id: int) -> tuple[AttachmentRow, ...]:
    query = (
        select(Attachment.id, Attachment.filename, Attachment.content_type, Attachment.size)
        .join(RefundEvidence, RefundEvidence.attachment_id == Attachment.id)
        .where(RefundEvidence.refund_id == refund_id)
        .order_by(Attachment.id)
    )
    return tuple(AttachmentRow(*row) for row in connection.execute(query))


def expiry(deadline_at: datetime) -> datetime:
    """Until when a link works: as long as the merchant may answer."""
    return deadline_at.astimezone(UTC)
