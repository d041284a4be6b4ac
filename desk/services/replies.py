"""Answering: replies to customers and notes among ourselves, each with its way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.kinds import DraftKind, EventKind, MessageKind, OutboxState, Status
from db.models import Case, Message, OutboxItem
from db.queries.search_index import add_terms
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.lifecycle import after_reply, check_change
from desk.rules.permissions import Permission, may, require
from desk.rules.text import clean_text, is_blank
from desk.services.answer_actions import act, leave, may_follow, status_after
from desk.services.answer_actions import take_back as take_back_acts
from desk.services.changes import move_to
from desk.services.changing import FIELDS, as_json, case_to_change, row_of
from desk.services.claims import claim_for, require_free_or_mine
from desk.services.copies import copies_of, read_copies, remove_people, require_copies_possible
from desk.services.desk import Desk
from desk.services.draft_files import send_along, take_back_files
from desk.services.drafts import draft_details, draft_text, forget_draft, keep_draft
from desk.services.errors import (
    CaseError,
    EmptyMessageError,
    HeldBackError,
    NewMessageError,
    TooLateError,
)
from desk.services.quality import held_back, note_override
from desk.services.scheduling import note_moment, on_its_way, to_come
from desk.services.writing import (
    answers_named,
    answers_of,
    declared_variables,
    note_on,
    outbound,
    owe,
    remember_answers,
    require_filled,
    whereto,
)


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
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    files: Sequence[int] | None = None,
    at: datetime | None = None,
    despite: str = "",
) -> Sent:
    """Answer the customer; the message, its place in the outbox and the end of the draft are one transaction.

    `seen` is the last message that the writer had on screen; `then` is the status to leave the case in (else it
    waits for the customer, or stands as the answers in it say); `answers` names these as `key@version:language`. By
    mail, `cc` and `bcc` get copies: who is in `cc` has part in the case from then on. `files` are positions of my
    draft's files that go along, None all of them. An unclaimed case becomes mine; one that somebody else has is theirs
    to answer, whatever my role, until I take it. With `at` (aware, to come within a year) it goes then; the case stands
    from now on as if it had gone, and a message of the customer holds it. With `despite`, the reason, it goes although
    a check of its text keeps it back: that is an event; an open variable is no such check. Raises
    `NotLaterError`, `EmptyMessageError`, `UnfilledAnswerError`, `HeldBackError`, `NewMessageError`, `CaseTakenError`,
    `UnreachableCustomerError`, `RecipientError`, `FilesError`, `CaseError` when the case is closed or its channel has
    no copies, `StatusChangeError`; nothing was sent then, and the draft stays.
    """
    require(me, Permission.WORK_CASES)
    text = clean_text(text).rstrip()
    if is_blank(text):
        raise EmptyMessageError
    seen_copies, unseen_copies = read_copies(desk, cc), read_copies(desk, bcc)
    with desk.database.write() as unit:
        leaves_at = unit.now + timedelta(seconds=desk.settings.outbox.undo_seconds)
        if at is not None:
            leaves_at = to_come(at, unit.now)
        declared = declared_variables(unit, answers)
        require_filled(text, declared)
        case = case_to_change(unit, case_id)
        if case.status is Status.CLOSED:
            raise CaseError(f"#{case_id} is closed; answer in the customer's next case.")
        require_copies_possible(case, seen_copies, unseen_copies)
        require_free_or_mine(unit, case, me)
        _require_all_seen(unit, case_id, seen)
        going = 1 if files is None else len(files)  # where the draft's files were not counted, none is missed
        held = held_back(unit, case, text, leaves_at, declared, going)
        if held and not despite:
            raise HeldBackError(held)
        before = as_json({name: getattr(case, name) for name in FIELDS})
        versions = answers_named(unit, answers)
        asked, sleep = status_after(versions)
        after = then or after_reply(case.status)
        if then is None and asked is not None and may_follow(case.status, asked):
            after = asked
        check_change(case.status, after)
        claim_for(unit, case, me)
        details = {"before": before, "after": after.value, "of": case_id}
        details |= copies_of(unit, case, me, seen_copies, unseen_copies)
        message = outbound(desk, unit, case, me, text, details)
        send_along(unit, me, case_id, DraftKind.REPLY, message.id, files)
        owe(unit, message, leaves_at, is_for_later=at is not None)
        remember_answers(unit, message.id, answers)
        forget_draft(unit, me, case_id, DraftKind.REPLY)
        move_to(unit, case, after, me)
        if then is None and sleep is not None and may_follow(case.status, Status.ON_HOLD):
            leave(unit, case, me, sleep)
        acted = act(desk, unit, case, me, versions)
        message.details = {**message.details, "after": case.status.value, **({"acted": acted} if acted else {})}
        case.updated_at = unit.now
        unit.record(
            EventKind.MESSAGE_WRITTEN,
            case_id=case_id,
            agent_id=me.id,
            message=message.id,
            before=before,
            after={"status": case.status.value, "answers": list(answers)},
        )
        if held:
            note_override(unit, message, me, held, despite)
        if at is not None:
            note_moment(unit, message, me, None, leaves_at)
        add_terms(unit.connection, case_id, text)
        return Sent(message.id, case_id, leaves_at, row_of(unit, case_id))


def note(desk: Desk, me: AgentRow, case_id: int, text: str) -> int:
    """Write a note that stays inside the desk; its message id. Raises `EmptyMessageError`."""
    require(me, Permission.WORK_CASES)
    text = clean_text(text).rstrip()
    if is_blank(text):
        raise EmptyMessageError
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        message = note_on(unit, case, me, text)
        case.updated_at = unit.now
        forget_draft(unit, me, case_id, DraftKind.NOTE)
        unit.record(EventKind.NOTE_WRITTEN, case_id=case_id, agent_id=me.id, message=message.id)
        add_terms(unit.connection, case_id, text)
        return message.id


def take_back(desk: Desk, me: AgentRow, message_id: int) -> str:
    """Take an answer back before it leaves: the case stands as before, its text is the draft again and is returned.

    Its files and its people in copy are the draft's again, too. What I have begun to write since stays, below it. A
    case that has moved on since, or to which the answer came from another one, is left as it is. Who wrote it takes it
    back; one that waits for a later moment, also somebody who may take cases from others. Raises `TooLateError` once
    anybody has tried to send it, `CaseError` when it is not mine.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        found = on_its_way(unit, message_id)
        if found is None:
            raise CaseError("Only an answer to a customer can be taken back.")
        case, message, item = found
        if message.agent_id != me.id and (item.scheduled_for is None or not may(me, Permission.TAKE_FROM_OTHERS)):
            raise CaseError("Only who wrote an answer takes it back.")
        if "refund" in message.details:  # the refund has moved on with it, and its links with that
            raise CaseError("What tells of a refund is not taken back. Stop the refund instead, or write once more.")
        if item.state is not OutboxState.QUEUED or item.attempts or item.error is not None:
            raise TooLateError
        item.state = OutboxState.CANCELLED
        unit.record(EventKind.MESSAGE_TAKEN_BACK, case_id=case.id, agent_id=me.id, message=message_id)
        if _stands_as_it_left_it(unit, case, message):
            _stand_as_before(unit, case, message.details["before"], me)
            take_back_acts(unit, case, me, message.details.get("acted", {}))
        remove_people(unit, case.id, message.details.get("people", ()))
        case.updated_at = unit.now
        return _draft_again(unit, me, message)


