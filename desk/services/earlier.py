"""A customer's earlier cases, for messages that belong to one of them without naming it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, exists, select

from db.kinds import Channel, MessageKind, Status
from db.models import Case, Message
from db.uow import UnitOfWork
from desk.services.customers import Who
from desk.services.joining import Threads
from desk.services.places import Place

RECENT = timedelta(days=1)
"""How long after a message of ours an automatic answer that names nothing is taken for an answer to it."""


class EarlierCases:
    """Finds them, on file and among those of this unit of work."""

    def __init__(self, unit: UnitOfWork, threads: Threads) -> None:
        self._unit = unit
        self._threads = threads
        self._new: dict[int, Place] = {}
        self._spam: dict[int, Place] = {}

    def remember(self, place: Place) -> None:
        """A new case, which later messages may belong to."""
        self._new[id(place.who)] = place

    def remember_spam(self, place: Place) -> None:
        """A new case for a blocked sender."""
        self._spam[id(place.who)] = place

    def spam(self, who: Who) -> Place | None:
        """The case that holds what this customer wrote since they were blocked."""
        if id(who) in self._spam:
            return self._spam[id(who)]
        query = select(Case.id).where(
            Case.customer_id == who.id, Case.spam_at.is_not(None), Case.status == Status.CLOSED
        )
        return self._found(query.order_by(Case.id.desc()).limit(1))

    def latest(self, who: Who) -> Place | None:
        """The newest case by mail on which anything happened lately."""
        if id(who) in self._new:
            return self._new[id(who)]
        return self._found(self._lately(who).order_by(Case.id.desc()).limit(1))

    def answered(self, who: Who) -> Place | None:
        """The newest case by mail on which we wrote lately."""
        wrote = exists().where(
            Message.case_id == Case.id,
            Message.kind == MessageKind.OUTBOUND,
            Message.side_id.is_(None),
            Message.at >= self._unit.now - RECENT,
        )
        return self._found(self._lately(who).where(wrote).order_by(Case.id.desc()).limit(1))

    def _lately(self, who: Who) -> Select[int]:
        return select(Case.id).where(
            Case.customer_id == who.id,
            Case.channel == Channel.EMAIL,
            Case.spam_at.is_(None),
            Case.updated_at >= self._unit.now - RECENT,
        )

    def _found(self, query: Select[int]) -> Place | None:
        case_id = self._unit.session.scalar(query)
        return self._threads.place(case_id) if case_id is not None else None
