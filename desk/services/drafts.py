"""Words not yet sent, kept as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds import DraftKind
from db.models import Case, Draft
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.draft_files import forget_files
from desk.services.errors import CaseNotFoundError

UNSTORABLE = {0: "␀"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""What no database keeps: NUL and lone surrogates. All else stays as it was typed."""


def save(
    desk: Desk,
    me: AgentRow,
    case_id: int,
    kind: DraftKind,
    text: str,
    answers: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
) -> datetime:
    """Keep my words on a case; the moment at which they were kept. No text and no details: nothing is kept.

    `details` say where it is to go, as `DraftRow.details`; None leaves what is kept of them as it is.
    Raises `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        if text or details:
            if unit.session.scalar(select(Case.id).where(Case.id == case_id)) is None:
                raise CaseNotFoundError(case_id)
            keep_draft(unit, me, case_id, kind, text, answers, details)
        else:
            forget_draft(unit, me, case_id, kind)
        return unit.now


def discard(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind) -> None:
    """Forget my words on a case, and the files beside them."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        forget_draft(unit, me, case_id, kind)
        forget_files(unit, me, case_id, kind)


def keep_draft(
    unit: UnitOfWork,
    me: AgentRow,
    case_id: int,
    kind: DraftKind,
    text: str,
    answers: Sequence[str],
    details: Mapping[str, Any] | None = None,
) -> None:
    """Make these words my draft on a case, within a unit of work; details that are None stay as they are."""
    words: dict[str, Any] = {"text": text.translate(UNSTORABLE), "answers": list(answers), "saved_at": unit.now}
    if details is not None:
        words["details"] = _storable(details)
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(Draft).values(case_id=case_id, agent_id=me.id, kind=kind, **({"details": {}} | words))
    unit.session.execute(row.on_conflict_do_update(index_elements=["case_id", "agent_id", "kind"], set_=words))


def forget_draft(unit: UnitOfWork, me: AgentRow, case_id: int, kind: DraftKind) -> None:
    """Remove my draft on a case, within a unit of work."""
    unit.session.execute(delete(Draft).where(Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == kind))


def draft_text(unit: UnitOfWork, me: AgentRow, case_id: int, kind: DraftKind) -> tuple[str, list[str]]:
    """My draft on a case with its canned answers, within a unit of work; empty when there is none."""
    query = select(Draft.text, Draft.answers).where(
        Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == kind
    )
    row = unit.session.execute(query).one_or_none()
    return (row.text, row.answers) if row is not None else ("", [])


def draft_details(unit: UnitOfWork, me: AgentRow, case_id: int, kind: DraftKind) -> dict[str, Any]:
    """Where my draft on a case is to go, within a unit of work; empty when there is none."""
    query = select(Draft.details).where(Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == kind)
    return unit.session.scalar(query) or {}


def _storable(value: Any) -> Any:
    """JSON as a database keeps it, all else as it was typed."""
    if isinstance(value, str):
        return value.translate(UNSTORABLE)
    if isinstance(value, Mapping):
        return {_storable(str(name)): _storable(each) for name, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list | tuple) else value
