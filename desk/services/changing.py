"""Getting hold of a case inside a unit of work."""

from __future__ import annotations

from db.models import Case
from db.uow import UnitOfWork
from desk.services.errors import CaseChangedError, CaseNotFoundError


def case_to_change(unit: UnitOfWork, case_id: int, *, version: int | None = None) -> Case:
    """The case, locked until the unit of work ends.

    Raises `CaseNotFoundError`, and `CaseChangedError` when it is no longer at `version`.
    """
    # FOR NO KEY UPDATE: events and messages that point at the case may still be written by others meanwhile.
    case = unit.session.get(Case, case_id, with_for_update={"key_share": True})
    if case is None:
        raise CaseNotFoundError(case_id)
    if version is not None and case.version != version:
        raise CaseChangedError(case_id)
    return case
