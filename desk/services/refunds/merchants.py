"""What merchants are written about a refund: a side conversation of its case, by mail, webhook or file, with a link."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db.kinds import Channel, EventKind, Language, MessageKind, OutboxState
from db.kinds_refunds import MerchantAnswer
from db.models import Attachment, Message, OutboxItem, RefundEvidence, SideConversation
from db.queries.search_index import add_terms
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.refunds.contacts import Way, way_of
from desk.rules.refunds.money import Money, written
from desk.rules.refunds.policy import MerchantPolicy
from desk.rules.sides import answer_subject
from desk.rules.text import clean_line
from desk.services.blobs import keep_blobs, sha256
from desk.services.desk import Desk
from desk.services.refunds import merchant_links
from desk.services.refunds.errors import FilesTooLargeError, RefundError
from desk.services.refunds.payloads import evidence_names, payload
from desk.services.refunds.steps import Held
from desk.services.refunds.telling import facts_of
from desk.services.refunds.tokens import MADE_OF
from desk.services.refunds.words import filled, moment, words_of
from desk.services.writing import owe

MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_FILES = 3


def write(
    desk: Desk, unit: UnitOfWork, held: Held, merchant: MerchantPolicy, what: str, *, me: AgentRow | None = None,
    reply: str = "", with_link: bool = True,
) -> Message:  # fmt: skip
    """Owe the merchant a message of the kind `what`: `ask`, `remind`, `answer` or `cancelled`.

    Its thread is made with the first one. The files of the evidence go with the first mail; who is asked in another way
    has them from the page of the link. Raises `RefundError` where the merchant has no contact.
    """
    if not merchant.contacts:
        raise RefundError(f"Nobody at {merchant.title} is on file to be asked. Support decides: send it to review.")
    refund = held.refund
    words = words_of(merchant.language).mail
    facts = facts_of(held, merchant.language, "en") | {"reply": reply}
    facts["reason"] = words_of(merchant.language).reasons[refund.reason]
    if refund.deadline_at is not None:
        facts["until"] = moment(refund.deadline_at, merchant.language, merchant.zone)
    text, link, made_of = filled(getattr(words, what), facts), "", ""
    if with_link and refund.deadline_at is not None:
        link = merchant_links.hidden_url(desk)
        made_of = merchant_links.make(unit, refund, merchant_links.expiry(refund.deadline_at))
        text += "\n\n" + (filled(words.link, facts | {"link": link}) if link else words.no_link)
    side = _side(unit, held, merchant, clean_line(filled(words.subject, facts), 998), me)
    message = _message(desk, unit, held, side, text, me)
    if link:
        message.details = message.details | {MADE_OF: made_of}
    if (way := way_of(side.address)) is not Way.MAIL:
        message.external_id = f"msg_{secrets.token_hex(16)}"
        body = payload(held, merchant, what, unit.now, reply, link, evidence_names(unit, refund.id))
        message.details = message.details | {"way": way.value, "merchant": merchant.key, "payload": body}
    elif what == "ask":
        _attach_evidence(unit, refund.id, message.id)
    owe(unit, message, unit.now if me is None else unit.now + timedelta(seconds=desk.settings.outbox.undo_seconds))
    unit.record(
        EventKind.MESSAGE_WRITTEN, case_id=held.case.id, agent_id=me.id if me else None, message=message.id,
        after={"side": side.id, "refund": refund.id},
    )  # fmt: skip
    add_terms(unit.connection, held.case.id, message.subject, message.text, side.name, side.address)
    return message


def keep_answer(
    unit: UnitOfWork, held: Held, answer: MerchantAnswer, said: str, files: Sequence[tuple[str, str, bytes]]
) -> None:
    """Keep what a merchant said on its page as a message of its side conversation, with its files."""
    if len(files) > MOST_FILES or sum(len(data) for _name, _type, data in files) > MOST_FILE_BYTES:
        raise FilesTooLargeError
    side = unit.session.get(SideConversation, held.refund.side_id) if held.refund.side_id else None
    message = Message(
        case_id=held.case.id,
        side_id=side.id if side else None,
        kind=MessageKind.INBOUND if side else MessageKind.NOTE,
        channel=Channel.EMAIL,
        external_id=None,
        at=unit.now,
        sender_name=side.name if side else "",
        sender_address=side.address if side else "",
        subject=f"{answer.value.replace('_', ' ')}",
        text=said,
        new_text=said,
        details={"refund": held.refund.id, "by_link": True},
    )
    unit.session.add(message)
    unit.session.flush()
    keep_blobs(unit.connection, [data for _name, _type, data in files])
    for position, (name, content_type, data) in enumerate(files, start=1):
        unit.session.add(
            Attachment(
                message_id=message.id, position=position, filename=clean_line(name, 255) or "file",
                content_type=clean_line(content_type, 255) or "application/octet-stream", size=len(data),
                sha256=sha256(data),
            )
        )  # fmt: skip
    unit.record(EventKind.MESSAGE_RECEIVED, case_id=held.case.id, message=message.id, side=side.id if side else None)


def _side(
    unit: UnitOfWork, held: Held, merchant: MerchantPolicy, subject: str, me: AgentRow | None
) -> SideConversation:
    refund = held.refund
    name, address = merchant.contacts[0]
    side = unit.session.get(SideConversation, refund.side_id) if refund.side_id is not None else None
    if side is None or side.address != address:
        side = SideConversation(
            case_id=held.case.id, address=address, folded=address.casefold(), name=clean_line(name, 200),
            subject=subject, agent_id=me.id if me else None, created_at=unit.now,
        )  # fmt: skip
        unit.session.add(side)
        unit.session.flush()
        refund.side_id = side.id
        unit.record(
            EventKind.SIDE_OPENED, case_id=held.case.id, agent_id=me.id if me else None, side=side.id,
            after={"to": address},
        )  # fmt: skip
    return side


def _message(
    desk: Desk, unit: UnitOfWork, held: Held, side: SideConversation, text: str, me: AgentRow | None
) -> Message:
    query = (
        select(Message.external_id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(Message.side_id == side.id, Message.external_id.is_not(None))
        .where(OutboxItem.state.is_distinct_from(OutboxState.CANCELLED))
        .order_by(Message.id)
    )
    thread = [name for name in unit.session.scalars(query) if name]
    details: dict[str, Any] = {"to": side.address, "to_name": side.name, "of": held.case.id, "refund": held.refund.id}
    details |= {"mailbox": held.case.mailbox} if held.case.mailbox else {}
    details |= {"in_reply_to": thread[-1], "references": thread} if thread else {}
    domain = desk.settings.mail.from_address.rpartition("@")[2]
    message = Message(
        case_id=held.case.id,
        side_id=side.id,
        kind=MessageKind.OUTBOUND,
        channel=Channel.EMAIL,
        external_id=f"desk.{secrets.token_hex(16)}@{domain}",
        at=unit.now,
        agent_id=me.id if me else None,
        sender_name=me.name if me else "",
        is_automatic=me is None,
        subject=answer_subject(side.subject) if thread else side.subject,
        text=text,
        new_text=text,
        details=details,
    )
    unit.session.add(message)
    unit.session.flush()
    return message


def _attach_evidence(unit: UnitOfWork, refund_id: int, message_id: int) -> None:
    query = (
        select(Attachment)
        .join(RefundEvidence, RefundEvidence.attachment_id == Attachment.id)
        .where(RefundEvidence.refund_id == refund_id)
        .order_by(Attachment.id)
    )
    for position, file in enumerate(unit.session.scalars(query).all(), start=1):
        unit.session.add(
            Attachment(
                message_id=message_id, position=position, filename=file.filename, content_type=file.content_type,
                size=file.size, sha256=file.sha256,
            )
        )  # fmt: skip


def amount_words(amount: int, currency: str, language: Language) -> str:
    """An amount as a merchant reads it."""
    return written(Money(amount, currency), language)
