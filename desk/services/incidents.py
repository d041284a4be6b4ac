"""Incidents: opening one, keeping its times and texts, ending it, and what every screen says of those in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from db.kinds import EventKind, IncidentState, Status
from db.models import Incident, IncidentProposal, IncidentUpdate
from db.queries import incidents as queries
from db.rows import AgentRow
from db.rows_incidents import IncidentProposalRow, IncidentRow, TellingRow, Texts
from db.uow import UnitOfWork
from desk.rules.incidents import (
    ACTIVE,
    ANNOUNCED,
    CANCELLED,
    ENDED,
    OPEN,
    OVERDUE,
    PLANNED,
    RECOVERING,
    RESOLVED,
    IncidentStateError,
    Who,
    check_edge,
    key_of,
)
from desk.rules.permissions import Permission, may, require
from desk.rules.text import clean_line, clean_text, is_blank
from desk.services.desk import Desk
from desk.services.incident_drafts import (
    LONGEST_TEXT,
    Draft,
    IncidentError,
    IncidentNotFoundError,
    draft_signs,
    draft_texts,
    require_times,
)
from desk.services.incident_telling import begin_telling, stop_all
from desk.services.incident_words import over_texts

__all__ = [
    "Banner", "Draft", "IncidentError", "IncidentNotFoundError", "Shown", "banner", "cancel", "every", "open_incident",
    "proposals", "put_aside", "resolve", "set_expected", "set_open", "set_recovering", "show", "stop_telling", "tell",
    "update",
]  # fmt: skip

LEAVES = (Status.SOLVED, Status.WAITING_CUSTOMER)
"""The statuses in which the end of an incident may leave its cases."""


@dataclass(frozen=True, slots=True)
class Banner:
    """What every screen says: the incidents in force and what is announced, the worst first; and what rises.

    Rises are for those alone who may open an incident of them.
    """

    incidents: tuple[IncidentRow, ...] = ()
    proposals: tuple[IncidentProposalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with its texts, how far each was told, and the newest of its cases with the reason."""

    incident: IncidentRow
    tellings: tuple[TellingRow, ...]
    cases: tuple[tuple[int, str], ...]


def open_incident(desk: Desk, me: AgentRow, draft: Draft, *, proposal_id: int | None = None) -> IncidentRow:
    """Open an incident, or plan work to come; what it was proposed by counts as judged then.

    Raises `NotAllowedError`, `IncidentError` for what cannot be.
    """
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        starts_at = draft.starts_at or unit.now
        require_times(draft.kind, starts_at, draft.expected_at, unit.now)
        signs = draft_signs(unit, draft)
        texts = draft_texts(desk, draft.texts)
        title = clean_line(draft.title, 200)
        if is_blank(title):
            raise IncidentError("Say in a few words what is wrong: agents read that on every screen.")
        connection = unit.session.connection()
        state = PLANNED if starts_at > unit.now else OPEN
        incident = Incident(
            key=key_of(title, set(connection.scalars(select(Incident.key)))),
            kind=draft.kind,
            state=state,
            title=title,
            internal=clean_text(draft.internal)[:LONGEST_TEXT],
            links_by_rule=draft.links_by_rule and any(signs[name] for name in ("topics", "words", "codes")),
            is_public=draft.is_public,
            starts_at=starts_at,
            expected_at=draft.expected_at,
            agent_id=me.id,
            created_at=unit.now,
            updated_at=unit.now,
            **signs,
        )
        unit.session.add(incident)
        unit.session.flush()
        _say(unit, incident, texts, me)
        unit.record(
            EventKind.INCIDENT_OPENED, agent_id=me.id, incident=incident.id, title=title, after={"state": state.value}
        )
        if proposal_id is not None:
            _settle(unit, proposal_id, me, incident.id)
        return _row(unit, incident.id)


def set_expected(desk: Desk, me: AgentRow, incident_id: int, expected_at: datetime | None) -> IncidentRow:
    """Give another time (aware, to come) at which it is expected to be over, or none; an overdue one is open again.

    Raises `NotAllowedError`, `IncidentError`.
    """
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        incident = _to_change(unit, incident_id)
        require_times(incident.kind, incident.starts_at, expected_at, unit.now)
        before = incident.expected_at
        incident.expected_at, incident.updated_at = expected_at, unit.now
        unit.record(
            EventKind.INCIDENT_CHANGED,
            agent_id=me.id,
            incident=incident.id,
            before={"expected": before.isoformat() if before else None},
            after={"expected": expected_at.isoformat() if expected_at else None},
        )
        if incident.state is OVERDUE:
            move(unit, incident, OPEN, Who.SUPERVISOR, me)
        return _row(unit, incident_id)


