"""Telling linked cases of an incident: paced, each customer once, to be stopped at any moment.

Who is to be told is written down in the transaction that begins; each message is written with its notice in one
transaction, so that a program that dies has told somebody or has not, and the next goes on from there.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, func, insert, literal, select, update

from db.kinds import EventKind, Language, MessageKind, NoticeState, OutboxState, Status
from db.models import (
    Case,
    ContactPoint,
    Incident,
    IncidentCase,
    IncidentNotice,
    IncidentUpdate,
    Message,
    OutboxItem,
)
from db.queries import incidents as queries
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.addressing import ADDRESSED_BY
from desk.rules.lifecycle import BY_HAND
from desk.services.changes import move_to
from desk.services.changing import case_to_change
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError
from desk.services.figures import zone_of
from desk.services.hours import plans_of
from desk.services.incident_words import incident_values, language_for, message_text
from desk.services.writing import addressed_to, outbound, owe

MINUTE = timedelta(minutes=1)
STEPS_A_MINUTE = 20
MOST_AT_ONCE = 50


def begin_telling(unit: UnitOfWork, incident: Incident, said: IncidentUpdate, me: AgentRow | None) -> None:
    """Have all linked cases told an update that have not been, inside a unit of work."""
    again = (IncidentNotice.update_id == said.id, IncidentNotice.state == NoticeState.CANCELLED)
    unit.session.execute(
        update(IncidentNotice).where(*again).values(state=NoticeState.PENDING, why="")
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    known = exists().where(IncidentNotice.update_id == said.id, IncidentNotice.case_id == IncidentCase.case_id)
    linked = select(literal(said.id), IncidentCase.case_id, literal(NoticeState.PENDING.value), literal("")).where(
        IncidentCase.incident_id == incident.id, ~IncidentCase.is_off, ~known
    )
    unit.session.execute(insert(IncidentNotice).from_select(["update_id", "case_id", "state", "why"], linked))
    said.telling_since = unit.now
    unit.record(EventKind.INCIDENT_TELLING, agent_id=me.id if me else None, incident=incident.id, update=said.id)


def stop_all(unit: UnitOfWork, incident_id: int, me: AgentRow | None) -> tuple[int, int]:
    """Stop whatever is being told of an incident, inside a unit of work: how many are not told, how many were.

    What is written and has not begun to leave does not leave.
    """
    running = list(
        unit.session.scalars(
            select(IncidentUpdate)
            .where(IncidentUpdate.incident_id == incident_id, IncidentUpdate.telling_since.is_not(None))
            .order_by(IncidentUpdate.id)
            .with_for_update()
        )
    )
    if not running:
        return 0, 0
    ids = [each.id for each in running]
    for each in running:
        each.telling_since = None
    notices = list(
        unit.session.scalars(
            select(IncidentNotice).where(
                IncidentNotice.update_id.in_(ids), IncidentNotice.state.in_((NoticeState.PENDING, NoticeState.TOLD))
            )
        )
    )
    taken_back = _take_back(unit, [each.message_id for each in notices if each.message_id is not None])
    stopped = 0
    for notice in notices:
        if notice.state is NoticeState.PENDING or notice.message_id in taken_back:
            notice.state, notice.why, notice.told_customer_id = NoticeState.CANCELLED, "stopped", None
            stopped += 1
    told = len(notices) - stopped
    unit.record(
        EventKind.INCIDENT_TELLING_STOPPED,
        agent_id=me.id if me else None,
        incident=incident_id,
        after={"stopped": stopped, "told": told},
    )
    return stopped, told


def _take_back(unit: UnitOfWork, message_ids: list[int]) -> set[int]:
    taken: set[int] = set()
    for start in range(0, len(message_ids), 400):
        gone = (
            update(OutboxItem)
            .where(
                OutboxItem.message_id.in_(message_ids[start : start + 400]),
                OutboxItem.state == OutboxState.QUEUED,
                OutboxItem.attempts == 0,
            )
            .values(state=OutboxState.CANCELLED)
            .returning(OutboxItem.message_id)
            .execution_options(synchronize_session=False)
        )
        taken |= set(unit.session.scalars(gone))
    return taken


def tell_some(desk: Desk) -> int:
    """Tell the next cases, as many as settings allow by now; how many notices were dealt with.

    One worker does it at a time, and one update after the other.
    """
    with desk.database.read() as connection:
        running = select(IncidentUpdate.id).where(IncidentUpdate.telling_since.is_not(None))
        first = connection.scalar(running.order_by(IncidentUpdate.telling_since, IncidentUpdate.id).limit(1))
    if first is None:
        return 0
    with desk.database.write() as unit:
        locked = select(IncidentUpdate).where(IncidentUpdate.id == first, IncidentUpdate.telling_since.is_not(None))
        said = unit.session.scalar(locked.with_for_update(skip_locked=True))
        if said is None:
            return 0
        room = _room(desk, unit)
        if room <= 0:
            return 0
        pending = (
            select(IncidentNotice)
            .where(IncidentNotice.update_id == said.id, IncidentNotice.state == NoticeState.PENDING)
            .order_by(IncidentNotice.case_id)
            .limit(room)
        )
        notices = list(unit.session.scalars(pending))
        if notices:
            teller = _Teller(desk, unit, said)
            for notice in notices:
                teller.tell(notice)
        if len(notices) < room:
            said.telling_since = None
            unit.record(EventKind.INCIDENT_TELLING_STOPPED, incident=said.incident_id, after={"stopped": 0})
        return len(notices)


def _room(desk: Desk, unit: UnitOfWork) -> int:
    """How many may be told now, so that no minute sees more than settings say, and none all at once."""
    most = desk.settings.incidents.messages_per_minute
    recent = select(func.count()).where(IncidentNotice.told_at > unit.now - MINUTE)
    left = most - (unit.session.scalar(recent) or 0)
    return min(left, MOST_AT_ONCE, -(-most // STEPS_A_MINUTE))


class _Teller:
    """Tells the cases of one unit of work of one update."""

    def __init__(self, desk: Desk, unit: UnitOfWork, said: IncidentUpdate) -> None:
        from msgspec.structs import replace

        self._desk, self._unit, self._said = desk, unit, said
        connection = unit.session.connection()
        known = queries.incident(connection, said.incident_id, counted=False)
        assert known is not None  # noqa: S101  (an update without its incident is held off by a constraint)
        self._incident = replace(known, texts=said.texts, state=said.state)
        self._zone = zone_of(plans_of(connection, unit.now))

    def tell(self, notice: IncidentNotice) -> None:
        """Tell the customer of one case, unless they know."""
        case = case_to_change(self._unit, queries.final_case(self._unit.session.connection(), notice.case_id))
        if case.spam_at is not None or case.status is Status.CLOSED:
            self._skip(notice, "it is closed")
        elif self._has_heard(case.customer_id):
            notice.state = NoticeState.HEARD
            self._leave(case)
        else:
            self._write(notice, case)

    def _write(self, notice: IncidentNotice, case: Case) -> None:
        try:
            address = addressed_to(self._desk, self._unit, case)
        except UnreachableCustomerError:
            self._skip(notice, "nobody knows how to reach the customer")
            return
        if self._is_dead(case, address):
            self._skip(notice, "what goes to that address comes back, or it is blocked")
            return
        wanted = case.language if case.language is not Language.OTHER else Language(self._fallback)
        language = language_for(self._said.texts, wanted, self._fallback)
        values = incident_values(self._incident, language, self._unit.now, self._zone)
        text = message_text(self._incident, language, values, case.id)
        details = {"automatic": True, "incident": self._incident.id}
        message = outbound(self._desk, self._unit, case, None, text, details)
        owe(self._unit, message, self._unit.now)
        notice.state, notice.message_id = NoticeState.TOLD, message.id
        notice.told_customer_id, notice.told_at = case.customer_id, self._unit.now
        self._unit.session.flush()
        self._unit.record(
            EventKind.INCIDENT_TOLD, case_id=case.id, incident=self._incident.id, message=message.id,
            title=self._incident.title,
        )  # fmt: skip
        self._leave(case)

    @property
    def _fallback(self) -> str:
        return self._desk.settings.fallback_language

    def _skip(self, notice: IncidentNotice, why: str) -> None:
        notice.state, notice.why = NoticeState.SKIPPED, why

    def _has_heard(self, customer_id: int) -> bool:
        return has_heard(self._unit, self._said.id, customer_id)

    def _is_dead(self, case: Case, address: str) -> bool:
        dead = (ContactPoint.undeliverable_at.is_not(None)) | (ContactPoint.blocked_at.is_not(None))
        query = select(ContactPoint.id).where(
            ContactPoint.customer_id == case.customer_id,
            ContactPoint.kind == ADDRESSED_BY[case.channel],
            ContactPoint.value == address,
            dead,
        )
        return self._unit.session.scalar(query.limit(1)) is not None

    def _leave(self, case: Case) -> None:
        """Leave the case in the status that was asked for, unless its customer has written since."""
        then = self._said.then
        if then is None or then not in BY_HAND[case.status] or case.status is Status.SOLVED:
            return
        written = select(Message.id).where(
            Message.case_id == case.id,
            Message.kind == MessageKind.INBOUND,
            Message.side_id.is_(None),
            Message.is_automatic.is_(False),
            Message.at > self._said.at,
        )
        if self._unit.session.scalar(written.limit(1)) is None:
            move_to(self._unit, case, then, None)


def has_heard(unit: UnitOfWork, update_id: int, customer_id: int) -> bool:
    """Whether a customer has been told an update, on whichever case."""
    query = select(IncidentNotice.case_id).where(
        IncidentNotice.update_id == update_id, IncidentNotice.told_customer_id == customer_id
    )
    return unit.session.scalar(query.limit(1)) is not None


def note_told(unit: UnitOfWork, update_id: int, case: Case, message: Message) -> None:
    """Keep that the confirmation of a new case told its customer an update, inside a unit of work."""
    notice = IncidentNotice(
        update_id=update_id,
        case_id=case.id,
        state=NoticeState.TOLD,
        told_customer_id=case.customer_id,
        message_id=message.id,
    )
    unit.session.add(notice)
    unit.session.flush()
