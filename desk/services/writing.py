"""Putting messages of our own together inside a unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from db.kinds import Channel, MessageKind, OutboxState
from db.models import AnswerVersion, CannedAnswer, Case, ContactPoint, Customer, Message, MessageAnswer, OutboxItem
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.addressing import ADDRESSED_BY, reply_address, reply_subject
from desk.rules.answers import made_of, open_variables
from desk.rules.recipients import LONGEST_LOCAL
from desk.services.case_tokens import token_key
from desk.services.customers import folded_contact
from desk.services.desk import Desk
from desk.services.errors import UnfilledAnswerError, UnreachableCustomerError


def outbound(
    desk: Desk, unit: UnitOfWork, case: Case, me: AgentRow | None, text: str, details: dict[str, Any]
) -> Message:
    """An answer to the customer at the address they are known by, with `details` remembered on it.

    `me` is None when no person writes it: then it is automatic, and says so.
    Mail goes to the address on file that the customer last wrote from, never to a Reply-To that a stranger chose, and
    it answers what a person wrote: not the bounce or the absence note that came after.
    Raises `UnreachableCustomerError`.
    """
    last = _last_heard(unit, case)
    details = details | {
        "to": _address(desk, unit, case, last),
        "to_name": unit.session.get_one(Customer, case.customer_id).name,
    }
    message = _message(unit, case, me, MessageKind.OUTBOUND, text)
    if case.channel is Channel.EMAIL:
        key = token_key(unit.connection)
        address, _ = desk.settings.mail.answers_as(case.mailbox)
        message.external_id = f"desk.{case.id}.{secrets.token_hex(12)}@{address.rpartition('@')[2]}"
        message.subject = reply_subject(case.subject, case.id, key)
        details |= {"mailbox": case.mailbox} if case.mailbox else {}
        details |= _reply_to(desk, case, address, key)
        if last is not None and last.external_id is not None:
            references = [*last.details.get("references", ()), last.external_id]
            details |= {"in_reply_to": last.external_id, "references": references}
    message.details = details
    unit.session.add(message)
    unit.session.flush()
    return message


def addressed_to(desk: Desk, unit: UnitOfWork, case: Case) -> str:
    """Where an answer to the customer would go. Raises `UnreachableCustomerError`."""
    return _address(desk, unit, case, _last_heard(unit, case))


def whereto(message: Message) -> dict[str, Any]:
    """Where a message of ours was to go, as the details of a draft say it."""
    details = message.details
    if message.side_id is None:
        return {
            kind: [f"{name} <{address}>" if name else address for name, address in details[kind]]
            for kind in ("cc", "bcc")
            if details.get(kind)
        }
    return {
        "to": details.get("to", ""),
        "name": details.get("to_name", ""),
        "subject": message.subject,
        "side_id": message.side_id,
    }


def owe(unit: UnitOfWork, message: Message, leaves_at: datetime, *, is_for_later: bool = False) -> OutboxItem:
    """Its place in the outbox: it is sent once `leaves_at` has come, which its writer chose when `is_for_later`."""
    item = OutboxItem(
        message_id=message.id,
        channel=message.channel,
        state=OutboxState.QUEUED,
        not_before=leaves_at,
        scheduled_for=leaves_at if is_for_later else None,
        attempts=0,
        created_at=unit.now,
    )
    unit.session.add(item)
    return item


def note_on(unit: UnitOfWork, case: Case, me: AgentRow | None, text: str) -> Message:
    """A note on a case, with its id; of the desk itself where nobody wrote it."""
    message = _message(unit, case, me, MessageKind.NOTE, text)
    unit.session.add(message)
    unit.session.flush()
    return message


def remember_answers(unit: UnitOfWork, message_id: int, answers: Sequence[str]) -> None:
    """Keep which canned answers (`key@version:language`) a message was made from."""
    named = {found[:2]: found[2] for each in answers if (found := made_of(each)) is not None}
    for version in answers_named(unit, answers):
        language = named[version.answer.key, version.number]
        unit.session.add(MessageAnswer(message_id=message_id, version_id=version.id, language=language))


def declared_variables(unit: UnitOfWork, answers: Sequence[str]) -> frozenset[str]:
    """The variables that these canned answers (`key@version`) declare."""
    return frozenset(name for version in answers_named(unit, answers) for name in version.variables)


def require_filled(text: str, declared: Collection[str] = ()) -> None:
    """Nothing leaves with a variable of a canned answer open in it. Raises `UnfilledAnswerError`."""
    if still_open := open_variables(text, declared):
        raise UnfilledAnswerError(still_open)


def answers_of(unit: UnitOfWork, message_id: int) -> list[str]:
    """The canned answers a message was made from, as `key@version:language`."""
    query = (
        select(CannedAnswer.key, AnswerVersion.number, MessageAnswer.language)
        .join(AnswerVersion, AnswerVersion.answer_id == CannedAnswer.id)
        .join(MessageAnswer, MessageAnswer.version_id == AnswerVersion.id)
        .where(MessageAnswer.message_id == message_id)
        .order_by(CannedAnswer.key)
    )
    return [
        f"{key}@{number}:{code}" if code else f"{key}@{number}" for key, number, code in unit.session.execute(query)
    ]


def answers_named(unit: UnitOfWork, answers: Sequence[str]) -> Sequence[AnswerVersion]:
    """The versions that these names (`key@version:language`) mean; those that there are not are left out."""
    named = {found[:2] for each in answers if (found := made_of(each)) is not None}
    if not named:
        return ()
    versions = (
        select(AnswerVersion)
        .join(CannedAnswer)
        .where(tuple_(CannedAnswer.key, AnswerVersion.number).in_(sorted(named)))
        .order_by(AnswerVersion.id)
    )
    return unit.session.scalars(versions).all()


def _reply_to(desk: Desk, case: Case, address: str, key: bytes) -> dict[str, str]:
    """Where the answer to an answer is to go: the case's own address, where the mail server knows such."""
    named = reply_address(address, case.id, key)
    fits = len(named.rpartition("@")[0].encode()) <= LONGEST_LOCAL
    return {"reply_to": named} if desk.settings.mail.subaddressing and fits else {}


def _last_heard(unit: UnitOfWork, case: Case) -> Message | None:
    """What was last heard from the customer, a person's words before a program's."""
    return unit.session.scalar(
        select(Message)
        .where(Message.case_id == case.id, Message.kind == MessageKind.INBOUND, Message.side_id.is_(None))
        .order_by(Message.is_automatic, Message.id.desc())
        .limit(1)
    )


def _address(desk: Desk, unit: UnitOfWork, case: Case, last: Message | None) -> str:
    kind = ADDRESSED_BY[case.channel]
    known = unit.session.execute(
        select(ContactPoint.value, ContactPoint.folded)
        .where(ContactPoint.customer_id == case.customer_id, ContactPoint.kind == kind)
        .order_by(ContactPoint.id)
    ).all()
    if not known:
        raise UnreachableCustomerError(case.id, kind)
    written_from = folded_contact(kind, last.sender_address, desk.settings.country) if last is not None else None
    return next((value for value, folded in known if folded == written_from), known[0].value)


def _message(unit: UnitOfWork, case: Case, me: AgentRow | None, kind: MessageKind, text: str) -> Message:
    return Message(
        case_id=case.id,
        kind=kind,
        channel=case.channel,
        at=unit.now,
        agent_id=me.id if me else None,
        sender_name=me.name if me else "",
        is_automatic=me is None,
        text=text,
        new_text=text,
        details={},
    )