def retry(desk: Desk, me: AgentRow, message_id: int) -> None:
    """Send an answer again, now, that failed or whose fate is unknown. Raises `CaseError` for any other."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        query = select(OutboxItem).where(OutboxItem.message_id == message_id).with_for_update()
        item = unit.session.scalar(query)
        if item is None or item.state not in {OutboxState.FAILED, OutboxState.UNKNOWN}:
            raise CaseError("Only an answer that failed, or of which nobody knows, can be sent again.")
        item.state = OutboxState.QUEUED
        item.attempts = 0  # its error stays: what may have left once can't be taken back any more
        item.not_before = unit.now
        item.held_why = None
        item.lease_owner = item.looked_for_at = None
        message = unit.session.get_one(Message, message_id)
        unit.record(EventKind.MESSAGE_RETRIED, case_id=message.case_id, agent_id=me.id, message=message_id)


def _stand_as_before(unit: UnitOfWork, case: Case, before: Mapping[str, Any], me: AgentRow) -> None:
    move_to(unit, case, Status(before["status"]), me)
    for name in ("due_at", "snoozed_until", "solved_at", "closed_at"):
        setattr(case, name, datetime.fromisoformat(before[name]) if before[name] else None)


def _stands_as_it_left_it(unit: UnitOfWork, case: Case, message: Message) -> bool:
    """Whether nothing has come after a message that took its case somewhere else."""
    details = message.details
    is_its_own = details.get("of", case.id) == case.id
    return is_its_own and case.status.value == details.get("after") and not _spoken_after(unit, case.id, message.id)


def _draft_again(unit: UnitOfWork, me: AgentRow, message: Message) -> str:
    """Make a message my draft again, above what I have begun since; its text with that."""
    kind = DraftKind.REPLY if message.side_id is None else DraftKind.SIDE
    begun, of_begun = draft_text(unit, me, message.case_id, kind)
    text = f"{message.text}\n\n{begun}" if begun.strip() else message.text
    answers = dict.fromkeys([*answers_of(unit, message.id), *of_begun])
    details = draft_details(unit, me, message.case_id, kind) | whereto(message)
    take_back_files(unit, me, message.case_id, kind, message.id)
    keep_draft(unit, me, message.case_id, kind, text, tuple(answers), details)
    return text


def _require_all_seen(unit: UnitOfWork, case_id: int, seen: int) -> None:
    unseen = (
        select(Message.sender_name)
        .where(Message.case_id == case_id, Message.id > seen, Message.kind != MessageKind.NOTE)
        .where(~(Message.is_automatic & (Message.kind == MessageKind.OUTBOUND)))
        .where(Message.side_id.is_(None) | (Message.kind == MessageKind.INBOUND))
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(OutboxItem.state.is_distinct_from(OutboxState.CANCELLED))
        .order_by(Message.id)
        .limit(1)
    )
    found = unit.session.execute(unseen).one_or_none()
    if found is not None:
        raise NewMessageError(case_id, found.sender_name or "Somebody")


def _spoken_after(unit: UnitOfWork, case_id: int, message_id: int) -> bool:
    """Whether anybody wrote after a message: the customer, or one of us to them with what has not been taken back."""
    later = (
        select(Message.id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(Message.case_id == case_id, Message.id > message_id, Message.side_id.is_(None))
        .where(
            (Message.kind == MessageKind.INBOUND)
            | ((Message.kind == MessageKind.OUTBOUND) & ~Message.is_automatic)
            & OutboxItem.state.is_distinct_from(OutboxState.CANCELLED)
        )
    )
    return unit.session.scalar(later.limit(1)) is not None
