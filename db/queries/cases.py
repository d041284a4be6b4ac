"""One case with all that its page shows."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from db.kinds import EventKind
from db.models.agent import Agent
from db.models.case import Case, CaseLink, CaseTag, Participant, Tag
from db.models.customer import ContactPoint, Customer
from db.models.draft import Draft
from db.models.event import Event
from db.models.guide import GuideRun
from db.models.message import Attachment, Message, SideConversation
from db.models.outbox import OutboxItem
from db.models.sla import CasePromise
from db.queries.direct import DirectQuery
from db.queries.queue import as_case_row, case_rows
from db.queries.refunds import of_case as refunds_of
from db.queries.routing import proposal
from db.rows import (
    AttachmentRow,
    CaseDetail,
    CaseRow,
    ContactRow,
    CustomerRow,
    DeliveryRow,
    DraftRow,
    EventRow,
    LinkRow,
    MessageRow,
    ParticipantRow,
    PromiseRow,
    SideRow,
)

MESSAGES_SHOWN = 100
OTHER_CASES_SHOWN = 20
BEYOND_ALL = 2**62
"""Above every id."""


def case_row(connection: Connection, case_id: int) -> CaseRow | None:
    """The case as lists show it, or None."""
    rows = _one_case().run(connection, {"case": case_id})
    return rows[0] if rows else None


@cache
def _one_case() -> DirectQuery[CaseRow]:
    """Asked after every change of a case: putting it together takes longer than asking."""
    return DirectQuery(case_rows().where(Case.id == bindparam("case", type_=Integer)), CaseRow)


def case_detail(connection: Connection, case_id: int, agent_id: int) -> CaseDetail | None:
    """The case's page with its latest `MESSAGES_SHOWN` messages and the drafts of one agent, or None."""
    case = case_row(connection, case_id)
    if case is None:
        return None
    messages = messages_before(connection, case_id, None, MESSAGES_SHOWN)
    earlier = 0
    if len(messages) == MESSAGES_SHOWN:
        older = select(func.count()).where(Message.case_id == case_id, Message.id < messages[0].id)
        earlier = connection.scalar(older) or 0
    of_case = {"case": case_id}
    follows, review, mailbox, queue, spam_at, skill, call_from = _facts().run(connection, of_case)[0]
    return CaseDetail(
        case=case,
        customer=_customer(connection, case.customer_id),
        messages=messages,
        earlier=earlier,
        tags=tuple(_tags().run(connection, of_case)),
        other_cases=_other_cases(connection, case),
        follows_id=follows,
        review_id=review,
        drafts=tuple(_drafts().run(connection, of_case | {"agent": agent_id})),
        links=_links(connection, case_id),
        participants=tuple(_participants().run(connection, of_case)),
        sides=tuple(_sides().run(connection, of_case)),
        mailbox=mailbox,
        queue=queue,
        spam_at=spam_at,
        skill=skill,
        call_from=call_from,
        proposal=proposal(connection, case_id),
        promise=next(reversed(promises_of(connection, case_id)), None),
        guide_run=next(iter(_guide_run().run(connection, of_case)), None),
        refunds=refunds_of(connection, case_id),
    )


# Put together once each: with all that a page shows, that takes longer than asking.

CASE = bindparam("case", type_=Integer)


def _together(*values: Any) -> tuple[Any, ...]:
    return values


@cache
def _facts() -> DirectQuery[tuple[Any, ...]]:
    facts = select(Case.follows_id, Case.review_id, Case.mailbox, Case.queue, Case.spam_at, Case.skill, Case.call_from)
    return DirectQuery(facts.where(Case.id == CASE), _together)


@cache
def _guide_run() -> DirectQuery[tuple[int, int]]:
    query = select(GuideRun.id, GuideRun.version).where(GuideRun.case_id == CASE, GuideRun.ended_at.is_(None))
    return DirectQuery(query, lambda run_id, version: (run_id, version))


def promises_of(connection: Connection, case_id: int) -> tuple[PromiseRow, ...]:
    """What the customer of a case was told, oldest first."""
    return tuple(_promises().run(connection, {"case": case_id}))


