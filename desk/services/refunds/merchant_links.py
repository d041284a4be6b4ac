"""Links by which a merchant answers: signed, for one refund, used once; opening one changes nothing.

A token is `id.expires.nonce.signature` in URL-safe characters: HMAC-SHA256 by the desk's own key over all before it.
Only its digest is kept, so that whoever reads the database cannot answer in a merchant's name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds import Language
from db.kinds_refunds import MerchantAnswer, RefundState
from db.models import DeskInfo, MerchantLink, Refund
from db.queries.refunds import refund_row
from db.rows_refunds import LinkFound, RefundRow
from db.uow import UnitOfWork
from desk.rules.refunds.approving import Flag
from desk.rules.refunds.life import Actor
from desk.rules.refunds.money import Money
from desk.rules.text import clean_text, is_blank
from desk.services.desk import Desk
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

KEY_NAME = "merchant_link_key"
KEY_BYTES = 32
LONGEST_TOKEN = 200
LONGEST_ANSWER = 2000
PATH = "/refund/"
"""Where `desk serve` answers links, below the address of the settings."""

Said = Literal["approve", "decline", "ask", "already_paid"]


def make(unit: UnitOfWork, refund: Refund, expires_at: datetime) -> str:
    """A new link's token for a refund, which is locked; the links before it are taken back."""
    revoke(unit, refund.id)
    body = f"{refund.id}.{int(expires_at.timestamp())}.{secrets.token_urlsafe(18)}"
    token = f"{body}.{_signature(_key(unit.connection), body)}"
    unit.session.add(MerchantLink(refund_id=refund.id, digest=_digest(token), made_at=unit.now, expires_at=expires_at))
    unit.session.flush()
    return token


def url_of(desk: Desk, token: str) -> str:
    """The address to put into a mail; empty where the settings say none."""
    base = desk.settings.refunds.link_url.rstrip("/")
    return f"{base}{PATH}{token}" if base else ""


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
        key = connection.scalar(select(DeskInfo.value).where(DeskInfo.key == KEY_NAME))
        if key is None:
            raise ForgedLinkError
        _check_signature(bytes.fromhex(key), token)
        link = connection.execute(
            select(
                MerchantLink.id, MerchantLink.refund_id, MerchantLink.expires_at, MerchantLink.used_at,
                MerchantLink.revoked_at,
            ).where(MerchantLink.digest == _digest(token))
        ).first()  # fmt: skip
        if link is None:
            raise ForgedLinkError
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

    `amount` approves a part; `said` is a reason, which a refusal needs, or a question; `files` are name, type and bytes
    of what goes with it, kept on the case. Raises what `find` raises, and `MerchantLinkError` when the answer cannot be
    taken as it is: then the link stays open.
    """
    said = clean_text(said).strip()[:LONGEST_ANSWER]
    with desk.database.read() as connection:
        key = connection.scalar(select(DeskInfo.value).where(DeskInfo.key == KEY_NAME))
    if key is None:
        raise ForgedLinkError
    _check_signature(bytes.fromhex(key), token)
    with desk.database.write() as unit:
        known = select(MerchantLink.refund_id).where(MerchantLink.digest == _digest(token))
        refund_id = unit.session.scalar(known)
        if refund_id is None:
            raise ForgedLinkError
        held = hold(unit, refund_id)
        query = select(MerchantLink).where(MerchantLink.digest == _digest(token))
        link = unit.session.scalars(query.execution_options(populate_existing=True)).one()
        _check_open(held.refund.state, link.used_at, link.revoked_at, link.expires_at, unit.now)
        _take(desk, unit, held, answer, amount, said)
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
            take_step(
                desk,
                unit,
                held,
                "claim paid",
                Actor.MERCHANT,
                said=said or "The merchant says that it has paid already.",
            )
            refund.next_at = unit.now
            refund.details = refund.details | {"claims_paid": unit.now.isoformat()}


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


def _check_signature(key: bytes, token: str) -> None:
    body, _, signature = token.rpartition(".")
    is_shaped = len(token) <= LONGEST_TOKEN and token.isascii() and body.count(".") == 2
    if not is_shaped or not hmac.compare_digest(_signature(key, body), signature):
        raise ForgedLinkError


def _signature(key: bytes, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode(), "sha256")).decode().rstrip("=")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(connection: Connection) -> bytes:
    query = select(DeskInfo.value).where(DeskInfo.key == KEY_NAME)
    known = connection.scalar(query)
    if known is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        made = dialect.insert(DeskInfo).values(key=KEY_NAME, value=secrets.token_hex(KEY_BYTES))
        connection.execute(made.on_conflict_do_nothing())
        known = connection.scalar(query)
    return bytes.fromhex(str(known))


def expiry(deadline_at: datetime) -> datetime:
    """Until when a link works: as long as the merchant may answer."""
    return deadline_at.astimezone(UTC)
