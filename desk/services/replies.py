"""Answering: replies to customers and notes among ourselves, each with its way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from db.kinds import DraftKind, EventKind, MessageKind, OutboxState, Status
from db.models import Case, Draft, Message, OutboxItem
from db.queries.cases import case_row
from db.queries.search_index import add_terms
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.answers import open_variables
from desk.rules.lifecycle import after_reply, check_change
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_text
from desk.services.changes import move_to
from desk.services.changing import case_to_change
from desk.services.claims import claim_for
from desk.services.desk import Desk
from desk.services.errors import (
    CaseError,
    CaseNotFoundError,
    EmptyMessageError,
    NewMessageError,
    TooLateError,
    UnfilledAnswerError,
)
from desk.services.writing import answers_of, message_on, outbound, remember_answers


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way; until `undo_until` it can be taken back."""

    message_id: int
    case_id: int
    undo_until: datetime
    case: CaseRow


def reply(
    desk: Desk,
    me: AgentRow,
    case_id: int,
    text: str,
    *,
    seen: int,
    then: Status | None = None,
    answers: Sequence[str] = (),
) -> Sent:
    """Answer the customer; the message, its place in the outbox and the end of the draft are one transaction.

    `seen` is the last message that the writer had on screen; `then` is the status to leave the case in (else it
    waits for the customer); `answers` names the canned answers in it as `key@version`. An unclaimed case becomes
    mine. Raises `EmptyMessageError`, `UnfilledAnswerError`, `NewMessageError`, `CaseTakenError`, `CaseError`
    when the customer cannot be reached on this channel; nothing was sent then.
    """
    require(me, Permission.WORK_CASES)
    text = _checked(text, answers)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        if case.status is Status.CLOSED:
            raise CaseError(f"#{case_id} is closed; answer in the customer's next case.")
        claim_for(unit, case, me)
        _require_all_seen(unit, case_id, seen)
        message = outbound(desk, unit, case, me, text)
        before = {"status": case.status.value, "due_at": case.due_at.isoformat() if case.due_at else None}
        message.details |= {"before": before}
        item = OutboxItem(
            message_id=message.id,
            channel=case.channel,
            state=OutboxState.QUEUED,
            not_before=unit.now + timedelta(seconds=desk.settings.outbox.undo_seconds),
            attempts=0,
            created_at=unit.now,
        )
        unit.session.add(item)
        remember_answers(unit, message.id, answers)
        unit.session.execute(
            delete(Draft).where(Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == DraftKind.REPLY)
        )
        after = then or after_reply(case.status)
        check_change(case.status, after)
        move_to(unit, case, after, me)
        case.updated_at = unit.now
        unit.record(
            EventKind.MESSAGE_WRITTEN,
            case_id=case_id,
            agent_id=me.id,
            message=message.id,
            before=before,
            after={"answers": list(answers)},
        )
        add_terms(unit.session.connection(), case_id, text)
        row = _row(unit, case_id)
        return Sent(message.id, case_id, item.not_before, row)


def note(desk: Desk, me: AgentRow, case_id: int, text: str) -> int:
    """Write a note that stays inside the desk; its message id. Raises `EmptyMessageError`."""
    require(me, Permission.WORK_CASES)
    text = clean_text(text)
    if not text.strip():
        raise EmptyMessageError
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        message = message_on(unit, case, me, MessageKind.NOTE, text)
        case.updated_at = unit.now
        unit.session.execute(
            delete(Draft).where(Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == DraftKind.NOTE)
        )
        unit.record(EventKind.NOTE_WRITTEN, case_id=case_id, agent_id=me.id, message=message.id)
        add_terms(unit.session.connection(), case_id, text)
        return message.id


def take_back(desk: Desk, me: AgentRow, message_id: int) -> str:
    """Take an answer back before it leaves: its text becomes the draft again, the case stands as before.

    Raises `TooLateError` once it is being sent.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        query = select(OutboxItem).where(OutboxItem.message_id == message_id).with_for_update()
        item = unit.session.scalar(query)
        if item is None or item.state is not OutboxState.QUEUED or item.attempts:
            raise TooLateError
        message = unit.session.get_one(Message, message_id)
        if message.agent_id != me.id:
            raise CaseError("Only who wrote an answer takes it back.")
        item.state = OutboxState.CANCELLED
        case = case_to_change(unit, message.case_id)
        if not _spoken_after(unit, message.case_id, message_id):
            _stand_as_before(unit, case, message, me)
        unit.session.merge(
            Draft(
                case_id=message.case_id,
                agent_id=me.id,
                kind=DraftKind.REPLY,
                text=message.text,
                answers=answers_of(unit, message_id),
                saved_at=unit.now,
            )
        )
        case.updated_at = unit.now
        unit.record(EventKind.MESSAGE_TAKEN_BACK, case_id=message.case_id, agent_id=me.id, message=message_id)
        return message.text


def retry(desk: Desk, me: AgentRow, message_id: int) -> None:
    """Send an answer again, now, that failed or whose fate is unknown. Raises `CaseError` for any other."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        query = select(OutboxItem).where(OutboxItem.message_id == message_id).with_for_update()
        item = unit.session.scalar(query)
        if item is None or item.state not in {OutboxState.FAILED, OutboxState.UNKNOWN}:
            raise CaseError("Only an answer that failed, or of which nobody knows, can be sent again.")
        item.state = OutboxState.QUEUED
        item.attempts = 0
        item.not_before = unit.now
        message = unit.session.get_one(Message, message_id)
        unit.record(EventKind.MESSAGE_RETRIED, case_id=message.case_id, agent_id=me.id, message=message_id)


def _stand_as_before(unit: UnitOfWork, case: Case, message: Message, me: AgentRow) -> None:
    before = message.details["before"]
    if before["due_at"] is not None:
        case.due_at = datetime.fromisoformat(before["due_at"])
    move_to(unit, case, Status(before["status"]), me)


def _checked(text: str, answers: Sequence[str]) -> str:
    text = clean_text(text).rstrip()
    if not text.strip():
        raise EmptyMessageError
    still_open = open_variables(text, answers)
    if still_open:
        raise UnfilledAnswerError(still_open)
    return text


def _require_all_seen(unit: UnitOfWork, case_id: int, seen: int) -> None:
    unseen = (
        select(Message.sender_name)
        .where(Message.case_id == case_id, Message.id > seen, Message.kind != MessageKind.NOTE)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(OutboxItem.state.is_distinct_from(OutboxState.CANCELLED))
        .order_by(Message.id)
        .limit(1)
    )
    found = unit.session.execute(unseen).one_or_none()
    if found is not None:
        raise NewMessageError(case_id, found.sender_name or "Somebody")


def _spoken_after(unit: UnitOfWork, case_id: int, message_id: int) -> bool:
    later = select(Message.id).where(
        Message.case_id == case_id, Message.id > message_id, Message.kind == MessageKind.INBOUND
    )
    return unit.session.scalar(later.limit(1)) is not None


def _row(unit: UnitOfWork, case_id: int) -> CaseRow:
    unit.session.flush()
    row = case_row(unit.session.connection(), case_id)
    if row is None:
        raise CaseNotFoundError(case_id)
    return row
