"""Making anew all that search knows of a case."""

from __future__ import annotations

from sqlalchemy import select

from db.kinds import MessageKind
from db.models import Attachment, CaseTag, Message, SideConversation, Tag
from db.queries.search_index import index_case
from db.segment import document_terms
from db.uow import UnitOfWork


def index_again(unit: UnitOfWork, case_id: int) -> None:
    """Let search find a case by its number, what was said on it, its files and tags and who wrote; by nothing else."""
    texts: list[str] = [f"#{case_id}"]
    senders: list[str] = []
    query = select(Message.id, Message.kind, Message.subject, Message.text, Message.sender_name, Message.sender_address)
    of_case = query.where(Message.case_id == case_id).order_by(Message.id)
    for message_id, kind, subject, text, *sender in unit.session.execute(of_case).all():
        names = unit.session.scalars(select(Attachment.filename).where(Attachment.message_id == message_id))
        texts += [subject, text, *names]
        if kind is MessageKind.INBOUND:
            senders += sender
    sides = select(SideConversation.name, SideConversation.address).where(SideConversation.case_id == case_id)
    for whom in unit.session.execute(sides.order_by(SideConversation.id)):
        texts += whom
    tags = select(Tag.name).join(CaseTag, CaseTag.tag_id == Tag.id).where(CaseTag.case_id == case_id)
    texts += unit.session.scalars(tags)
    index_case(unit.session, case_id, document_terms(*texts, senders=senders))
