"""Words not yet sent, kept as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Delete, delete

from db.kinds import DraftKind
from db.models import Draft
from db.rows import AgentRow
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk


def save(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind, text: str, answers: Sequence[str] = ()) -> datetime:
    """Keep my words on a case; the moment at which they were kept. An empty text keeps nothing."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        if text:
            unit.session.merge(
                Draft(
                    case_id=case_id,
                    agent_id=me.id,
                    kind=kind,
                    text=text.replace("\x00", "␀"),
                    answers=list(answers),
                    saved_at=unit.now,
                )
            )
        else:
            unit.session.execute(_mine(me, case_id, kind))
        return unit.now


def discard(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind) -> None:
    """Forget my words on a case."""
    save(desk, me, case_id, kind, "")


def _mine(me: AgentRow, case_id: int, kind: DraftKind) -> Delete:
    return delete(Draft).where(Draft.case_id == case_id, Draft.agent_id == me.id, Draft.kind == kind)
