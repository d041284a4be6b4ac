"""Filing messages from outside: whose they are, which case they join, and what that does to the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import select

from db.kinds import Channel, Status
from db.models import Refund
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.authentication import believed, is_forged
from desk.rules.incoming import Incoming
from desk.rules.masking import masked_incoming
from desk.rules.refunds.links import HIDES_LINK, hidden_in
from desk.services.acknowledging import Acknowledging
from desk.services.customers import Contact, Customers
from desk.services.desk import Desk
from desk.services.earlier import EarlierCases
from desk.services.filed_rows import FiledRows
from desk.services.incident_links import IncidentMatching
from desk.services.joining import Entry, Threads
from desk.services.looping import Loops
from desk.services.masking import Masking
from desk.services.missed_calls import MissedCalls
from desk.services.own_addresses import own_addresses
from desk.services.people import People
from desk.services.places import Place
from desk.services.reopening import hold_scheduled, reopen
from desk.services.reports import Reports
from desk.services.routing import Routing


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a message: its entry, new or known already; the entry has its id once filing is finished."""

    entry: Entry
    is_new: bool
    is_new_case: bool = False


@dataclass(slots=True)
class _Landing:
    """Where a message goes, and what was found out on the way."""

    is_quiet: bool
    """Whether nothing in it waits for an answer: a program wrote it, or one that does not stop."""
    details: dict[str, Any] = field(default_factory=dict)
    is_new_case: bool = False
    side_id: int | None = None
    hears: Contact | None = None
    """The customer who wrote it, if an answer to them would not go round in circles."""


