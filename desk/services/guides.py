"""Walking a guide on a case: kept with the case, gone on with by whoever has it, and safe when two answer at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db.kinds import EventKind, GuideRunState, Language, Status
from db.models import Agent, Case, GuideRun
from db.rows import AgentRow
from db.rows_guides import GuideRunRow, TurnRow
from db.uow import UnitOfWork
from desk.rules.guides import LANGUAGES, FieldError, Guide, Turn, WalkError, after, before, in_language, read_value
from desk.rules.permissions import Permission, require
from desk.services import guide_facts
from desk.services.changing import case_to_change
from desk.services.claims import claim_for, require_mine_or_leave
from desk.services.desk import Desk
from desk.services.guide_figures import DONE
from desk.services.guide_store import GuideError, guide_in
from desk.services.safety.reading import want_in

STOPPED, LEFT = GuideRunState.STOPPED.value, GuideRunState.LEFT.value
AGAIN = (GuideRunState.STOPPED, GuideRunState.LEFT)
"""The states from which a guide goes on where it stood."""


class GuideMovedError(GuideError):
    """Somebody else went on in the guide between reading and writing; the message says what they did."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A guide on a case: how far it is, and the guide in the version with which it began."""

    run: GuideRunRow
    guide: Guide
    waits_for: str = ""
    """Why the step is not decided yet, where a fact decides it: the wallet is being asked, or does not answer."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was done, as the rules speak of it."""
        return tuple(Turn(each.step, each.outcome, each.who) for each in self.run.turns)


def of_case(desk: Desk, me: AgentRow, case_id: int) -> Walk | None:
    """The guide that is being walked on a case; None when there is none."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        query = _runs().where(GuideRun.case_id == case_id, GuideRun.state == GuideRunState.RUNNING)
        row = connection.execute(query).one_or_none()
        return None if row is None else _walk(connection, row, desk.clock())


def begin(desk: Desk, me: AgentRow, case_id: int, key: str) -> Walk:
    """Begin a guide on a case; one that was stopped or left here before goes on where it stood, in its own version.

    What was collected on the case by the guide before stays known. An unclaimed case becomes mine.
    Raises `GuideError` when another guide is being walked on it, `CaseTakenError`, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case = _case(unit, me, case_id)
        return _done(unit, case, begin_on(unit, case, me, key))


def begin_on(unit: UnitOfWork, case: Case, me: AgentRow, key: str) -> GuideRun:
    """As `begin`, inside a unit of work that has the case."""
    last = unit.session.scalar(select(GuideRun).where(GuideRun.case_id == case.id).order_by(GuideRun.id.desc()))
    if last is not None and last.state is GuideRunState.RUNNING:
        guide = guide_in(unit.connection, last.guide_key, last.guide_number)
        raise GuideError(f"{_title(guide, me)} is being walked on #{case.id}: go on with it, or stop it first.")
    claim_for(unit, case, me)
    if last is not None and last.guide_key == key and last.state in AGAIN:
        run, was = last, last.state.value
        run.state, run.ended_at, run.agent_id = GuideRunState.RUNNING, None, me.id
    else:
        guide = guide_in(unit.connection, key)
        known = {name: value for name, value in (last.collected if last else {}).items() if name in guide.fields}
        run, was = _new(unit, me, case.id, guide, known), ""
    run.updated_at = unit.now
    _record(unit, EventKind.GUIDE_BEGUN, me, run, step=run.step, **({"was": was} if was else {}))
    guide_facts.go_on(unit, case.id, run, guide_in(unit.connection, run.guide_key, run.guide_number))
    return run


def words_of_run(connection: Connection, run_id: int, language: Language) -> tuple[str, str]:
    """The title of a guide that is walked, and what its present step says to the customer, which may be nothing."""
    key, number, place = connection.execute(
        select(GuideRun.guide_key, GuideRun.guide_number, GuideRun.step).where(GuideRun.id == run_id)
    ).one()
    guide = guide_in(connection, key, number)
    step = guide.steps.get(place)
    said = step.say if step is not None else None
    return in_language(guide.title, language), in_language(said, language) if said is not None else ""