def set_recovering(desk: Desk, me: AgentRow, incident_id: int) -> IncidentRow:
    """Note that it is getting better. Raises `NotAllowedError`, `IncidentError`."""
    return _moved(desk, me, incident_id, RECOVERING)


def set_open(desk: Desk, me: AgentRow, incident_id: int) -> IncidentRow:
    """Note that it is not getting better after all, or that planned work begins now. Raises as `set_recovering`."""
    return _moved(desk, me, incident_id, OPEN)


def update(desk: Desk, me: AgentRow, incident_id: int, texts: Texts, *, tell: bool = False) -> IncidentRow:
    """Another public text from now on; with `tell` all linked cases are told it.

    Languages that are not given keep their text. What was still being told of the text before is stopped: nobody is to
    read the old words after the new ones. Raises `NotAllowedError`, `IncidentError`.
    """
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        incident = _to_change(unit, incident_id)
        known = _row(unit, incident_id)
        merged = draft_texts(desk, {**known.texts, **texts}, known.texts)
        if merged == dict(known.texts):
            raise IncidentError("This is the text already. To tell those who have not read it: desk incidents tell.")
        stop_all(unit, incident_id, me)
        said = _say(unit, incident, merged, me)
        incident.updated_at = unit.now
        unit.record(EventKind.INCIDENT_UPDATED, agent_id=me.id, incident=incident_id, update=said.id)
        if tell:
            begin_telling(unit, incident, said, me)
        return _row(unit, incident_id)


def tell(desk: Desk, me: AgentRow, incident_id: int) -> IncidentRow:
    """Tell all linked cases the text in force, in their languages, as fast as settings allow.

    Who has been told it is left out, so a second time reaches only whom the first did not. Raises `NotAllowedError`,
    `IncidentError`.
    """
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        incident = _locked(unit, incident_id)
        if incident.state is CANCELLED:
            raise IncidentError("This incident was cancelled, so there is nothing to tell of it.")
        said = unit.session.get_one(IncidentUpdate, _row(unit, incident_id).update_id)
        begin_telling(unit, incident, said, me)
        return _row(unit, incident_id)


def stop_telling(desk: Desk, me: AgentRow, incident_id: int) -> tuple[int, int]:
    """Stop telling: how many will not be told, and how many had been told already. Raises `NotAllowedError`."""
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        _locked(unit, incident_id)
        return stop_all(unit, incident_id, me)


def resolve(
    desk: Desk,
    me: AgentRow,
    incident_id: int,
    texts: Texts | None = None,
    *,
    tell: bool = True,
    then: Status | None = None,
) -> IncidentRow:
    """Say that it is over: linked cases get the closing message, and are left in the status `then`, if any.

    Without `texts` the words of `seeds/incidents.toml` are used. Raises `NotAllowedError`, `IncidentError`.
    """
    require(me, Permission.MANAGE_INCIDENTS)
    if then is not None and then not in LEAVES:
        raise IncidentError("The end of an incident leaves its cases solved, waiting for the customer, or as they are.")
    if then is not None and not tell:
        raise IncidentError("Cases change their status when they are told. Tell them, or leave them as they are.")
    with desk.database.write() as unit:
        incident = _to_change(unit, incident_id)
        known = _row(unit, incident_id)
        closing = over_texts(known.texts)
        if texts:
            closing = draft_texts(desk, {**closing, **texts}, closing)
        end(unit, incident, closing, Who.SUPERVISOR, me, tells=tell, then=then)
        return _row(unit, incident_id)


def cancel(desk: Desk, me: AgentRow, incident_id: int) -> IncidentRow:
    """Call it off: it was a mistake, or the work does not happen. Nobody is told. Raises as `set_recovering`."""
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        incident = _to_change(unit, incident_id)
        stop_all(unit, incident_id, me)
        move(unit, incident, CANCELLED, Who.SUPERVISOR, me)
        return _row(unit, incident_id)


def put_aside(desk: Desk, me: AgentRow, proposal_id: int) -> None:
    """Judge that a sudden rise is no incident; it is not raised again for some hours. Raises as `set_recovering`."""
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        _settle(unit, proposal_id, me, None)


def every(desk: Desk, me: AgentRow, *, ended: bool = False, limit: int = 100) -> tuple[IncidentRow, ...]:
    """The incidents that have not ended, or all, newest first."""
    require(me, Permission.WORK_CASES)
    which = () if ended else (queries.in_states(state for state in IncidentState if state not in ENDED),)
    with desk.database.read() as connection:
        return queries.incidents(connection, *which, limit=limit, counted=True)


