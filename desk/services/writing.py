"""Putting messages of our own together inside a unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import select, tuple_

from db.kinds import Channel, MessageKind
from db.models import AnswerVersion, CannedAnswer, Case, ContactPoint, Customer, Message, MessageAnswer
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.addressing import ADDRESSED_BY, reply_subject
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError


def outbound(desk: Desk, unit: UnitOfWork, case: Case, me: AgentRow, text: str) -> Message:
    """An answer to the customer at the address they are known by; raises `UnreachableCustomerError`.

    Mail goes to the address on file that the customer last wrote from, never to a Reply-To that a stranger chose.
    """
    last = unit.session.scalar(
        select(Message)
        .where(Message.case_id == case.id, Message.kind == MessageKind.INBOUND)
        .order_by(Message.id.desc())
        .limit(1)
    )
    to = _address(unit, case, last)
    message = message_on(unit, case, me, MessageKind.OUTBOUND, text)
    message.details = {"to": to, "to_name": unit.session.get_one(Customer, case.customer_id).name}
    if case.channel is Channel.EMAIL:
        domain = desk.settings.mail.from_address.rpartition("@")[2]
        message.external_id = f"desk.{case.id}.{message.id}.{secrets.token_hex(8)}@{domain}"
        message.subject = reply_subject(case.subject, case.id)
        if last is not None and last.external_id is not None:
            references = [*last.details.get("references", ()), last.external_id]
            message.details |= {"in_reply_to": last.external_id, "references": references}
    return message


def _address(unit: UnitOfWork, case: Case, last: Message | None) -> str:
    kind = ADDRESSED_BY[case.channel]
    known = unit.session.execute(
        select(ContactPoint.value, ContactPoint.folded)
        .where(ContactPoint.customer_id == case.customer_id, ContactPoint.kind == kind)
        .order_by(ContactPoint.id)
    ).all()
    if not known:
        raise UnreachableCustomerError(case.id, kind)
    written_from = last.sender_address.casefold() if last is not None else ""
    return next((value for value, folded in known if written_from in {folded, value.casefold()}), known[0].value)


def message_on(unit: UnitOfWork, case: Case, me: AgentRow, kind: MessageKind, text: str) -> Message:
    """A message of ours on a case, with its id."""
    message = Message(
        case_id=case.id,
        kind=kind,
        channel=case.channel,
        at=unit.now,
        agent_id=me.id,
        sender_name=me.name,
        text=text,
        new_text=text,
        details={},
    )
    unit.session.add(message)
    unit.session.flush()
    return message


def remember_answers(unit: UnitOfWork, message_id: int, answers: Sequence[str]) -> None:
    """Keep which canned answers (`key@version`) a message was made from."""
    named = {(key, int(number)) for key, _, number in (answer.rpartition("@") for answer in answers)}
    if not named:
        return
    versions = (
        select(AnswerVersion.id)
        .join(CannedAnswer)
        .where(tuple_(CannedAnswer.key, AnswerVersion.number).in_(sorted(named)))
    )
    for version_id in unit.session.scalars(versions).all():
        unit.session.add(MessageAnswer(message_id=message_id, version_id=version_id))


def answers_of(unit: UnitOfWork, message_id: int) -> list[str]:
    """The canned answers a message was made from, as `key@version`."""
    query = (
        select(CannedAnswer.key, AnswerVersion.number)
        .join(AnswerVersion, AnswerVersion.answer_id == CannedAnswer.id)
        .join(MessageAnswer, MessageAnswer.version_id == AnswerVersion.id)
        .where(MessageAnswer.message_id == message_id)
        .order_by(CannedAnswer.key)
    )
    return [f"{key}@{number}" for key, number in unit.session.execute(query)]
