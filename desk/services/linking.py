"""What one case has to do with another, inside a unit of work."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from db.kinds import LinkKind
from db.models import Case, CaseLink
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.services.changing import case_to_change
from desk.services.errors import MergedCaseError


def both(unit: UnitOfWork, one_id: int, other_id: int) -> tuple[Case, Case]:
    """Two cases, locked in the order of their numbers, so that two people never wait for each other in a ring.

    Raises `CaseNotFoundError`.
    """
    locked = {case_id: case_to_change(unit, case_id) for case_id in sorted({one_id, other_id})}
    return locked[one_id], locked[other_id]


def touch(unit: UnitOfWork, case: Case) -> None:
    """Let a case count as changed now: whoever has read it before cannot undo over it."""
    case.updated_at = unit.now
    flag_modified(case, "updated_at")


def require_not_merged(unit: UnitOfWork, case_id: int) -> None:
    """Raise `MergedCaseError` when a case, which is locked, has been merged into another one."""
    query = select(CaseLink.other_id).where(CaseLink.case_id == case_id, CaseLink.kind == LinkKind.MERGED_INTO)
    into = unit.session.scalar(query.limit(1))
    if into is not None:
        raise MergedCaseError(case_id, into)


def add_link(unit: UnitOfWork, me: AgentRow, case_id: int, other_id: int, kind: LinkKind) -> None:
    """Link two cases, which are locked."""
    unit.session.add(
        CaseLink(case_id=case_id, other_id=other_id, kind=kind, agent_id=me.id, created_at=unit.now),
    )
