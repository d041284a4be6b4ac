"""Changing cases, one or many at once, each change with its way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from db.folding import fold_tag
from db.kinds import NEEDS_SOMEBODY, EventKind, Status
from db.models import Case, CaseTag, Tag, Topic
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.lifecycle import StatusChangeError, check_change
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.errors import CaseError

FIELDS = ("status", "priority", "topic_key", "due_at", "snoozed_until", "solved_at", "closed_at")


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did: the cases changed, those refused with the reason, and what `undo` needs."""

    changed: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    before: Mapping[int, Mapping[str, Any]]
    tagged: tuple[str, bool] | None = None


Change = Callable[[UnitOfWork, Case], bool]
"""Changes one case and records it; says whether anything was different."""


def set_priority(desk: Desk, me: AgentRow, case_ids: Sequence[int], priority: int) -> Done:
    """Priority 1 (urgent) to 4 (low); the due moment moves with it."""
    if priority not in range(1, 5):
        raise CaseError("A priority is 1 (urgent), 2, 3 (normal) or 4 (low).")

    def change(unit: UnitOfWork, case: Case) -> bool:
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
            case.due_at += answer_due(case.channel, priority, unit.now) - answer_due(
                case.channel, case.priority, unit.now
            )
        case.priority = priority
        return True

    return _for_each(desk, me, case_ids, change)


def set_status(desk: Desk, me: AgentRow, case_ids: Sequence[int], status: Status) -> Done:
    """Another status, where it may follow; opening sets a new due moment, leaving the queue clears it."""

    def change(unit: UnitOfWork, case: Case) -> bool:
        check_change(case.status, status)
        return move_to(unit, case, status, me)

    return _for_each(desk, me, case_ids, change)


def set_topic(desk: Desk, me: AgentRow, case_ids: Sequence[int], topic_key: str | None) -> Done:
    """What the cases are about; None for nothing in particular."""

    def change(unit: UnitOfWork, case: Case) -> bool:
        if topic_key is not None and unit.session.get(Topic, topic_key) is None:
            raise CaseError(f"There is no topic {topic_key!r}; pick one from the list.")
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

    return _for_each(desk, me, case_ids, change)


def snooze(desk: Desk, me: AgentRow, case_ids: Sequence[int], until: datetime) -> Done:
    """Out of the queue until a moment (aware, to come); a customer's message brings a case back earlier."""

    def change(unit: UnitOfWork, case: Case) -> bool:
        if until <= unit.now:
            raise CaseError("That moment has passed; choose one to come.")
        check_change(case.status, Status.ON_HOLD)
        case.snoozed_until = until
        case.status = Status.ON_HOLD
        case.due_at = None
        unit.record(EventKind.CASE_SNOOZED, case_id=case.id, agent_id=me.id, after={"until": until.isoformat()})
        return True

    return _for_each(desk, me, case_ids, change)


def tag(desk: Desk, me: AgentRow, case_ids: Sequence[int], name: str) -> Done:
    """Put a tag on cases; spellings that fold alike are one tag."""
    name = clean_line(name, 60)
    folded = fold_tag(name)

    def change(unit: UnitOfWork, case: Case) -> bool:
        found = unit.session.scalar(select(Tag).where(Tag.folded == folded))
        if found is None:
            found = Tag(name=name, folded=folded)
            unit.session.add(found)
            unit.session.flush()
        if unit.session.get(CaseTag, (case.id, found.id)) is not None:
            return False
        unit.session.add(CaseTag(case_id=case.id, tag_id=found.id))
        unit.record(EventKind.CASE_TAGGED, case_id=case.id, agent_id=me.id, after={"tag": found.name})
        return True

    return _for_each(desk, me, case_ids, change, tagged=(name, True))


def untag(desk: Desk, me: AgentRow, case_ids: Sequence[int], name: str) -> Done:
    """Take a tag off cases."""
    folded = fold_tag(name)

    def change(unit: UnitOfWork, case: Case) -> bool:
        query = select(CaseTag).join(Tag).where(CaseTag.case_id == case.id, Tag.folded == folded)
        found = unit.session.scalar(query)
        if found is None:
            return False
        unit.session.delete(found)
        unit.record(EventKind.CASE_UNTAGGED, case_id=case.id, agent_id=me.id, before={"tag": name})
        return True

    return _for_each(desk, me, case_ids, change, tagged=(name, False))


def known_tags(desk: Desk, me: AgentRow) -> tuple[str, ...]:
    """Every tag in use, by name."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return tuple(connection.scalars(select(Tag.name).order_by(Tag.folded)))


def undo(desk: Desk, me: AgentRow, done: Done) -> Done:
    """Put the cases back as they were before `done`; cases that somebody has changed since are refused."""
    if done.tagged is not None:
        name, added = done.tagged
        return (untag if added else tag)(desk, me, done.changed, name)

    def change(unit: UnitOfWork, case: Case) -> bool:
        before = done.before[case.id]
        if case.version != before["version"] + 1:
            raise CaseError(f"#{case.id} was changed again since; set it back by hand.")
        after = {field: getattr(case, field) for field in FIELDS}
        for field in FIELDS:
            setattr(case, field, before[field])
        unit.record(
            EventKind.CASE_PUT_BACK, case_id=case.id, agent_id=me.id, before=_as_json(after), after=_as_json(before)
        )
        return True

    return _for_each(desk, me, done.changed, change)


def move_to(unit: UnitOfWork, case: Case, status: Status, me: AgentRow | None) -> bool:
    """Set a case's status with all that hangs on it, inside a unit of work; says whether it was another one."""
    before = case.status
    if before is status:
        return False
    case.status = status
    case.snoozed_until = None
    if status in NEEDS_SOMEBODY:
        case.due_at = case.due_at or answer_due(case.channel, case.priority, unit.now)
        case.solved_at = None
    else:
        case.due_at = None
    if status is Status.SOLVED:
        case.solved_at = unit.now
    if status is Status.CLOSED:
        case.closed_at = unit.now
    case.updated_at = unit.now
    unit.record(
        EventKind.CASE_STATUS,
        case_id=case.id,
        agent_id=me.id if me else None,
        before={"status": before.value},
        after={"status": status.value},
    )
    return True


def _for_each(
    desk: Desk,
    me: AgentRow,
    case_ids: Iterable[int],
    change: Change,
    *,
    tagged: tuple[str, bool] | None = None,
) -> Done:
    require(me, Permission.WORK_CASES)
    changed, refused, befores = [], [], {}
    with desk.database.write() as unit:
        # In the order of ids, so that two people with overlapping selections never wait for each other in a ring.
        for case_id in sorted(set(case_ids)):
            try:
                case = case_to_change(unit, case_id)
                before = {field: getattr(case, field) for field in (*FIELDS, "version")}
                if change(unit, case):
                    case.updated_at = unit.now
                    changed.append(case_id)
                    befores[case_id] = before
            except (CaseError, StatusChangeError) as error:
                refused.append((case_id, str(error)))
    return Done(tuple(changed), tuple(refused), befores, tagged)


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name in FIELDS
    }
