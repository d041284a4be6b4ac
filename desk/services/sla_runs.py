"""Asking for the clocks of all open cases to be computed anew, because what they are measured by was changed."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from db.models import Case, SlaRun
from db.uow import UnitOfWork
from desk.rules.text import clean_line


def ask_for_run(unit: UnitOfWork, reason: str) -> None:
    """Have the worker compute them, from the first case on, also when it was at it already."""
    unit.session.execute(delete(SlaRun))
    last = unit.session.scalar(select(func.max(Case.id)))
    if last is None:
        return
    unit.session.add(
        SlaRun(id=1, reason=clean_line(reason, 200), requested_at=unit.now, last_id=0, up_to=last, done=0, changed=0)
    )
    unit.session.flush()
