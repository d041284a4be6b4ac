"""Filing messages from outside: whose they are, which case they join, and what that does to the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from db.kinds import ContactKind, EventKind, OutboxState, Status
from db.models import Case, Message, OutboxItem
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.due import answer_due
from desk.rules.incoming import Incoming
from desk.rules.lifecycle import after_customer_message
from desk.rules.text import clean_line
from desk.services.customers import Customers, Who, folded_contact
from desk.services.filed_rows import FiledRows
from desk.services.joining import Entry, Place, Threads

BOUNCES_FAIL = {OutboxState.SENT, OutboxState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a message: its entry, new or known already; the entry has its id once filing is finished."""

    entry: Entry
    is_new: bool
    is_new_case: bool = False


class Filing:
    """Files the messages of one unit of work; what it has to look up or write, it does once for all of them."""

    def __init__(self, unit: UnitOfWork, me: AgentRow | None, country: str, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._country = country
        self._customers = Customers(unit, country, messages)
        self._threads = Threads(unit, messages)
        self._rows = FiledRows(unit, me)

    def file(self, incoming: Incoming, raw_sha256: str, raw_size: int) -> Filed:
        """File one message, or find that it is on file already."""
        name, known = self._threads.own(incoming)
        if known is not None:
            return Filed(known, is_new=False)
        place, is_new_case = self._bounced(incoming), False
        if place is None:
            who = self._customers.of(incoming)
            place = self._joined(incoming, who)
            if place is None:
                place, is_new_case = self._new_case(incoming, who), True
        entry = self._threads.add(incoming, name, place)
        self._rows.add_message(entry, name, incoming, raw_sha256, raw_size)
        return Filed(entry, is_new=True, is_new_case=is_new_case)

    def finish(self) -> None:
        """Write everything, and what follows from it: events, and the words that search finds."""
        self._unit.session.flush()
        self._customers.write()
        self._rows.write()

    def _joined(self, incoming: Incoming, who: Who) -> Place | None:
        """The sender's own case that a message joins, awake again if a person wrote; None when it needs a new one."""
        own = next((place for place in self._threads.named(incoming) if place.belongs_to(who)), None)
        if own is None or own.case is None or incoming.is_automatic:
            return own
        if own.case.status is Status.CLOSED:
            return None
        self._reopen(own.case, "the customer wrote")
        return own

    def _new_case(self, incoming: Incoming, who: Who) -> Place:
        """A new case: the follow-up of the sender's own closed one, or to be reviewed beside one of somebody else's."""
        named = list(self._threads.named(incoming))
        own = next((place for place in named if place.belongs_to(who)), None)
        named += self._threads.guessed(incoming)
        place = Place(who=who)
        self._rows.add_case(place, incoming, follows=own, review=named[0] if named and own is None else None)
        return place

    def _bounced(self, incoming: Incoming) -> Place | None:
        """The case whose answer came back undelivered: the answer has failed, and somebody has to look."""
        bounced = self._threads.bounced(incoming)
        if bounced is None or bounced.place.case is None or not self._went_there(bounced, incoming):
            return None
        item = self._unit.session.scalar(
            select(OutboxItem).where(OutboxItem.message_id == bounced.id).with_for_update()
        )
        if item is not None and item.state in BOUNCES_FAIL:
            item.state = OutboxState.FAILED
            item.error = clean_line(str(incoming.details.get("bounce") or incoming.subject), 2000)
            self._unit.record(EventKind.MESSAGE_FAILED, case_id=bounced.place.id, message=bounced.id, error=item.error)
        if bounced.place.case.status is not Status.CLOSED:
            self._reopen(bounced.place.case, "our answer came back")
        return bounced.place

    def _went_there(self, bounced: Entry, incoming: Incoming) -> bool:
        """Whether the report speaks of where the answer went; a stranger who saw its Message-ID can make one up."""
        to = self._unit.session.get_one(Message, bounced.id).details.get("to")
        said = {folded_contact(ContactKind.EMAIL, each, self._country) for each in incoming.bounced_to}
        return not said or folded_contact(ContactKind.EMAIL, str(to), self._country) in said

    def _reopen(self, case: Case, why: str) -> None:
        before = case.status
        after = after_customer_message(before) or before
        case.updated_at = self._unit.now
        case.snoozed_until = None
        case.solved_at = None
        if case.due_at is None:
            case.due_at = answer_due(case.channel, case.priority, self._unit.now)
        if after is not before:
            case.status = after
            self._unit.record(
                EventKind.CASE_STATUS,
                case_id=case.id,
                before={"status": before.value},
                after={"status": after.value},
                why=why,
            )
