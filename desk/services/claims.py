"""Who works on a case: taking, releasing, handing over, and the next one that needs an answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from db.kinds import EventKind, Lane, Status
from db.models import Agent, Case
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, may, require
from desk.services.agents import UnknownAgentError
from desk.services.changing import case_to_change, row_of
from desk.services.claiming import MOST_SKIPPED, Claiming
from desk.services.desk import Desk
from desk.services.errors import CaseError, CaseTakenError

__all__ = [
    "MOST_SKIPPED",
    "claim_for",
    "next_case",
    "release",
    "require_free_or_mine",
    "require_mine_or_leave",
    "take",
    "transfer",
]


def next_case(desk: Desk, me: AgentRow, lane: Lane = Lane.ALL, *, skip: Sequence[int] = ()) -> CaseRow | None:
    """The case with the least slack among those that are mine and those that I can do and nobody has, claimed for me.

    I can do what is in my queues, in my languages and asks no skill that I lack, on channels of which I have less open
    than my limit; a queue with a reserved share comes before urgency when it is its turn. None when there is no such
    case. `skip` names cases not to be handed out again, such as the one on screen; the last 100 count. Two people
    asking at once never get the same case: one statement finds and claims it.
    Raises `NotTakingCasesError` when I am away or on a break and none of mine waits for me.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        claimed = Claiming(unit, me.id).next(lane, skip)
        if claimed is None:
            return None
        if claimed.is_new:
            after = {"assignee": me.login}
            unit.record(
                EventKind.CASE_CLAIMED, case_id=claimed.case.id, agent_id=me.id, before={"assignee": None}, after=after
            )
        return claimed.case


def take(desk: Desk, me: AgentRow, case_id: int) -> CaseRow:
    """The case is mine from now on; taking what is mine already changes nothing.

    Raises `CaseTakenError` when somebody else has it and my role may not take it from them; `CaseError` when it is
    closed.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        if case.assignee_id != me.id:
            _require_not_closed(case)
        claim_for(unit, case, me)
        return row_of(unit, case_id)


def release(desk: Desk, me: AgentRow, case_id: int) -> CaseRow:
    """Nobody has the case any more. Raises `CaseTakenError` when it is somebody else's and my role may not."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = case_to_change(unit, case_id)
        if case.assignee_id is not None:
            require_mine_or_leave(unit, case, me)
            before = _login(unit, case.assignee_id)
            case.assignee_id = None
            case.updated_at = unit.now
            unit.record(EventKind.CASE_RELEASED, case_id=case_id, agent_id=me.id, before={"assignee": before})
        return row_of(unit, case_id)


def transfer(desk: Desk, me: AgentRow, case_id: int, login: str) -> CaseRow:
    """The case is a colleague's from now on. Raises `UnknownAgentError`, `CaseTakenError`; `CaseError` when closed."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        to = unit.session.scalar(select(Agent).where(Agent.login == login, Agent.active))
        if to is None:
            raise UnknownAgentError(f"Nobody active has the login {login!r}; pick one from the list.")
        case = case_to_change(unit, case_id)
        require_mine_or_leave(unit, case, me)
        _require_not_closed(case)
        if case.assignee_id != to.id:
            before = _login(unit, case.assignee_id)
            case.assignee_id = to.id
            case.updated_at = unit.now
            if case.status is Status.NEW:
                case.status = Status.OPEN
            unit.record(
                EventKind.CASE_TRANSFERRED,
                case_id=case_id,
                agent_id=me.id,
                before={"assignee": before},
                after={"assignee": to.login},
            )
        return row_of(unit, case_id)


def claim_for(unit: UnitOfWork, case: Case, me: AgentRow) -> None:
    """Make the case mine within a unit of work, unless it is already; raises `CaseTakenError`."""
    if case.assignee_id == me.id:
        return
    require_mine_or_leave(unit, case, me)
    before = _login(unit, case.assignee_id)
    case.assignee_id = me.id
    case.updated_at = unit.now
    if case.status is Status.NEW:
        case.status = Status.OPEN
    unit.record(
        EventKind.CASE_CLAIMED,
        case_id=case.id,
        agent_id=me.id,
        before={"assignee": before},
        after={"assignee": me.login},
    )


def require_free_or_mine(unit: UnitOfWork, case: Case, me: AgentRow) -> None:
    """Raise `CaseTakenError` when somebody else has the case, whatever my role."""
    if case.assignee_id not in {None, me.id}:
        who = unit.session.scalar(select(Agent.name).where(Agent.id == case.assignee_id))
        raise CaseTakenError(case.id, who or "Somebody else")


def require_mine_or_leave(unit: UnitOfWork, case: Case, me: AgentRow) -> None:
    """Raise `CaseTakenError` when somebody else has the case and my role may not take it from them."""
    if not may(me, Permission.TAKE_FROM_OTHERS):
        require_free_or_mine(unit, case, me)


def _require_not_closed(case: Case) -> None:
    """A list may still show what somebody closed a moment ago."""
    if case.status is Status.CLOSED:
        raise CaseError(f"#{case.id} is closed; nobody has to work on it. The customer's next message opens a case.")


def _login(unit: UnitOfWork, agent_id: int | None) -> str | None:
    return unit.session.scalar(select(Agent.login).where(Agent.id == agent_id)) if agent_id else None