@cache
def _promises() -> DirectQuery[PromiseRow]:
    told = (CasePromise.made_at, CasePromise.until, CasePromise.told, CasePromise.state, CasePromise.settled_at)
    return DirectQuery(select(*told).where(CasePromise.case_id == CASE).order_by(CasePromise.id), PromiseRow)


def messages_before(connection: Connection, case_id: int, before_id: int | None, limit: int) -> tuple[MessageRow, ...]:
    """Up to `limit` messages before one (or the latest), oldest first."""
    before = BEYOND_ALL if before_id is None else before_id
    rows = _messages().run(connection, {"case": case_id, "before": before, "most": limit})[::-1]
    if not rows:
        return ()
    shown = {"case": case_id, "first": rows[0].id, "last": rows[-1].id}
    attachments: defaultdict[int, list[AttachmentRow]] = defaultdict(list)
    for message_id, attachment in _attachments().run(connection, shown):
        attachments[message_id].append(attachment)
    deliveries = dict(_deliveries().run(connection, shown))
    return tuple(replace(row, attachments=tuple(attachments[row.id]), delivery=deliveries.get(row.id)) for row in rows)


@cache
def _messages() -> DirectQuery[MessageRow]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Message.id,
            Message.kind,
            Message.channel,
            Message.at,
            Agent.name,
            Message.sender_name,
            Message.sender_address,
            Message.subject,
            Message.text,
            Message.new_text,
            Message.is_automatic,
            Message.error,
            Message.raw_sha256.is_not(None),
            Message.details,
            Message.side_id,
        )
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .where(Message.case_id == CASE, Message.id < bindparam("before", type_=BigInteger))
        .order_by(Message.id.desc())
        .limit(bindparam("most", type_=Integer))
    )
    return DirectQuery(query, MessageRow)