def show(desk: Desk, me: AgentRow, incident_id: int) -> Shown:
    """All about one. Raises `IncidentNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        found = queries.incident(connection, incident_id)
        if found is None:
            raise IncidentNotFoundError(incident_id)
        return Shown(
            found, queries.tellings(connection, incident_id), tuple(queries.linked_cases(connection, incident_id))
        )


def proposals(desk: Desk, me: AgentRow) -> tuple[IncidentProposalRow, ...]:
    """The sudden rises that nobody has judged, newest first. Raises `NotAllowedError`."""
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.read() as connection:
        return queries.open_proposals(connection)


def banner(desk: Desk, me: AgentRow) -> Banner:
    """What my screens say."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        rows = queries.incidents(connection, queries.in_states({*ACTIVE, PLANNED}), counted=True)
        rises = queries.open_proposals(connection) if may(me, Permission.MANAGE_INCIDENTS) else ()
    near = [each for each in rows if each.state is not PLANNED or each.starts_at - now <= ANNOUNCED]
    order = (OVERDUE, OPEN, RECOVERING, PLANNED)
    return Banner(tuple(sorted(near, key=lambda each: (order.index(each.state), -each.id))), rises)


def move(unit: UnitOfWork, incident: Incident, state: IncidentState, who: Who, me: AgentRow | None) -> None:
    """Take an incident into another state, inside a unit of work. Raises `IncidentError`."""
    before = incident.state
    try:
        check_edge(before, state, who)
    except IncidentStateError as error:
        raise IncidentError(str(error)) from error
    incident.state, incident.updated_at = state, unit.now
    if state in ENDED:
        incident.ended_at = unit.now
    if state is OPEN and before is PLANNED:
        incident.starts_at = min(incident.starts_at, unit.now)
    unit.record(
        EventKind.INCIDENT_STATE,
        agent_id=me.id if me else None,
        incident=incident.id,
        title=incident.title,
        before={"state": before.value},
        after={"state": state.value},
    )


def end(
    unit: UnitOfWork,
    incident: Incident,
    closing: Texts,
    who: Who,
    me: AgentRow | None,
    *,
    tells: bool,
    then: Status | None = None,
) -> None:
    """End an incident with a closing text, inside a unit of work; earlier words are told to nobody any more."""
    stop_all(unit, incident.id, me)
    move(unit, incident, RESOLVED, who, me)
    said = _say(unit, incident, closing, me, then)
    if tells:
        begin_telling(unit, incident, said, me)


def _moved(desk: Desk, me: AgentRow, incident_id: int, state: IncidentState) -> IncidentRow:
    require(me, Permission.MANAGE_INCIDENTS)
    with desk.database.write() as unit:
        move(unit, _to_change(unit, incident_id), state, Who.SUPERVISOR, me)
        return _row(unit, incident_id)


def _say(
    unit: UnitOfWork, incident: Incident, texts: Texts, me: AgentRow | None, then: Status | None = None
) -> IncidentUpdate:
    said = IncidentUpdate(
        incident_id=incident.id,
        state=incident.state,
        texts={language: dict(words) for language, words in texts.items()},
        then=then,
        agent_id=me.id if me else None,
        at=unit.now,
    )
    unit.session.add(said)
    unit.session.flush()
    return said


def _locked(unit: UnitOfWork, incident_id: int) -> Incident:
    incident = unit.session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise IncidentNotFoundError(incident_id)
    return incident


def _to_change(unit: UnitOfWork, incident_id: int) -> Incident:
    incident = _locked(unit, incident_id)
    if incident.state in ENDED:
        raise IncidentError(f"{incident.title} is {incident.state}; open a new incident for what comes after it.")
    return incident


def _row(unit: UnitOfWork, incident_id: int) -> IncidentRow:
    unit.session.flush()
    row = queries.incident(unit.session.connection(), incident_id)
    if row is None:
        raise IncidentNotFoundError(incident_id)
    return row


def _settle(unit: UnitOfWork, proposal_id: int, me: AgentRow, incident_id: int | None) -> None:
    row = unit.session.get(IncidentProposal, proposal_id, with_for_update=True)
    if row is None or row.settled_at is not None:
        raise IncidentError("Somebody has judged this rise already. Look at the list again.")
    row.settled_at, row.agent_id, row.incident_id = unit.now, me.id, incident_id
    unit.record(EventKind.INCIDENT_PROPOSAL_SETTLED, agent_id=me.id, proposal=proposal_id, incident=incident_id)
