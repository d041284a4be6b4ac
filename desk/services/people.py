"""Who may write on a case beside its customer: those whom the customer put in copy."""

from __future__ import annotations

from sqlalchemy import insert, update

from db.kinds import ContactKind, EventKind
from db.models import Participant
from db.uow import UnitOfWork
from desk.rules.addressing import OwnAddresses, is_address
from desk.rules.incoming import Incoming
from desk.rules.text import clean_line
from desk.services.customers import Contact, folded_contact
from desk.services.places import Person, Place

MOST_PEOPLE = 20
"""In copy on one case: more is a mailing, and nobody reads on every one of its cases who is new."""


class People:
    """Collects who is put in copy and who of them writes for the first time; `write` stores it."""

    def __init__(self, unit: UnitOfWork, country: str, ours: OwnAddresses) -> None:
        self._unit = unit
        self._country = country
        self._ours = ours
        self._added: list[tuple[Place, Person]] = []
        self._joined: list[tuple[Place, Person]] = []

    def add_copied(self, place: Place, incoming: Incoming, sender: Contact) -> None:
        """Those to whom the customer sent a copy may write on the case from now on; the desk itself is none of them."""
        for name, address in incoming.copied:
            folded = folded_contact(ContactKind.EMAIL, address, self._country)
            if folded is None or folded == sender.folded or folded in place.people or len(place.people) >= MOST_PEOPLE:
                continue
            if not is_address(folded) or self._ours.has(folded):
                continue
            person = Person(folded, clean_line(address, 320), clean_line(name, 200), is_new=True)
            place.people[folded] = person
            self._added.append((place, person))

    def is_first_word(self, place: Place, sender: Contact) -> bool:
        """Whether somebody in copy writes for the first time; it is noted that they have."""
        person = place.people.get(sender.folded)
        if person is None or place.belongs_to(sender.who) or person.joined_at is not None:
            return False
        person.joined_at = self._unit.now
        self._joined.append((place, person))
        return True

    def write(self) -> None:
        """Store it, with the events; the cases have to be written before."""
        connection = self._unit.connection
        rows = [
            {
                "case_id": place.id,
                "folded": person.folded,
                "address": person.address,
                "name": person.name,
                "agent_id": None,
                "added_at": self._unit.now,
                "joined_at": person.joined_at,
            }
            for place, person in self._added
        ]
        if rows:
            connection.execute(insert(Participant), rows)
        for place, person in self._added:
            self._unit.record(EventKind.PERSON_ADDED, case_id=place.id, address=person.address, name=person.name)
        for place, person in self._joined:
            if not person.is_new:
                known = Participant.case_id == place.id, Participant.folded == person.folded
                connection.execute(update(Participant).where(*known).values(joined_at=person.joined_at))
            self._unit.record(EventKind.SENDER_JOINED, case_id=place.id, address=person.address, name=person.name)
