"""Changing cases, one or many at once, each change with its way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from db.folding import TAG_LENGTH, UnusableContactError, fold_tag, without_invisible
from db.kinds import NEEDS_SOMEBODY, EventKind, Status
from db.models import Case, CaseTag, Tag, Topic
from db.rows import AgentRow
from db.types import NaiveTimeError
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.lifecycle import check_change
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.changing import FIELDS, Done, as_json, for_each
from desk.services.desk import Desk
from desk.services.errors import CaseChangedError, CaseError
from desk.services.proposals import note_priority, note_topic, of_case, put_back, require_open, settlement

__all__ = [
    "Done", "accept_proposal", "known_tags", "move_to", "put_tag", "put_topic", "set_priority", "set_status",
    "set_topic", "snooze", "tag", "undo", "untag",
]  # fmt: skip


def set_priority(desk: Desk, me: AgentRow, case_ids: Sequence[int], priority: int) -> Done:
    """Priority 1 (urgent) to 4 (low); the due moment moves with it."""
    if priority not in range(1, 5):
        raise CaseError("A priority is 1 (urgent), 2, 3 (normal) or 4 (low).")

    def change(unit: UnitOfWork, case: Case) -> bool:
        return _put_priority(unit, case, priority, me)

    return for_each(desk, me, case_ids, change, also_before=settlement)


def set_status(desk: Desk, me: AgentRow, case_ids: Sequence[int], status: Status) -> Done:
    """Another status, where it may follow; opening sets a new due moment, leaving the queue clears it."""

    def change(unit: UnitOfWork, case: Case) -> bool:
        check_change(case.status, status)
        return move_to(unit, case, status, me)

    return for_each(desk, me, case_ids, change)


def set_topic(desk: Desk, me: AgentRow, case_ids: Sequence[int], topic_key: str | None) -> Done:
    """What the cases are about; None for nothing in particular."""

    def change(unit: UnitOfWork, case: Case) -> bool:
        return put_topic(unit, case, topic_key, me)

    return for_each(desk, me, case_ids, change, also_before=settlement)


def accept_proposal(desk: Desk, me: AgentRow, case_id: int) -> Done:
    """The case gets the topic and the priority that were proposed for it. Raises `CaseError` when nothing was."""
    proposal = require_open(of_case(desk, me, case_id), case_id)

    def change(unit: UnitOfWork, case: Case) -> bool:
        changed = False
        if proposal.topic_key is not None:
            changed = put_topic(unit, case, proposal.topic_key, me)
        if proposal.priority is not None:
            changed = _put_priority(unit, case, proposal.priority, me) or changed
        return changed

    return for_each(desk, me, [case_id], change, also_before=settlement)


def snooze(desk: Desk, me: AgentRow, case_ids: Sequence[int], until: datetime) -> Done:
    """Out of the queue until a moment (aware, to come); a customer's message brings a case back earlier."""

    if until.tzinfo is None:
        raise NaiveTimeError(f"{until!r} has no time zone; pass an aware moment")

    def change(unit: UnitOfWork, case: Case) -> bool:
        if until <= unit.now:
            raise CaseError("That moment has passed; choose one to come.")
        check_change(case.status, Status.ON_HOLD)
        before = {"status": case.status.value, "until": case.snoozed_until.isoformat() if case.snoozed_until else None}
        case.snoozed_until = until
        case.status = Status.ON_HOLD
        case.due_at = None
        unit.record(
            EventKind.CASE_SNOOZED,
            case_id=case.id,
            agent_id=me.id,
            before=before,
            after={"status": Status.ON_HOLD.value, "until": until.isoformat()},
        )
        return True

    return for_each(desk, me, case_ids, change)


def tag(desk: Desk, me: AgentRow, case_ids: Sequence[int], name: str) -> Done:
    """Put a tag on cases; spellings that fold alike are one tag. Raises `CaseError` when the name is none."""
    name, _ = _tag_name(name)

    return for_each(desk, me, case_ids, lambda unit, case: put_tag(unit, case, me, name), tagged=(name, True))


def untag(desk: Desk, me: AgentRow, case_ids: Sequence[int], name: str) -> Done:
    """Take a tag off cases. Raises `CaseError` when the name is none."""
    name, folded = _tag_name(name)

    def change(unit: UnitOfWork, case: Case) -> bool:
        query = select(CaseTag, Tag.name).join(Tag).where(CaseTag.case_id == case.id, Tag.folded == folded)
        found = unit.session.execute(query).one_or_none()
        if found is None:
            return False
        unit.session.delete(found[0])
        unit.record(EventKind.CASE_UNTAGGED, case_id=case.id, agent_id=me.id, before={"tag": found[1]})
        return True

    return for_each(desk, me, case_ids, change, tagged=(name, False))


