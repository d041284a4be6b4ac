"""Side conversations: mail about a case with somebody who is not its customer, in a thread of its own.

A third party gets neither the case's number nor its signed name: with either, what they send could reach the
customer's thread. What they answer is known by the Message-ID that it refers to, which holds 128 random bits and
nothing else, together with the address that we wrote to.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.kinds import Channel, ContactKind, DraftKind, EventKind, MessageKind, OutboxState, Status
from db.kinds_refunds import RefundState
from db.models import Attachment, Case, ContactPoint, Message, OutboxItem, Refund, SideConversation
from db.queries.search_index import add_terms
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.lifecycle import check_change
from desk.rules.permissions import Permission, require
from desk.rules.sides import Said, answer_subject, is_mailable, quoted
from desk.rules.text import clean_line, clean_text, is_blank
from desk.services.changes import move_to
from desk.services.changing import FIELDS, as_json, case_to_change, row_of
from desk.services.claims import claim_for, require_free_or_mine
from desk.services.customers import folded_contact
from desk.services.desk import Desk
from desk.services.draft_files import send_along
from desk.services.drafts import forget_draft
from desk.services.errors import CaseError, EmptyMessageError, SideError, SideNotFoundError
from desk.services.own_addresses import own_addresses
from desk.services.replies import Sent
from desk.services.scheduling import note_moment, to_come
from desk.services.writing import owe, require_filled

MOST_FORWARDED = 20 * 1024 * 1024
"""Bytes of files that go along: more than this most mail servers refuse."""


def start(
    desk: Desk,
    me: AgentRow,
    case_id: int,
    *,
    to: str,
    name: str,
    subject: str,
    text: str,
    forward: bool = False,
    then: Status | None = None,
    at: datetime | None = None,
) -> Sent:
    """Write to somebody about a case, in a new thread that its customer does not see.

    They learn what `subject` and `text` say, and with `forward` what was said to and by the customer, and its files.
    `then` is a status to leave the case in, such as waiting for the merchant; else it stays. An unclaimed case becomes
    mine. It goes through the outbox as an answer does, at the moment `at` (aware, to come within a year) where one is
    given, and is held and taken back as one. Raises `NotLaterError`, `EmptyMessageError`, `SideError`,
    `UnfilledAnswerError` for what the desk fills in, `CaseTakenError`, `StatusChangeError`, `CaseError` when the case
    is closed.
    """
    require(me, Permission.WORK_CASES)
    text, subject, address = clean_text(text).rstrip(), clean_line(subject), clean_line(to, 1000).strip()
    if is_blank(text):
        raise EmptyMessageError
    require_filled(text)
    if is_blank(subject):
        raise SideError("Mail to a third party needs a subject. Say what it is about, and no more than they may know.")
    with desk.database.write() as unit:
        case = _case(unit, me, case_id)
        side = SideConversation(
            case_id=case_id,
            address=address,
            folded=_folded(desk, unit, case, address),
            name=clean_line(name, 200),
            subject=subject,
            agent_id=me.id,
            created_at=unit.now,
        )
        unit.session.add(side)
        unit.session.flush()
        unit.record(EventKind.SIDE_OPENED, case_id=case_id, agent_id=me.id, side=side.id, after={"to": address})
        files = _files_of(unit, case_id) if forward else ()
        if forward:
            text = f"{text}\n\n{quoted(_conversation(unit, case_id))}".rstrip()
        return _send(desk, unit, me, _Letter(case, side, subject, text, files=files, at=at), then)


def answer(
    desk: Desk, me: AgentRow, side_id: int, text: str, *, then: Status | None = None, at: datetime | None = None
) -> Sent:
    """Write again in a side conversation. Raises as `start` does, and `SideNotFoundError`.

    Where a merchant has asked about a refund, that is the answer: it goes now, and brings a new link and time.
    """
    require(me, Permission.WORK_CASES)
    text = clean_text(text).rstrip()
    if is_blank(text):
        raise EmptyMessageError
    require_filled(text)
    with desk.database.write() as unit:
        side = unit.session.get(SideConversation, side_id)
        if side is None:
            raise SideNotFoundError(side_id)
        if (asked := _question(unit, side_id)) is not None:
            return _answer_question(desk, unit, me, asked, text, then, at)
        if not is_mailable(side.address):
            raise SideError(f"{side.name} is no person with mail: a program is asked there, and gets nothing by hand.")
        case = _case(unit, me, side.case_id)
        unit.session.refresh(side)  # the case is locked only now; it may have been merged before
        if side.case_id != case.id:
            raise SideNotFoundError(side_id)
        thread = _thread(unit, side_id)
        details: dict[str, Any] = {"in_reply_to": thread[-1], "references": thread} if thread else {}
        subject = answer_subject(side.subject) if thread else side.subject
        return _send(desk, unit, me, _Letter(case, side, subject, text, details=details, at=at), then)


def _question(unit: UnitOfWork, side_id: int) -> int | None:
    """The refund about which the merchant of a side conversation has asked, and waits for an answer."""
    asked = select(Refund.id).where(
        Refund.side_id == side_id, Refund.state == RefundState.WITH_MERCHANT, Refund.question != ""
    )
    return unit.session.scalar(asked.order_by(Refund.id).limit(1))


def _answer_question(
    desk: Desk, unit: UnitOfWork, me: AgentRow, refund_id: int, text: str, then: Status | None, at: datetime | None
) -> Sent:
    from desk.services.refunds.deciding import answer_question
    from desk.services.refunds.steps import hold

    if at is not None:
        raise SideError("This answers what the merchant has asked, with a new link and time: send it now, not later.")
    held = hold(unit, refund_id)
    require_free_or_mine(unit, held.case, me)
    claim_for(unit, held.case, me)
    message = answer_question(desk, unit, held, text, me)
    send_along(unit, me, held.case.id, DraftKind.SIDE, message.id, forwarded=())
    forget_draft(unit, me, held.case.id, DraftKind.SIDE)
    if then is not None:
        check_change(held.case.status, then)
        move_to(unit, held.case, then, me)
    unit.settle()
    leaves_at = unit.session.scalars(select(OutboxItem.not_before).where(OutboxItem.message_id == message.id)).one()
    return Sent(message.id, held.case.id, leaves_at, row_of(unit, held.case.id))


@dataclass(frozen=True, slots=True)
class _Letter:
    case: Case
    side: SideConversation
    subject: str
    text: str
    files: Sequence[Attachment] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """The later moment at which it goes; None for now."""


def _send(desk: Desk, unit: UnitOfWork, me: AgentRow, letter: _Letter, then: Status | None) -> Sent:
    case = letter.case
    before = as_json({name: getattr(case, name) for name in FIELDS})
    claim_for(unit, case, me)
    after = then or case.status
    check_change(case.status, after)
    message = _message(desk, unit, me, letter, {"before": before, "after": after.value if then else None})
    leaves_at = unit.now + timedelta(seconds=desk.settings.outbox.undo_seconds)
    if letter.at is not None:
        leaves_at = to_come(letter.at, unit.now)
        note_moment(unit, message, me, None, leaves_at)
    item = owe(unit, message, leaves_at, is_for_later=letter.at is not None)
    send_along(unit, me, message.case_id, DraftKind.SIDE, message.id, forwarded=letter.files)
    forget_draft(unit, me, case.id, DraftKind.SIDE)
    move_to(unit, case, after, me)
    case.updated_at = unit.now
    written = {"status": after.value, "side": letter.side.id}
    unit.record(
        EventKind.MESSAGE_WRITTEN, case_id=case.id, agent_id=me.id, message=message.id, before=before, after=written
    )
    whom = (letter.side.name, letter.side.address)
    add_terms(unit.connection, case.id, letter.subject, letter.text, *whom)
    return Sent(message.id, case.id, item.not_before, row_of(unit, case.id))


def _message(desk: Desk, unit: UnitOfWork, me: AgentRow, letter: _Letter, details: dict[str, Any]) -> Message:
    domain = desk.settings.mail.from_address.rpartition("@")[2]
    whence = {"mailbox": letter.case.mailbox} if letter.case.mailbox else {}
    message = Message(
        case_id=letter.case.id,
        side_id=letter.side.id,
        kind=MessageKind.OUTBOUND,
        channel=Channel.EMAIL,
        external_id=f"desk.{secrets.token_hex(16)}@{domain}",
        at=unit.now,
        agent_id=me.id,
        sender_name=me.name,
        subject=letter.subject,
        text=letter.text,
        new_text=letter.text,
        details=details
        | whence
        | {"to": letter.side.address, "to_name": letter.side.name, "of": letter.case.id}
        | dict(letter.details),
    )
    unit.session.add(message)
    unit.session.flush()
    return message


def _case(unit: UnitOfWork, me: AgentRow, case_id: int) -> Case:
    case = case_to_change(unit, case_id)
    if case.status is Status.CLOSED:
        raise CaseError(f"#{case_id} is closed; write to others from a case that is open.")
    require_free_or_mine(unit, case, me)
    return case


def _folded(desk: Desk, unit: UnitOfWork, case: Case, address: str) -> str:
    """The address as it is compared; neither the customer's nor ours. Raises `SideError`."""
    folded = folded_contact(ContactKind.EMAIL, address, desk.settings.country) or ""
    if not is_mailable(folded) or not is_mailable(address):
        raise SideError(
            f"{address[:100]!r} is not an address that mail can be sent to. Write one, as name@shop.example."
        )
    if own_addresses(desk.settings).has(folded):
        raise SideError(f"{address} is the desk's own address. Write to somebody else, or leave a note.")
    of_customer = select(ContactPoint.id).where(
        ContactPoint.customer_id == case.customer_id,
        ContactPoint.kind == ContactKind.EMAIL,
        ContactPoint.folded == folded,
    )
    if unit.session.scalar(of_customer) is not None:
        raise SideError(f"{address} is the customer of #{case.id}. Answer them on the case itself.")
    return folded


