"""What the end of a guide does: solve the case, hand it to a queue with all that was collected, or to an incident."""

from __future__ import annotations

from dataclasses import dataclass

from db.kinds import EventKind, GuideRunState, Status
from db.models import Agent, Case, GuideRun
from db.queries.search_index import add_terms
from db.rows import AgentRow, CaseRow
from db.uow import UnitOfWork
from desk.rules.guides import End, EndKind, Guide, Turn, collected_text
from desk.rules.lifecycle import check_change
from desk.rules.permissions import Permission, require
from desk.rules.routing import named
from desk.services.changes import move_to, put_topic
from desk.services.changing import row_of
from desk.services.desk import Desk
from desk.services.guide_store import GuideError
from desk.services.guides import agent_language, changing, close_run
from desk.services.writing import note_on

STATES = {
    EndKind.SOLVED: GuideRunState.SOLVED,
    EndKind.ESCALATE: GuideRunState.ESCALATED,
    EndKind.INCIDENT: GuideRunState.INCIDENT,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """What an end did; `note_id` is the internal note with all that was collected, None where nothing was."""

    kind: EndKind
    case: CaseRow
    note_id: int | None
    queue: str | None
    """The queue in which the case is now, of an escalation."""


def finish(desk: Desk, me: AgentRow, run_id: int, *, seen: int) -> Ended:
    """Do what the end says at which the guide stands, in one transaction.

    All ends keep an internal note of what was done and collected, and set the topic that the end names. *Solved* sets
    the status. *Escalate* puts the case into its queue, open and nobody's. *Incident* leaves the case with its agent
    and open, for linking. Raises `GuideError` when it stands at a step, `GuideMovedError`, `StatusChangeError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, guide = changing(unit, me, run_id, seen)
        end = guide.ends.get(run.step)
        if end is None:
            raise GuideError("The guide has not come to an end yet: say what came of this step first.")
        note_id = _note(unit, me, case, run, guide)
        if end.topic:
            put_topic(unit, case, end.topic, me)
        close_run(unit, me, run, STATES[end.kind])
        if end.kind is EndKind.SOLVED:
            check_change(case.status, Status.SOLVED)
            move_to(unit, case, Status.SOLVED, me)
        else:
            check_change(case.status, Status.OPEN)
            move_to(unit, case, Status.OPEN, me)
        if end.kind is EndKind.ESCALATE:
            _hand_on(unit, me, case, end)
        case.updated_at = unit.now
        return Ended(end.kind, row_of(unit, case.id), note_id, end.queue or None)


def _note(unit: UnitOfWork, me: AgentRow, case: Case, run: GuideRun, guide: Guide) -> int:
    turns = [Turn(each["step"], each["outcome"], each["who"]) for each in run.turns]
    text = collected_text(guide, turns, run.collected, run.step, agent_language(me))
    message = note_on(unit, case, me, text)
    unit.record(EventKind.NOTE_WRITTEN, case_id=case.id, agent_id=me.id, message=message.id)
    add_terms(unit.session.connection(), case.id, text)
    return message.id


def _hand_on(unit: UnitOfWork, me: AgentRow, case: Case, end: End) -> None:
    """Into the queue of the end, and nobody's."""
    queue = named(end.queue)
    if case.queue != queue:
        before, case.queue = case.queue, queue
        unit.record(
            EventKind.CASE_QUEUE, case_id=case.id, agent_id=me.id, before={"queue": before}, after={"queue": queue}
        )
    if case.assignee_id is not None:
        login = unit.session.get_one(Agent, case.assignee_id).login
        case.assignee_id = None
        unit.record(EventKind.CASE_RELEASED, case_id=case.id, agent_id=me.id, before={"assignee": login})