def known_tags(desk: Desk, me: AgentRow) -> tuple[str, ...]:
    """Every tag in use, by name."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return tuple(connection.scalars(select(Tag.name).order_by(Tag.folded)))


def undo(desk: Desk, me: AgentRow, done: Done) -> Done:
    """Put the cases back as they were before `done`; cases that somebody has changed since are refused.

    A tag is only taken off again or put back: it gets in nobody's way.
    """
    if done.way_back is not None:
        return done.way_back(desk, me, done.changed)
    if done.tagged is not None:
        name, added = done.tagged
        return (untag if added else tag)(desk, me, done.changed, name)

    def change(unit: UnitOfWork, case: Case) -> bool:
        if case.version != done.versions[case.id]:
            raise CaseChangedError(case.id)
        before = done.before[case.id]
        after = {field: getattr(case, field) for field in FIELDS}
        for field in FIELDS:
            setattr(case, field, before[field])
        put_back(unit, case.id, before)
        unit.record(
            EventKind.CASE_PUT_BACK, case_id=case.id, agent_id=me.id, before=as_json(after), after=as_json(before)
        )
        return True

    return for_each(desk, me, done.changed, change)


def move_to(unit: UnitOfWork, case: Case, status: Status, me: AgentRow | None) -> bool:
    """Set a case's status with all that hangs on it, inside a unit of work; says whether it was another one."""
    before = case.status
    if before is status:
        return False
    case.status = status
    case.snoozed_until = None
    if status in NEEDS_SOMEBODY:
        case.due_at = case.due_at or answer_due(case.channel, case.priority, unit.now)
    else:
        case.due_at = None
    if status is Status.SOLVED:
        case.solved_at = unit.now
    elif status is not Status.CLOSED:
        case.solved_at = None
    case.closed_at = unit.now if status is Status.CLOSED else None
    case.updated_at = unit.now
    unit.record(
        EventKind.CASE_STATUS,
        case_id=case.id,
        agent_id=me.id if me else None,
        before={"status": before.value},
        after={"status": status.value},
    )
    return True


def _put_priority(unit: UnitOfWork, case: Case, priority: int, me: AgentRow) -> bool:
    note_priority(unit, case.id, priority, me)
    if case.priority == priority:
        return False
    unit.record(
        EventKind.CASE_PRIORITY,
        case_id=case.id,
        agent_id=me.id,
        before={"priority": case.priority},
        after={"priority": priority},
    )
    if case.due_at is not None:
        case.due_at += answer_due(case.channel, priority, unit.now) - answer_due(case.channel, case.priority, unit.now)
    case.priority = priority
    return True


def put_tag(unit: UnitOfWork, case: Case, me: AgentRow, name: str) -> bool:
    """Put a tag on a case inside a unit of work; says whether it was not there. Raises `CaseError`."""
    name, folded = _tag_name(name)
    found = _tag_called(unit, name, folded)
    if unit.session.get(CaseTag, (case.id, found.id)) is not None:
        return False
    unit.session.add(CaseTag(case_id=case.id, tag_id=found.id))
    unit.record(EventKind.CASE_TAGGED, case_id=case.id, agent_id=me.id, after={"tag": found.name})
    return True


def put_topic(unit: UnitOfWork, case: Case, topic_key: str | None, me: AgentRow) -> bool:
    """Set what a case is about inside a unit of work; says whether it was something else. Raises `CaseError`."""
    if topic_key is not None and unit.session.get(Topic, topic_key) is None:
        raise CaseError(f"There is no topic {topic_key!r}; pick one from the list.")
    note_topic(unit, case.id, topic_key, me)
    if case.topic_key == topic_key:
        return False
    before, case.topic_key = case.topic_key, topic_key
    unit.record(
        EventKind.CASE_TOPIC,
        case_id=case.id,
        agent_id=me.id,
        before={"topic": before},
        after={"topic": topic_key},
    )
    return True


def _tag_name(name: str) -> tuple[str, str]:
    try:
        folded = fold_tag(name)
    except UnusableContactError as error:
        raise CaseError(f"A tag needs something to read, and at most {TAG_LENGTH} characters.") from error
    name = clean_line(without_invisible(name), 1000)
    return (name if len(name) <= TAG_LENGTH else folded), folded


def _tag_called(unit: UnitOfWork, name: str, folded: str) -> Tag:
    query = select(Tag).where(Tag.folded == folded)
    found = unit.session.scalar(query)
    if found is None:
        insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
        unit.session.execute(insert(Tag).values(name=name, folded=folded).on_conflict_do_nothing())
        found = unit.session.scalars(query).one()  # mine, or that of somebody who was faster
    return found
