"""Making a case of its own from some messages of another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from db.kinds import ContactKind, EventKind, LinkKind, MessageKind, OutboxState, Status
from db.models import Case, Message, OutboxItem, Participant
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.changing import case_to_change, row_of
from desk.services.claims import require_mine_or_leave
from desk.services.customers import folded_contact
from desk.services.desk import Desk
from desk.services.errors import SplitError
from desk.services.indexing import index_again
from desk.services.linking import add_link, require_not_merged, touch
from desk.services.moving import copied, move_rows


def split(desk: Desk, me: AgentRow, case_id: int, message_ids: Sequence[int]) -> CaseRow:
    """Move these messages, and no others, to a new case of the same customer; the new case.

    It is mine when the old one is. It needs somebody unless the last word in it is ours; the old one stays as it
    stands. Who wrote one of the messages without being the customer is in copy of the new case, too. `merge` puts it
    back. Raises `SplitError` for no messages, for such as are not of this case or belong to a side conversation, and
    when nothing of what was said to and by the customer would be left; `MergedCaseError`, `CaseTakenError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        require_not_merged(unit, case_id)
        require_mine_or_leave(unit, case, me)
        messages = _chosen(unit, case, message_ids)
        new = _new_case(unit, me, case, messages)
        unit.session.add(new)
        unit.session.flush()
        ids = [each.id for each in messages]
        _copy_people(desk, unit, case, new, messages)
        move_rows(unit, Message, ids, case_id, new.id)
        add_link(unit, me, new.id, case_id, LinkKind.SPLIT_FROM)
        since = _waits_since(unit, messages)
        begun = {"status": new.status.value} | ({"since": since.isoformat()} if since else {})
        unit.record(EventKind.CASE_OPENED, case_id=new.id, agent_id=me.id, channel=new.channel.value, **begun)
        for each, after in ((new, {"from": case_id}), (case, {"into": new.id})):
            unit.record(EventKind.CASE_SPLIT, case_id=each.id, agent_id=me.id, after=after, messages=ids)
        touch(unit, case)
        unit.session.flush()
        for each in (case, new):
            index_again(unit, each.id)
        return row_of(unit, new.id)


def _chosen(unit: UnitOfWork, case: Case, message_ids: Sequence[int]) -> list[Message]:
    wanted = sorted(set(message_ids))
    if not wanted:
        raise SplitError("Choose the messages that are another matter.")
    query = select(Message).where(Message.id.in_(wanted), Message.case_id == case.id).order_by(Message.id)
    found = list(unit.session.scalars(query))
    if len(found) != len(wanted):
        raise SplitError(f"Not all of these messages are on #{case.id} any more. Look at it again, then choose.")
    if any(each.side_id is not None for each in found):
        raise SplitError("Mail with a third party stays with its side conversation. Choose messages of the customer.")
    rest = select(Message.id).where(
        Message.case_id == case.id,
        Message.id.not_in(wanted),
        Message.side_id.is_(None),
        Message.kind != MessageKind.NOTE,
    )
    if unit.session.scalar(rest.limit(1)) is None:
        raise SplitError(f"Nothing would be left on #{case.id}. Leave at least one message there.")
    return found


def _new_case(unit: UnitOfWork, me: AgentRow, case: Case, messages: Sequence[Message]) -> Case:
    first = next((each for each in messages if each.kind is not MessageKind.NOTE), messages[0])
    is_mine = case.assignee_id == me.id
    waits_since = _waits_since(unit, messages)
    status = Status.OPEN if is_mine else Status.NEW
    return Case(
        channel=first.channel,
        status=status if waits_since else Status.WAITING_CUSTOMER,
        priority=case.priority,
        language=case.language,
        subject=clean_line(first.subject) or _first_line(first) or case.subject,
        customer_id=case.customer_id,
        assignee_id=me.id if is_mine else None,
        created_at=unit.now,
        updated_at=unit.now,
        due_at=answer_due(first.channel, case.priority, waits_since) if waits_since else None,
        mailbox=case.mailbox,
        queue=case.queue,
        spam_at=case.spam_at,
        version=1,
    )


def _waits_since(unit: UnitOfWork, messages: Sequence[Message]) -> datetime | None:
    """Since when an answer is due: the first thing that was said after our last word; None when that was the last."""
    taken_back = set(
        unit.session.scalars(
            select(OutboxItem.message_id).where(
                OutboxItem.message_id.in_([each.id for each in messages]), OutboxItem.state == OutboxState.CANCELLED
            )
        )
    )
    since: datetime | None = None
    for message in messages:
        if message.kind is MessageKind.OUTBOUND and not message.is_automatic and message.id not in taken_back:
            since = None
        elif message.kind is not MessageKind.OUTBOUND and since is None:
            since = message.at
    return since


def _first_line(message: Message) -> str:
    return clean_line(next((line for line in message.new_text.splitlines() if line.strip()), ""), 120)


def _copy_people(desk: Desk, unit: UnitOfWork, case: Case, new: Case, messages: Sequence[Message]) -> None:
    senders = {each.sender_address for each in messages if each.kind is MessageKind.INBOUND}
    folded = {folded_contact(ContactKind.EMAIL, address, desk.settings.country) for address in senders}
    for person in unit.session.scalars(select(Participant).where(Participant.case_id == case.id)).all():
        if person.folded in folded:
            unit.session.add(copied(person, new.id))
