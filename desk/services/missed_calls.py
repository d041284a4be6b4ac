"""Calls that nobody took, or that came out of hours: each customer is promised one call-back, on one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from db.kinds import Channel, ContactKind, Language, Status
from db.models import Case
from db.uow import UnitOfWork
from desk.rules.hours import HoursPlan
from desk.rules.incoming import Incoming
from desk.rules.text import clean_line, is_blank
from desk.services.customers import Contact
from desk.services.desk import Desk
from desk.services.hours import plans_of
from desk.services.joining import Threads
from desk.services.places import Place

MOST_AGE = timedelta(days=7)
"""A call that was missed longer ago is history: its case is filed, and nobody is called by themselves."""


@dataclass(slots=True)
class _Owed:
    place: Place
    number: str
    language: Language


class MissedCalls:
    """Finds the call-backs that the messages of one unit of work ask for, and books them once the cases are there.

    With `are_taken` they are calls that an agent has taken: nobody has missed them, whatever the rules say of the hour.
    """

    def __init__(self, desk: Desk, unit: UnitOfWork, threads: Threads, *, are_taken: bool = False) -> None:
        self._are_taken = are_taken
        self._desk = desk
        self._unit = unit
        self._threads = threads
        self._owed: dict[int, _Owed] = {}

    def waiting_case(self, incoming: Incoming, sender: Contact) -> Place | None:
        """The case on which this customer waits for a call-back already: calling again asks for the same."""
        if not self._is_missed(incoming):
            return None
        if id(sender.who) in self._owed:
            return self._owed[id(sender.who)].place
        if not sender.who.id:
            return None
        from desk.services.callbacks import pending_on

        known = pending_on(self._unit, sender.who.id)
        return self._threads.place(known.case_id) if known is not None else None

    def is_repeated(self, place: Place, incoming: Incoming) -> bool:
        """Whether a call changes nothing about a case, because its call-back is promised already."""
        return self._is_missed(incoming) and self._is_promised(place)

    def _is_promised(self, place: Place) -> bool:
        if any(owed.place is place for owed in self._owed.values()):
            return True
        from desk.services.callbacks import callback_due

        return place.id > 0 and callback_due(self._unit, place.id) is not None

    def consider(self, place: Place, incoming: Incoming, sender: Contact, *, is_routed: bool) -> None:
        """Promise a call-back on the case of a missed call, or of one that routing has called back.

        A customer who has one already gets no other, and who withheld the number none.
        """
        if self._are_taken or is_blank(incoming.sender_address):
            return
        wanted = is_routed and incoming.sender_kind is ContactKind.PHONE and self._is_recent(incoming)
        if not (wanted or self._is_missed(incoming)) or self._is_promised(place):
            return
        if place.case is not None and place.case.status is Status.CLOSED:
            return
        language = incoming.language
        if language in {None, Language.OTHER}:
            language = sender.who.language
        number = clean_line(incoming.sender_address, 320)
        self._owed[id(sender.who)] = _Owed(place, number, language or Language.OTHER)

    def write(self) -> None:
        """Book what is owed; cases and their messages have to be written before."""
        if not self._owed:
            return
        from desk.services.callback_slots import Slots
        from desk.services.callbacks import book

        self._unit.session.flush()
        slots = Slots(self._desk, self._unit)
        for owed in self._owed.values():
            case = self._unit.session.get_one(Case, owed.place.id)
            book(slots, self._unit, case, owed.number, owed.language)

    def _is_missed(self, incoming: Incoming) -> bool:
        call = incoming.call
        if call is None or incoming.channel is not Channel.PHONE or incoming.sender_kind is not ContactKind.PHONE:
            return False
        at = incoming.at or self._unit.now
        is_closed = self._plan is not None and not self._plan.hours.is_open(at)
        return self._is_recent(incoming) and (call.missed or is_closed)

    def _is_recent(self, incoming: Incoming) -> bool:
        return -MOST_AGE < (incoming.at or self._unit.now) - self._unit.now < MOST_AGE

    @cached_property
    def _plan(self) -> HoursPlan | None:
        return plans_of(self._unit.connection, self._unit.now).get(Channel.PHONE)
