"""Getting hold of cases inside a unit of work, one or many, and remembering how they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.models import Case
from db.queries.cases import case_row
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.lifecycle import StatusChangeError
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.errors import CaseError, CaseNotFoundError

FIELDS = ("status", "priority", "topic_key", "due_at", "snoozed_until", "solved_at", "closed_at")
"""What changes touch and undoing puts back."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did: the cases changed, those refused with the reason, and what `undo` needs."""

    changed: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    before: Mapping[int, Mapping[str, Any]]
    tagged: tuple[str, bool] | None = None
    versions: Mapping[int, int] = field(default_factory=dict)
    """At which version the change left each case."""
    way_back: WayBack | None = None
    """What undoes it, where that is more than putting `before` back."""


WayBack = Callable[[Desk, AgentRow, Sequence[int]], Done]
"""Undoes a change on the cases that it changed."""

Change = Callable[[UnitOfWork, Case], bool]
"""Changes one case and records it; says whether anything was different."""


def for_each(
    desk: Desk,
    me: AgentRow,
    case_ids: Iterable[int],
    change: Change,
    *,
    tagged: tuple[str, bool] | None = None,
    way_back: WayBack | None = None,
    also_before: Callable[[UnitOfWork, int], Mapping[str, Any]] | None = None,
) -> Done:
    """Change cases in one unit of work; those that refuse stay as they were and are named with the reason.

    `also_before` says what else to remember of a case by its id, beside the `FIELDS`.
    """
    require(me, Permission.WORK_CASES)
    changed, refused = [], []
    befores: dict[int, dict[str, Any]] = {}
    versions: dict[int, int] = {}
    with desk.database.write() as unit:
        # In the order of ids, so that two people with overlapping selections never wait for each other in a ring.
        for case_id in sorted(set(case_ids)):
            try:
                case = case_to_change(unit, case_id)
                before = {name: getattr(case, name) for name in FIELDS}
                if also_before is not None:
                    before |= also_before(unit, case_id)
                if change(unit, case):
                    case.updated_at = unit.now
                    unit.session.flush()
                    changed.append(case_id)
                    befores[case_id] = before
                    versions[case_id] = case.version
            except (CaseError, StatusChangeError) as error:
                refused.append((case_id, str(error)))
    return Done(tuple(changed), tuple(refused), befores, tagged, versions, way_back)


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The `FIELDS` among these values as an event or a message's details can hold them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name in FIELDS
    }


def case_to_change(unit: UnitOfWork, case_id: int) -> Case:
    """The case, locked until the unit of work ends. Raises `CaseNotFoundError`."""
    # FOR NO KEY UPDATE: events and messages that point at the case may still be written by others meanwhile.
    case = unit.session.get(Case, case_id, with_for_update={"key_share": True})
    if case is None:
        raise CaseNotFoundError(case_id)
    return case


def row_of(unit: UnitOfWork, case_id: int) -> CaseRow:
    """The case as lists show it, with what the unit of work has changed. Raises `CaseNotFoundError`."""
    unit.settle()
    row = case_row(unit.connection, case_id)
    if row is None:
        raise CaseNotFoundError(case_id)
    return row