def _thread(unit: UnitOfWork, side_id: int) -> list[str]:
    """The Message-IDs of what was said in a side conversation, oldest first, without what was taken back."""
    query = (
        select(Message.external_id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(Message.side_id == side_id, Message.external_id.is_not(None))
        .where(OutboxItem.state.is_distinct_from(OutboxState.CANCELLED))
        .order_by(Message.id)
    )
    return [name for name in unit.session.scalars(query) if name]


def _conversation(unit: UnitOfWork, case_id: int) -> list[Said]:
    """What was said to and by the customer; no notes, no other side conversation, nothing that was taken back."""
    query = (
        select(Message.sender_name, Message.at, Message.new_text, Message.text)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(*_seen_by_the_customer(case_id))
        .order_by(Message.id)
    )
    return [Said(name, at, text if is_blank(new) else new) for name, at, new, text in unit.session.execute(query)]


def _files_of(unit: UnitOfWork, case_id: int) -> Sequence[Attachment]:
    """The files of that conversation; not the originals of mail, which name everybody."""
    query = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(*_seen_by_the_customer(case_id), Attachment.sha256.is_distinct_from(Message.raw_sha256))
        .order_by(Message.id, Attachment.position)
    )
    files = unit.session.scalars(query).all()
    if sum(each.size for each in files) > MOST_FORWARDED:
        raise SideError("The files of this case are too large to forward together. Write without forwarding instead.")
    return files


def _seen_by_the_customer(case_id: int) -> tuple[Any, ...]:
    return (
        Message.case_id == case_id,
        Message.side_id.is_(None),
        Message.kind != MessageKind.NOTE,
        ~Message.is_automatic,
        OutboxItem.state.is_(None)
        | OutboxItem.state.not_in([OutboxState.CANCELLED, OutboxState.FAILED])
        & (OutboxItem.scheduled_for.is_(None) | (OutboxItem.state == OutboxState.SENT)),
    )
