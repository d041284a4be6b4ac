"""One case with all that its page shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Integer, Select, bindparam, func, or_, select

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
    facts = select(Case.follows_id, Case.review_id, Case.mailbox, Case.queue, Case.spam_at, Case.skill, Case.call_from)
    follows, review, mailbox, queue, spam_at, skill, call_from = connection.execute(
        facts.where(Case.id == case_id)
    ).one()
    return CaseDetail(
        case=case,
        customer=_customer(connection, case.customer_id),
        messages=messages,
        earlier=earlier,
        tags=_tags(connection, case_id),
        other_cases=_other_cases(connection, case),
        follows_id=follows,
        review_id=review,
        drafts=_drafts(connection, case_id, agent_id),
        links=_links(connection, case_id),
        participants=_participants(connection, case_id),
        sides=_sides(connection, case_id),
        mailbox=mailbox,
        queue=queue,
        spam_at=spam_at,
        skill=skill,
        call_from=call_from,
        proposal=proposal(connection, case_id),
        promise=next(reversed(promises_of(connection, case_id)), None),
        guide_run=_guide_run(connection, case_id),
        refunds=refunds_of(connection, case_id),
    )


def _guide_run(connection: Connection, case_id: int) -> tuple[int, int] | None:
    query = select(GuideRun.id, GuideRun.version)
    row = connection.execute(query.where(GuideRun.case_id == case_id, GuideRun.ended_at.is_(None))).one_or_none()
    return None if row is None else (row.id, row.version)


def promises_of(connection: Connection, case_id: int) -> tuple[PromiseRow, ...]:
    """What the customer of a case was told, oldest first."""
    told = (CasePromise.made_at, CasePromise.until, CasePromise.told, CasePromise.state, CasePromise.settled_at)
    query = select(*told).where(CasePromise.case_id == case_id).order_by(CasePromise.id)
    return tuple(PromiseRow(*row) for row in connection.execute(query))


def messages_before(connection: Connection, case_id: int, before_id: int | None, limit: int) -> tuple[MessageRow, ...]:
    """Up to `limit` messages before one (or the latest), oldest first."""
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
        .where(Message.case_id == case_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(Message.id < before_id)
    rows = [MessageRow(*row) for row in connection.execute(query)][::-1]
    ids = [row.id for row in rows]
    attachments = _attachments(connection, ids)
    deliveries = _deliveries(connection, ids)
    return tuple(replace(row, attachments=tuple(attachments[row.id]), delivery=deliveries.get(row.id)) for row in rows)


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


def _customer(connection: Connection, customer_id: int) -> CustomerRow:
    known = (Customer.id, Customer.name, Customer.language, Customer.created_at, Customer.tier)
    who = connection.execute(select(*known).where(Customer.id == customer_id)).one()
    contacts = connection.execute(
        select(
            ContactPoint.kind,
            ContactPoint.value,
            ContactPoint.provider,
            ContactPoint.undeliverable_at,
            ContactPoint.undeliverable_why,
            ContactPoint.blocked_at,
        )
        .where(ContactPoint.customer_id == customer_id)
        .order_by(ContactPoint.id)
    )
    reached = tuple(ContactRow(*row) for row in contacts)
    return CustomerRow(who.id, who.name, who.language, who.created_at, contacts=reached, tier=who.tier)


def _tags(connection: Connection, case_id: int) -> tuple[str, ...]:
    query = select(Tag.name).join(CaseTag, CaseTag.tag_id == Tag.id).where(CaseTag.case_id == case_id)
    return tuple(connection.scalars(query.order_by(Tag.name)))


def _other_cases(connection: Connection, case: CaseRow) -> tuple[CaseRow, ...]:
    query = (
        case_rows()
        .where(Case.customer_id == case.customer_id, Case.id != case.id)
        .order_by(Case.id.desc())
        .limit(OTHER_CASES_SHOWN)
    )
    return tuple(as_case_row(row) for row in connection.execute(query))


def _drafts(connection: Connection, case_id: int, agent_id: int) -> tuple[DraftRow, ...]:
    query = select(Draft.kind, Draft.text, Draft.answers, Draft.saved_at, Draft.details).where(
        Draft.case_id == case_id, Draft.agent_id == agent_id
    )
    rows = connection.execute(query)
    return tuple(
        DraftRow(kind, text, tuple(answers), saved_at, details) for kind, text, answers, saved_at, details in rows
    )


def _links(connection: Connection, case_id: int) -> tuple[LinkRow, ...]:
    query = select(CaseLink.case_id, CaseLink.other_id, CaseLink.kind).where(
        or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id)
    )
    found = connection.execute(query.limit(OTHER_CASES_SHOWN)).all()
    if not found:
        return ()
    others = {row.other_id if row.case_id == case_id else row.case_id for row in found}
    rows = {row.id: as_case_row(row) for row in connection.execute(case_rows().where(Case.id.in_(others)))}
    links = [
        LinkRow(kind, rows[other_id if from_id == case_id else from_id], from_id == case_id)
        for from_id, other_id, kind in found
    ]
    return tuple(sorted(links, key=lambda link: link.other.id))


def _participants(connection: Connection, case_id: int) -> tuple[ParticipantRow, ...]:
    query = (
        select(Participant.address, Participant.name, Agent.name, Participant.added_at, Participant.joined_at)
        .outerjoin(Agent, Agent.id == Participant.agent_id)
        .where(Participant.case_id == case_id)
        .order_by(Participant.added_at, Participant.folded)
    )
    return tuple(ParticipantRow(*row) for row in connection.execute(query))


def _sides(connection: Connection, case_id: int) -> tuple[SideRow, ...]:
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
        .where(SideConversation.case_id == case_id)
        .order_by(SideConversation.id)
    )
    return tuple(SideRow(*row) for row in connection.execute(query))


def _attachments(connection: Connection, message_ids: Iterable[int]) -> defaultdict[int, list[AttachmentRow]]:
    found: defaultdict[int, list[AttachmentRow]] = defaultdict(list)
    query: Select[*tuple[Any, ...]] = (
        select(Attachment.message_id, Attachment.id, Attachment.filename, Attachment.content_type, Attachment.size)
        .where(Attachment.message_id.in_(message_ids))
        .order_by(Attachment.message_id, Attachment.position)
    )
    for message_id, *rest in connection.execute(query):
        found[message_id].append(AttachmentRow(*rest))
    return found


def _deliveries(connection: Connection, message_ids: Iterable[int]) -> dict[int, DeliveryRow]:
    query: Select[*tuple[Any, ...]] = select(
        OutboxItem.message_id,
        OutboxItem.state,
        OutboxItem.not_before,
        OutboxItem.attempts,
        OutboxItem.error,
        OutboxItem.sent_at,
        OutboxItem.scheduled_for,
        OutboxItem.held_why,
    ).where(OutboxItem.message_id.in_(message_ids))
    return {message_id: DeliveryRow(*rest) for message_id, *rest in connection.execute(query)}