def _are_shown(message_id: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """That something belongs to the case's messages from the first to the last that is shown."""
    first, last = bindparam("first", type_=Integer), bindparam("last", type_=Integer)
    return message_id == Message.id, Message.case_id == CASE, Message.id.between(first, last)


@cache
def _attachments() -> DirectQuery[tuple[int, AttachmentRow]]:
    query: Select[*tuple[Any, ...]] = (
        select(Attachment.message_id, Attachment.id, Attachment.filename, Attachment.content_type, Attachment.size)
        .where(*_are_shown(Attachment.message_id))
        .order_by(Attachment.message_id, Attachment.position)
    )
    return DirectQuery(query, lambda message_id, *rest: (message_id, AttachmentRow(*rest)))


@cache
def _deliveries() -> DirectQuery[tuple[int, DeliveryRow]]:
    query: Select[*tuple[Any, ...]] = select(
        OutboxItem.message_id,
        OutboxItem.state,
        OutboxItem.not_before,
        OutboxItem.attempts,
        OutboxItem.error,
        OutboxItem.sent_at,
        OutboxItem.scheduled_for,
        OutboxItem.held_why,
    ).where(*_are_shown(OutboxItem.message_id))
    return DirectQuery(query, lambda message_id, *rest: (message_id, DeliveryRow(*rest)))


def events_before(connection: Connection, case_id: int, before_id: int | None, limit: int) -> tuple[EventRow, ...]:
    """Up to `limit` events of a case, newest first."""
    query = (
        select(Event.id, Event.at, Event.kind, Agent.name, Event.case_id, Event.data)
        .outerjoin(Agent, Agent.id == Event.agent_id)
        .where(Event.case_id == case_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(Event.id < before_id)
    return tuple(EventRow(*row) for row in connection.execute(query))


def places_of(connection: Connection, case_id: int) -> tuple[EventRow, ...]:
    """The events by which a case came into a queue, oldest first."""
    query = (
        select(Event.id, Event.at, Event.kind, Agent.name, Event.case_id, Event.data)
        .outerjoin(Agent, Agent.id == Event.agent_id)
        .where(Event.case_id == case_id, Event.kind.in_([EventKind.CASE_ROUTED, EventKind.CASE_QUEUE]))
        .order_by(Event.id)
    )
    return tuple(EventRow(*row) for row in connection.execute(query))


def _customer(connection: Connection, customer_id: int) -> CustomerRow:
    who = {"customer": customer_id}
    (customer,) = _one_customer().run(connection, who)
    return replace(customer, contacts=tuple(_contacts().run(connection, who)))


CUSTOMER = bindparam("customer", type_=Integer)


@cache
def _one_customer() -> DirectQuery[CustomerRow]:
    known = (Customer.id, Customer.name, Customer.language, Customer.created_at, Customer.tier)
    query = select(*known).where(Customer.id == CUSTOMER)
    return DirectQuery(
        query, lambda id_, name, language, since, tier: CustomerRow(id_, name, language, since, (), tier)
    )


@cache
def _contacts() -> DirectQuery[ContactRow]:
    query: Select[*tuple[Any, ...]] = (
        select(
            ContactPoint.kind,
            ContactPoint.value,
            ContactPoint.provider,
            ContactPoint.undeliverable_at,
            ContactPoint.undeliverable_why,
            ContactPoint.blocked_at,
        )
        .where(ContactPoint.customer_id == CUSTOMER)
        .order_by(ContactPoint.id)
    )
    return DirectQuery(query, ContactRow)


@cache
def _tags() -> DirectQuery[str]:
    query = select(Tag.name).join(CaseTag, CaseTag.tag_id == Tag.id).where(CaseTag.case_id == CASE)
    return DirectQuery(query.order_by(Tag.name), lambda name: name)


def _other_cases(connection: Connection, case: CaseRow) -> tuple[CaseRow, ...]:
    return tuple(_cases_of_customer().run(connection, {"customer": case.customer_id, "case": case.id}))


@cache
def _cases_of_customer() -> DirectQuery[CaseRow]:
    query = case_rows().where(Case.customer_id == CUSTOMER, Case.id != CASE)
    return DirectQuery(query.order_by(Case.id.desc()).limit(OTHER_CASES_SHOWN), CaseRow)


@cache
def _drafts() -> DirectQuery[DraftRow]:
    query = select(Draft.kind, Draft.text, Draft.answers, Draft.saved_at, Draft.details).where(
        Draft.case_id == CASE, Draft.agent_id == bindparam("agent", type_=Integer)
    )
    return DirectQuery(
        query, lambda kind, text, answers, at, details: DraftRow(kind, text, tuple(answers), at, details)
    )


def _links(connection: Connection, case_id: int) -> tuple[LinkRow, ...]:
    found = _linked().run(connection, {"case": case_id})
    if not found:
        return ()
    others = {other_id if from_id == case_id else from_id for from_id, other_id, _ in found}
    rows = {row.id: as_case_row(row) for row in connection.execute(case_rows().where(Case.id.in_(others)))}
    links = [
        LinkRow(kind, rows[other_id if from_id == case_id else from_id], from_id == case_id)
        for from_id, other_id, kind in found
    ]
    return tuple(sorted(links, key=lambda link: link.other.id))


@cache
def _linked() -> DirectQuery[tuple[Any, ...]]:
    query = select(CaseLink.case_id, CaseLink.other_id, CaseLink.kind)
    query = query.where(or_(CaseLink.case_id == CASE, CaseLink.other_id == CASE)).limit(OTHER_CASES_SHOWN)
    return DirectQuery(query, _together)


@cache
def _participants() -> DirectQuery[ParticipantRow]:
    query = (
        select(Participant.address, Participant.name, Agent.name, Participant.added_at, Participant.joined_at)
        .outerjoin(Agent, Agent.id == Participant.agent_id)
        .where(Participant.case_id == CASE)
        .order_by(Participant.added_at, Participant.folded)
    )
    return DirectQuery(query, ParticipantRow)


@cache
def _sides() -> DirectQuery[SideRow]:
    query: Select[*tuple[Any, ...]] = (
        select(
            SideConversation.id,
            SideConversation.address,
            SideConversation.name,
            SideConversation.subject,
            Agent.name,
            SideConversation.created_at,
        )
        .outerjoin(Agent, Agent.id == SideConversation.agent_id)
        .where(SideConversation.case_id == CASE)
        .order_by(SideConversation.id)
    )
    return DirectQuery(query, SideRow)
