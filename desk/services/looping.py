"""The bound on mail from one address, which ends what two machines could go on with for ever."""

from __future__ import annotations

from datetime import timedelta

from db.kinds import EventKind
from db.uow import UnitOfWork
from desk.services.customers import Contact
from desk.services.places import Place

WITHIN = timedelta(hours=1)
MOST_WITHIN = 20
"""Messages of one address within an hour that are taken for a person's: nobody who waits for an answer writes more
than one in three minutes for so long, and a machine that answers a machine reaches it in seconds."""


class Loops:
    """Counts live mail by address, in the database, so that no restart forgets."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._noted: list[tuple[Place, str]] = []

    def is_excess(self, sender: Contact) -> bool:
        """Count one more message from there; whether it is one too many."""
        since, now = sender.recent_since, self._unit.now
        if not sender.folded:
            return False
        if since is None or not timedelta(0) <= now - since < WITHIN:
            sender.recent_since, sender.recent_count = now, 0
        sender.recent_count += 1
        sender.is_changed = True
        return sender.recent_count > MOST_WITHIN

    def note(self, place: Place, sender: Contact) -> None:
        """The first message beyond the bound says on its case why nothing follows from it."""
        if sender.recent_count == MOST_WITHIN + 1:
            self._noted.append((place, sender.value))

    def write(self) -> None:
        """Record it; the cases have to be written before."""
        for place, address in self._noted:
            why = f"more than {MOST_WITHIN} messages within an hour from {address}: further ones wake nothing"
            self._unit.record(EventKind.SENDER_SLOWED, case_id=place.id, address=address, why=why)