class Filing:
    """Files the messages of one unit of work; what it has to look up or write, it does once for all of them.

    `vouched` is the customer whose messages these are by the word of an agent who speaks with them, wherever they come
    from. With `are_taken` they are calls that an agent has taken. Neither is part of a message, so that nothing that
    arrives from outside can say it of itself.
    """

    def __init__(
        self,
        desk: Desk,
        unit: UnitOfWork,
        me: AgentRow | None,
        messages: Sequence[Incoming],
        *,
        vouched: int | None = None,
        are_taken: bool = False,
    ) -> None:
        country = desk.settings.country
        ours = own_addresses(desk.settings)
        self._unit = unit
        self._settings = desk.settings
        self._customers = Customers(unit, country, messages, vouched)
        self._threads = Threads(unit, messages)
        self._rows = FiledRows(unit, me)
        self._reports = Reports(unit, country, self._threads, self._customers)
        self._earlier = EarlierCases(unit, self._threads)
        self._loops = Loops(unit)
        self._people = People(unit, country, ours)
        self._incidents = IncidentMatching(unit)
        self._acknowledging = Acknowledging(desk, unit, ours, self._customers)
        self._routing = Routing(desk.settings, unit)
        self._missed = MissedCalls(desk, unit, self._threads, are_taken=are_taken)
        self._masking = Masking(desk, unit, ours)
        self._spoken: set[int] = set()

    def file(self, incoming: Incoming, raw_sha256: str, raw_size: int) -> Filed:
        """File one message, or find that it is on file already."""
        name, known = self._threads.own(incoming)
        if known is not None:
            return Filed(known, is_new=False)
        landing = _Landing(incoming.is_automatic)
        without_links = hidden_in(incoming)
        had_link = without_links is not incoming
        incoming, found = masked_incoming(without_links)
        place = self._place(incoming, landing)
        # In a merchant's answer it may also stand in what is not shown of it.
        if had_link or self._is_about_refund(place, landing.side_id):
            landing.details[HIDES_LINK] = True
        if found:
            landing.details["masked"] = self._masking.described(incoming, found)
        entry = self._threads.add(incoming, name, place)
        entry.side_id = landing.side_id
        self._rows.add_message(
            entry, name, incoming, raw_sha256, raw_size, details=landing.details, is_automatic=landing.is_quiet
        )
        if found:
            self._masking.note(entry, raw_sha256, landing.details["masked"])
            if landing.hears is not None:
                self._masking.consider(place, incoming, landing.hears)
        return Filed(entry, is_new=True, is_new_case=landing.is_new_case)

    def finish(self) -> None:
        """Write everything, and what follows from it: events, confirmations, and the words that search finds."""
        self._unit.session.flush()
        self._customers.write()
        self._rows.write()
        self._routing.write()
        self._incidents.write()
        self._people.write()
        self._loops.write()
        hold_scheduled(self._unit, self._spoken)
        self._missed.write()
        self._masking.write()
        self._acknowledging.write()
        self._masking.warn()

    def _is_about_refund(self, place: Place, side_id: int | None) -> bool:
        if side_id is None:
            return False
        query = select(Refund.id).where(Refund.case_id == place.id, Refund.side_id == side_id).limit(1)
        return self._unit.session.scalar(query) is not None

    def _place(self, incoming: Incoming, landing: _Landing) -> Place:
        results = believed(incoming.authentication, self._settings.mail.authserv_id)
        if results:
            landing.details["auth"] = results
        known = self._customers.known(incoming)
        if known is not None and known.blocked_at is not None:
            return self._spam(incoming, known, landing)
        if is_forged(results):
            return self._unverified(incoming, landing)
        return (
            self._reported(incoming, landing) or self._side(incoming, landing) or self._from_sender(incoming, landing)
        )

    def _spam(self, incoming: Incoming, sender: Contact, landing: _Landing) -> Place:
        """The case that holds what a blocked sender writes; it never stands in the queue."""
        known = self._earlier.spam(sender.who)
        if known is not None:
            return known
        place = self._new_case(incoming, sender, landing, is_spam=True)
        self._earlier.remember_spam(place)
        return place

    def _unverified(self, incoming: Incoming, landing: _Landing) -> Place:
        """A case of its own for mail whose sender is not who they say, beside the one that it names."""
        landing.details["unverified"] = True
        sender = self._customers.of(incoming, learn=False)
        return self._new_case(incoming, sender, landing, review=self._first_named(incoming))

    def _reported(self, incoming: Incoming, landing: _Landing) -> Place | None:
        """The case of our message that a report is about."""
        about = self._reports.land(incoming)
        if about is None:
            return None
        landing.side_id = about.side_id
        return about.place

    def _side(self, incoming: Incoming, landing: _Landing) -> Place | None:
        """The case about which its sender has a conversation with us: they are no customer, and no stranger."""
        folded = self._customers.folded(incoming)
        found = self._threads.side(incoming, folded)
        if found is None:
            return None
        place, side_id = found
        if place.case is None or (place.case.status is Status.CLOSED and not landing.is_quiet):
            return None
        landing.side_id = side_id
        if not landing.is_quiet and place.case.status not in {Status.NEW, Status.OPEN}:
            reopen(self._unit, place.case, "the other side wrote")
        return place

    def _from_sender(self, incoming: Incoming, landing: _Landing) -> Place:
        """The case of somebody who writes for themselves: the customer, who is in copy, or somebody new."""
        sender = self._customers.of(incoming)
        self._heard(sender)
        is_excess = incoming.is_live and incoming.channel is Channel.EMAIL and self._loops.is_excess(sender)
        landing.is_quiet = landing.is_quiet or is_excess
        place = self._joined(incoming, sender, landing) or self._guessed(sender, landing, is_excess=is_excess)
        if place is None:
            place = self._opened(incoming, sender, landing)
            if incoming.is_live and not is_excess:
                routed, incident = self._routing.of(place), self._incidents.of(place)
                self._acknowledging.consider(place, incoming, sender, routed, incident)
        self._missed.consider(place, incoming, sender, is_routed=self._routing.of(place).call_from is not None)
        if is_excess:
            landing.details["loop"] = True
            self._loops.note(place, sender)
        elif not landing.is_quiet and place.belongs_to(sender.who):
            self._people.add_copied(place, incoming, sender)
            landing.hears = sender
        return place

    def _heard(self, sender: Contact) -> None:
        """An address that writes is there."""
        if sender.undeliverable_at is not None:
            sender.undeliverable_at = sender.undeliverable_why = None
            sender.is_changed = True

    def _joined(self, incoming: Incoming, sender: Contact, landing: _Landing) -> Place | None:
        """The sender's own case that a message joins, awake again if a person wrote; None when it needs a new one."""
        own = next((place for place in self._threads.named(incoming) if place.has_part(sender)), None)
        own = own or self._missed.waiting_case(incoming, sender)
        if own is None:
            return None
        if self._missed.is_repeated(own, incoming):
            return own
        if own.case is not None and not landing.is_quiet:
            if own.case.status is Status.CLOSED:
                return None
            reopen(self._unit, own.case, "the customer wrote" if own.belongs_to(sender.who) else "who is in copy wrote")
            self._spoken.add(own.id)
        if not landing.is_quiet and self._people.is_first_word(own, sender):
            landing.details["joined"] = True
        return own

    def _guessed(self, sender: Contact, landing: _Landing, *, is_excess: bool) -> Place | None:
        """The sender's latest case, for what a program wrote without saying what it answers."""
        if is_excess:
            return self._earlier.latest(sender.who)
        return self._earlier.answered(sender.who) if landing.is_quiet else None

    def _opened(self, incoming: Incoming, sender: Contact, landing: _Landing) -> Place:
        """A new case: the follow-up of the sender's own closed one, or to be reviewed beside one of somebody else's."""
        own = next((place for place in self._threads.named(incoming) if place.has_part(sender)), None)
        review = self._first_named(incoming) if own is None else None
        return self._new_case(incoming, sender, landing, follows=own, review=review)

    def _first_named(self, incoming: Incoming) -> Place | None:
        return next(chain(self._threads.named(incoming), self._threads.guessed(incoming)), None)

    def _new_case(self, incoming: Incoming, sender: Contact, landing: _Landing, **how: Any) -> Place:
        place = Place(who=sender.who)
        landing.is_new_case = True
        if not how.get("is_spam"):
            how["routed"] = routed = self._routing.route(place, incoming, sender)
            self._incidents.consider(place, incoming, routed.proposal.topic)
        self._rows.add_case(place, incoming, **how)
        self._earlier.remember(place)
        return place