def record_outcome(desk: Desk, me: AgentRow, run_id: int, outcome: str, *, seen: int) -> Walk:
    """What came of the step at which the guide stands; `seen` is the run's version that was on screen.

    Raises `GuideMovedError` when somebody was faster, `GuideError` when that cannot come of the step.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, guide = changing(unit, me, run_id, seen)
        step = run.step
        _require_said(guide, step)
        try:
            run.step = after(guide, step, outcome)
        except WalkError as error:
            raise GuideError(str(error)) from error
        turn = {"step": step, "outcome": outcome, "who": me.name, "at": unit.now.isoformat()}
        run.turns = [*run.turns, turn]
        _record(unit, EventKind.GUIDE_OUTCOME, me, run, step=step, outcome=outcome, to=run.step)
        guide_facts.go_on(unit, case.id, run, guide)
        return _changed(unit, me, case, run)


def go_back(desk: Desk, me: AgentRow, run_id: int, *, seen: int) -> Walk:
    """Take the last outcome back, with those before it that facts decided: they would be decided so again.

    Raises `GuideMovedError`, `GuideError` at the first step.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, guide = changing(unit, me, run_id, seen)
        while True:
            try:
                last, _ = before([Turn(each["step"], each["outcome"]) for each in run.turns])
            except WalkError as error:
                raise GuideError(str(error)) from error
            _record(unit, EventKind.GUIDE_BACK, me, run, step=last.step, outcome=last.outcome, to=run.step)
            run.step, run.turns = last.step, run.turns[:-1]
            step = guide.steps.get(run.step)
            if step is None or step.fact is None or not run.turns:
                break
        return _changed(unit, me, case, run)


def collect(desk: Desk, me: AgentRow, run_id: int, field: str, typed: str, *, seen: int) -> Walk:
    """Note what the customer said for a field of the guide; nothing typed forgets it.

    Raises `GuideError` with what would do when it is no such value, `GuideMovedError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, guide = changing(unit, me, run_id, seen)
        if field not in guide.fields:
            raise GuideError(f"This guide collects no {field!r}; there are {', '.join(guide.fields) or 'no fields'}.")
        collected = dict(run.collected)
        try:
            value = read_value(guide.fields[field], typed) if typed.strip() else None
        except FieldError as error:
            raise GuideError(str(error)) from error
        if value is None:
            collected.pop(field, None)
        else:
            collected[field] = value
        run.collected = collected
        _record(unit, EventKind.GUIDE_COLLECTED, me, run, field=field, value=value)
        return _changed(unit, me, case, run)


def ask_again(desk: Desk, me: AgentRow, run_id: int, *, seen: int) -> Walk:
    """Have the wallet asked again for the fact that decides the step. Raises `GuideMovedError`, `GuideError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, guide = changing(unit, me, run_id, seen)
        step = guide.steps.get(run.step)
        if step is None or step.fact is None:
            raise GuideError("No fact decides this step: say what came of it.")
        if not guide_facts.go_on(unit, case.id, run, guide):
            want_in(unit, case.customer_id)
        return _done(unit, case, run)


def note_sent(desk: Desk, me: AgentRow, run_id: int, step: str, message_id: int) -> Walk:
    """The customer was sent the words of a step by that message; a second time changes nothing."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, _ = changing(unit, me, run_id, None)
        if step not in run.sent:
            run.sent = [*run.sent, step]
            _record(unit, EventKind.GUIDE_SENT, me, run, step=step, message=message_id)
            run.updated_at, run.agent_id = unit.now, me.id
        return _done(unit, case, run)


def stop(desk: Desk, me: AgentRow, run_id: int, *, seen: int) -> None:
    """End a guide where it stands, without doing what its end would. Raises `GuideMovedError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, run, _ = changing(unit, me, run_id, seen)
        close_run(unit, me, run, GuideRunState.STOPPED)
        case.updated_at = unit.now


def leave_guides(unit: UnitOfWork) -> None:
    """End the guides of cases that were solved or closed beside them; called for every unit of work."""
    ids = {each.case_id for each in unit.unsettled if each.kind is EventKind.CASE_STATUS and each.case_id}
    query = (
        select(GuideRun)
        .join(Case, Case.id == GuideRun.case_id)
        .where(GuideRun.case_id.in_(ids), GuideRun.state == GuideRunState.RUNNING)
        .where(Case.status.in_((Status.SOLVED, Status.CLOSED)))
        .order_by(GuideRun.id)
    )
    for run in unit.session.scalars(query).all():
        close_run(unit, None, run, GuideRunState.LEFT)


def changing(unit: UnitOfWork, me: AgentRow, run_id: int, seen: int | None) -> tuple[Case, GuideRun, Guide]:
    """A running guide with its case, locked, inside a unit of work; `seen` None changes nothing that others chose.

    Raises `GuideMovedError`, `GuideError` when it has ended, `CaseTakenError`.
    """
    case_id = unit.session.scalar(select(GuideRun.case_id).where(GuideRun.id == run_id))
    if case_id is None:
        raise GuideError("This guide was never begun; open the case again.")
    case = _case(unit, me, case_id)
    run = unit.session.get_one(GuideRun, run_id, with_for_update=True)
    guide = guide_in(unit.session.connection(), run.guide_key, run.guide_number)
    if seen is not None and run.version != seen:
        raise GuideMovedError(_what_happened(unit, run, guide, me))
    if run.state is not GuideRunState.RUNNING:
        raise GuideError("The guide has ended on this case; begin one again if it is needed.")
    return case, run, guide


