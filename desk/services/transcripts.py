"""Transcripts: what was said in a chat, quoted in the first mail of a case that goes on by mail."""

from __future__ import annotations

from sqlalchemy import select

from db.kinds import Channel, MessageKind, OutboxState
from db.models import Case, Message, OutboxItem
from db.uow import UnitOfWork
from desk.rules.text import clean_text

MOST_TRANSCRIPT = 4_000
"""Characters of a chat that go with the first mail after it."""


def quoted(said: str) -> str:
    """What was said as a mail quotes it; a long chat's beginning."""
    return "\n".join(f"> {line}" for line in clean_text(said)[:MOST_TRANSCRIPT].splitlines())


def transcript_owed(unit: UnitOfWork, case: Case) -> str:
    """What our next mail has to quote, because the case came by chat and nothing that we sent has quoted it so far.

    Empty for other cases, and once one of us has answered: an answer that was taken back does not count.
    """
    if case.channel is not Channel.EMAIL:
        return ""
    of_case = Message.case_id == case.id, Message.side_id.is_(None)
    first = select(Message.channel).where(*of_case, Message.kind == MessageKind.INBOUND).order_by(Message.id).limit(1)
    if unit.session.scalar(first) not in {Channel.CHAT, Channel.SOCIAL}:
        return ""
    sent = (
        select(Message.details, Message.is_automatic)
        .join(OutboxItem, OutboxItem.message_id == Message.id)
        .where(*of_case, Message.kind == MessageKind.OUTBOUND, OutboxItem.state != OutboxState.CANCELLED)
    )
    if any(details.get("transcript") or not is_automatic for details, is_automatic in unit.session.execute(sent)):
        return ""
    said = select(Message.new_text).where(
        *of_case, Message.kind == MessageKind.INBOUND, Message.channel != Channel.EMAIL
    )
    return quoted("\n".join(unit.session.scalars(said.order_by(Message.id))))
