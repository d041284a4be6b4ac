"""Which cases belong to an incident: proposed on their page, linked by a key, or at once by a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from msgspec.structs import replace
from sqlalchemy import Connection, insert

from db.kinds import EventKind, MessageKind
from db.models import CaseCode, Incident, IncidentCase
from db.queries import incidents as queries
from db.rows import AgentRow, CaseDetail
from db.rows_incidents import CaseIncidentRow, IncidentRow
from db.uow import UnitOfWork
from desk.rules.error_codes import Recogniser
from desk.rules.incidents import ACTIVE, ENDED, MOST_CODES, Signs, codes_in, why_matching
from desk.rules.incoming import Incoming
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.rules.words import folded
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.incidents import IncidentError, IncidentNotFoundError
from desk.services.places import Place

BEFORE = timedelta(hours=6)
"""A message may be so much older than the incident that it is about: people notice before we do."""
BY_HAND = "linked by hand"


def link(desk: Desk, me: AgentRow, incident_id: int, case_ids: Sequence[int]) -> tuple[int, ...]:
    """Note that cases belong to an incident; those for which that was new. Raises `IncidentError`, `CaseNotFoundError`.

    They are told nothing by that: whoever links answers, or the next update reaches them.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        incident = unit.session.get(Incident, incident_id)
        if incident is None:
            raise IncidentNotFoundError(incident_id)
        if incident.state in ENDED:
            raise IncidentError(f"{incident.title} is {incident.state}, so no further case belongs to it.")
        new = []
        for case_id in sorted(set(case_ids)):
            case_to_change(unit, case_id)
            known = unit.session.get(IncidentCase, (incident_id, case_id), with_for_update=True)
            if known is not None and not known.is_off:
                continue
            unit.session.merge(
                IncidentCase(
                    incident_id=incident_id, case_id=case_id, why=BY_HAND, agent_id=me.id, at=unit.now, is_off=False
                )
            )
            unit.record(
                EventKind.INCIDENT_LINKED, case_id=case_id, agent_id=me.id, incident=incident_id, title=incident.title
            )
            new.append(case_id)
        return tuple(new)


def unlink(desk: Desk, me: AgentRow, incident_id: int, case_ids: Sequence[int]) -> tuple[int, ...]:
    """Take cases off an incident; those that were linked. They are not proposed for it again.

    A case that was proposed and does not belong there is taken off likewise. Raises `IncidentNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        incident = unit.session.get(Incident, incident_id)
        if incident is None:
            raise IncidentNotFoundError(incident_id)
        gone = []
        for case_id in sorted(set(case_ids)):
            case_to_change(unit, case_id)
            known = unit.session.get(IncidentCase, (incident_id, case_id), with_for_update=True)
            if known is not None and not known.is_off:
                gone.append(case_id)
            unit.session.merge(
                IncidentCase(
                    incident_id=incident_id, case_id=case_id, why="taken off by hand", agent_id=me.id, at=unit.now,
                    is_off=True,
                )
            )  # fmt: skip
            unit.record(
                EventKind.INCIDENT_UNLINKED, case_id=case_id, agent_id=me.id, incident=incident_id,
                title=incident.title,
            )  # fmt: skip
        return tuple(gone)


def with_incidents(connection: Connection, detail: CaseDetail) -> CaseDetail:
    """A case's page with the incidents that it belongs to, seems to belong to, or could be linked with."""
    case_id = detail.case.id
    case_ids = queries.merged_into(connection, case_id) if detail.links else {case_id}
    if not queries.concerns(connection, case_ids):
        return detail
    rows = queries.incidents(connection, queries.of_case_or_in(case_ids, ACTIVE), limit=20)
    links = queries.links(connection, case_ids)
    topics = {topic for topic in (detail.case.topic_key, detail.proposal and detail.proposal.topic_key) if topic}
    said = next((each for each in detail.messages if each.kind is MessageKind.INBOUND), None)
    text = folded(f"{detail.case.subject}\n{said.new_text if said else ''}")
    found = []
    for row in rows:
        is_linked, why = links.get(row.id, (False, ""))
        matches = ""
        if row.id not in links and row.state in ACTIVE:
            matches = why_matching(signs_of(row), channel=detail.case.channel.value, topics=topics, text=text)
        found.append(CaseIncidentRow(row, is_linked, bool(matches), matches or why))
    return replace(detail, incidents=tuple(found))


def signs_of(row: IncidentRow) -> Signs:
    """By what its cases are known."""
    return Signs(row.channels, row.topics, row.words, row.codes)


@dataclass(frozen=True, slots=True)
class _Found:
    place: Place
    incident: IncidentRow | None
    why: str
    codes: tuple[str, ...]


class IncidentMatching:
    """Finds the incidents of the new cases of one unit of work; those in force are read once, when a case comes."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._found: dict[int, _Found] = {}

    def consider(self, place: Place, incoming: Incoming, topic: str) -> None:
        """Link a new case with the incident that links by rule and that it matches; note the codes that it names."""
        said = f"{incoming.subject}\n{incoming.new_text}"
        codes = self._codes(said)
        text = folded("\n".join((said, *codes)))
        at = incoming.at or self._unit.now
        found, why = None, ""
        for row in self._by_rule:
            if at < row.starts_at - BEFORE:
                continue
            topics = (topic,) if topic else ()
            why = why_matching(signs_of(row), channel=incoming.channel.value, topics=topics, text=text)
            if why:
                found = row
                break
        self._found[id(place)] = _Found(place, found, why, codes)

    def _codes(self, said: str) -> tuple[str, ...]:
        """What the desk's table knows, spelled as there, then what else looks like a code."""
        known = tuple(each.code for each in self._recogniser.found(said))
        return tuple(dict.fromkeys((*known, *codes_in(said))))[:MOST_CODES]

    @cached_property
    def _recogniser(self) -> Recogniser:
        from desk.services.codes import recogniser_of

        return recogniser_of(self._unit.connection)

    def of(self, place: Place) -> IncidentRow | None:
        """The incident that a new case was linked with by rule."""
        known = self._found.get(id(place))
        return known.incident if known else None

    def write(self) -> None:
        """Keep the links and the codes; the cases have to be written before."""
        connection, now = self._unit.session.connection(), self._unit.now
        codes = [
            {"case_id": each.place.id, "code": clean_line(code, 40), "at": now}
            for each in self._found.values()
            for code in each.codes
        ]
        if codes:
            connection.execute(insert(CaseCode), codes)
        for each in self._found.values():
            if each.incident is None:
                continue
            why = clean_line(f"by rule: it {each.why}", 200)
            row = {"case_id": each.place.id, "why": why, "agent_id": None, "at": now, "is_off": False}
            connection.execute(insert(IncidentCase), row | {"incident_id": each.incident.id})
            self._unit.record(
                EventKind.INCIDENT_LINKED, case_id=each.place.id, incident=each.incident.id,
                title=each.incident.title, why=why,
            )  # fmt: skip

    @cached_property
    def _by_rule(self) -> tuple[IncidentRow, ...]:
        rows = queries.incidents(
            self._unit.session.connection(), queries.in_states(ACTIVE), Incident.links_by_rule.is_(True)
        )
        return tuple(reversed(rows))