def close_run(unit: UnitOfWork, me: AgentRow | None, run: GuideRun, state: GuideRunState) -> None:
    """End a guide on its case, inside a unit of work."""
    run.state, run.ended_at = state, unit.now
    if me is not None:
        run.agent_id = me.id
    how = state.value if state in AGAIN else DONE
    _record(unit, EventKind.GUIDE_ENDED, me, run, step=run.step, how=how, state=state.value)


def walk_of(unit: UnitOfWork, run: GuideRun) -> Walk:
    """A guide on a case as it stands inside a unit of work."""
    unit.session.flush()
    connection = unit.session.connection()
    return _walk(connection, connection.execute(_runs().where(GuideRun.id == run.id)).one(), unit.now)


def _case(unit: UnitOfWork, me: AgentRow, case_id: int) -> Case:
    case = case_to_change(unit, case_id)
    require_mine_or_leave(unit, case, me)
    if case.status is Status.CLOSED:
        raise GuideError(f"#{case_id} is closed; the customer's next message opens a case where a guide can begin.")
    return case


def _new(unit: UnitOfWork, me: AgentRow, case_id: int, guide: Guide, collected: dict[str, Any]) -> GuideRun:
    run = GuideRun(
        case_id=case_id,
        guide_key=guide.key,
        guide_number=guide.version,
        state=GuideRunState.RUNNING,
        step=guide.start,
        turns=[],
        collected=collected,
        sent=[],
        agent_id=me.id,
        started_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(run)
    return run


def _changed(unit: UnitOfWork, me: AgentRow, case: Case, run: GuideRun) -> Walk:
    if case.assignee_id is None:
        claim_for(unit, case, me)
    run.updated_at, run.agent_id = unit.now, me.id
    return _done(unit, case, run)


def _done(unit: UnitOfWork, case: Case, run: GuideRun) -> Walk:
    case.updated_at = unit.now
    return walk_of(unit, run)


def _record(unit: UnitOfWork, kind: EventKind, me: AgentRow | None, run: GuideRun, **data: Any) -> None:
    unit.record(
        kind, case_id=run.case_id, agent_id=me.id if me else None,
        guide=run.guide_key, version=run.guide_number, **data,
    )  # fmt: skip


def _what_happened(unit: UnitOfWork, run: GuideRun, guide: Guide, me: AgentRow) -> str:
    who = unit.session.scalar(select(Agent.name).where(Agent.id == run.agent_id)) or "Somebody else"
    if run.state is not GuideRunState.RUNNING:
        return f"{who} has ended this guide ({run.state.value}). Look at the case, then go on."
    last = run.turns[-1] if run.turns else None
    said = "changed the guide"
    if last is not None:
        language = agent_language(me)
        outcome = in_language(guide.outcome_words(last["outcome"]), language)
        said = f"recorded “{outcome}” for “{in_language(guide.title_of(last['step']), language)}”"
    return f"{who} was faster and {said}. It is shown now: look, then go on."


def _title(guide: Guide, me: AgentRow) -> str:
    return in_language(guide.title, agent_language(me))


def agent_language(me: AgentRow) -> Any:
    """The language in which an agent reads guides: the first of theirs that guides are written in, else English."""
    return next((each for each in LANGUAGES if each.value in me.languages[:1]), LANGUAGES[1])


def _runs() -> Any:
    return select(
        GuideRun.id, GuideRun.case_id, GuideRun.guide_key, GuideRun.guide_number, GuideRun.state, GuideRun.step,
        GuideRun.turns, GuideRun.collected, GuideRun.sent, Agent.name, GuideRun.updated_at, GuideRun.version,
        GuideRun.started_at,
    ).join(Agent, Agent.id == GuideRun.agent_id)  # fmt: skip


def _require_said(guide: Guide, place: str) -> None:
    step = guide.steps.get(place)
    if step is not None and step.fact is not None:
        raise GuideError("The wallet's facts decide this step, and nobody guesses them. Have the wallet asked again.")


def _walk(connection: Connection, row: Any, now: datetime) -> Walk:
    turns = tuple(
        TurnRow(each["step"], each["outcome"], each["who"], datetime.fromisoformat(each["at"])) for each in row.turns
    )
    run = GuideRunRow(
        row.id, row.case_id, row.guide_key, row.guide_number, row.state, row.step, turns, dict(row.collected),
        tuple(row.sent), row.name, row.updated_at, row.version,
    )  # fmt: skip
    guide = guide_in(connection, row.guide_key, row.guide_number)
    return Walk(run, guide, guide_facts.waits_for(connection, guide, row, now))
