"""The automatic confirmation of a new case: one message, in the transaction that opens the case."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import msgspec
from sqlalchemy import select

from db.kinds import Channel, ContactKind, EventKind, Language
from db.models import Case, ContactPoint
from db.rows_incidents import IncidentRow
from db.uow import UnitOfWork
from desk.rules.acknowledging import is_closed_since, is_nobody, is_time
from desk.rules.addressing import ADDRESSED_BY, OwnAddresses, is_address
from desk.rules.answers import fill
from desk.rules.hours import HoursPlan
from desk.rules.incoming import Incoming
from desk.rules.staffed import Staffed
from desk.services.customers import Contact, Customers
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError
from desk.services.figures import zone_of
from desk.services.hours import plans_of
from desk.services.incident_telling import has_heard, note_told
from desk.services.incident_words import acknowledgement_text, incident_values, language_for
from desk.services.places import Place
from desk.services.promises import Offer, Promising, keep, last_promised
from desk.services.routing import NOT_ROUTED, Routed
from desk.services.routing_answers import automatic_text
from desk.services.seed_files import SeedError, Words, read_seed_file, seeds_folder
from desk.services.writing import outbound, owe, remember_answers

log = logging.getLogger(__name__)

FILE = "acknowledgement.toml"


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text` goes out by mail, `message` by chat and social."""

    text: Words
    message: Words


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The confirmation's words in the desk's languages."""

    id: _Text
    en: _Text
    zh: _Text


@dataclass(frozen=True, slots=True)
class _Owed:
    place: Place
    contact: Contact
    routed: Routed = NOT_ROUTED
    incident: IncidentRow | None = None


class Acknowledging:
    """Decides which new cases are confirmed, and writes the confirmations once the cases are there."""

    def __init__(self, desk: Desk, unit: UnitOfWork, ours: OwnAddresses, customers: Customers) -> None:
        self._desk = desk
        self._unit = unit
        self._ours = ours
        self._customers = customers
        self._owed: list[_Owed] = []

    def consider(
        self,
        place: Place,
        incoming: Incoming,
        sender: Contact,
        routed: Routed = NOT_ROUTED,
        incident: IncidentRow | None = None,
    ) -> None:
        """Confirm a new case that arrives just now, if its sender is somebody who is helped by that.

        A rule of routing may have an answer of its own for it; who writes because of a known `incident` is told of it
        instead. Who was confirmed a short while ago is not, unless there is news for them.
        """
        channel = routed.channel or incoming.channel
        is_plain = self._confirms(channel) and routed.call_from is None  # who is called is told when
        is_asked = routed.answers_itself or incident is not None or is_plain
        if not is_asked or not is_somebody(incoming, sender, self._ours):
            return
        reached = self._reached(incoming, sender, channel)
        if reached is None:
            return
        if not is_time(reached.acknowledged_at, self._unit.now, is_mail=channel is Channel.EMAIL):
            if not (is_plain or routed.transcript) or not self._is_news(incoming, sender, reached, routed):
                return
            routed = replace(routed, answer="")  # the limit holds for a rule's answer, which says the same again
        for told in (reached, sender):
            told.acknowledged_at = self._unit.now
            told.is_changed = True
        self._owed.append(_Owed(place, sender, routed, incident))

    def _is_news(self, incoming: Incoming, sender: Contact, reached: Contact, routed: Routed) -> bool:
        """Whether a confirmation says what its reader does not know, although the last one was not long ago.

        No machine that answers mail writes chats, so a chat that goes on by mail has the limit of chats, for its handle
        and for the address.
        """
        now = self._unit.now
        if routed.transcript and all(is_time(each.acknowledged_at, now, is_mail=False) for each in (sender, reached)):
            return True
        queue = routed.queue if routed.rule else incoming.queue
        plan = self._plans.of_case(incoming.channel, incoming.language or Language.OTHER, queue)
        if plan is None:
            return False
        promised = last_promised(self._unit, sender.who.id, incoming.channel)
        return is_closed_since(plan.hours, now, sender.acknowledged_at, promised)

    @cached_property
    def _plans(self) -> Staffed[HoursPlan]:
        return plans_of(self._unit.connection, self._unit.now)

    def _reached(self, incoming: Incoming, sender: Contact, channel: Channel) -> Contact | None:
        """Where a confirmation goes: to where the message came from, or to the customer's mail; None for nowhere."""
        if incoming.sender_kind is ADDRESSED_BY[channel] and channel is incoming.channel:
            return sender
        if channel is not Channel.EMAIL or not sender.who.id:
            return None
        query = select(ContactPoint.folded).where(
            ContactPoint.customer_id == sender.who.id, ContactPoint.kind == ContactKind.EMAIL
        )
        folded = self._unit.session.scalar(query.order_by(ContactPoint.id).limit(1))
        return self._customers.at(folded) if folded is not None else None

    def _confirms(self, channel: Channel) -> bool:
        settings = self._desk.settings
        return settings.mail.acknowledge if channel is Channel.EMAIL else settings.outbox.acknowledge

    def write(self) -> None:
        """Write what is owed; cases and their messages have to be written before.

        A seed file that cannot be used costs the confirmation, and never the case.
        """
        if not self._owed:
            return
        try:
            words = acknowledgement()
        except SeedError:
            log.exception("new cases are not confirmed")
            return
        promising = Promising(self._unit)
        for owed in self._owed:
            case = self._unit.session.get_one(Case, owed.place.id)
            try:
                self._write(case, words, owed, promising)
            except UnreachableCustomerError as error:
                log.warning("the customer of #%d is not confirmed their case: %s", case.id, error)

    def _write(self, case: Case, words: Acknowledgement, owed: _Owed, promising: Promising) -> None:
        routed = owed.routed
        language = case.language if case.language is not Language.OTHER else self._desk.settings.fallback_language
        answer = automatic_text(self._unit, case, routed.answer, Language(language)) if routed.answer else None
        offer = None if answer and owed.incident is None else _offered(promising, case, Language(language))
        of_incident = self._of_incident(case, owed.incident, offer)
        filled = {"case.reference": f"#{case.id}", "promise": offer.told if offer else ""}
        said: _Text = getattr(words, language)
        template = said.text if case.channel is Channel.EMAIL else said.message
        confirmation = _without_gaps(fill(template.strip(), filled).text)
        text = of_incident or (answer.text if answer else confirmation)
        if routed.transcript:
            text = f"{text}\n\n{routed.transcript}"
        message = outbound(self._desk, self._unit, case, None, text, {"automatic": True})
        if of_incident and owed.incident:
            note_told(self._unit, owed.incident.update_id, case, message)
        elif answer:
            remember_answers(self._unit, message.id, [answer.name])
        owe(self._unit, message, self._unit.now)
        self._unit.record(EventKind.MESSAGE_ACKNOWLEDGED, case_id=case.id, message=message.id)
        if offer is not None:
            keep(self._unit, case, offer, message)

    def _of_incident(self, case: Case, incident: IncidentRow | None, offer: Offer | None) -> str:
        """The confirmation that tells of an incident; empty where there is none, or its customer knows its text."""
        if incident is None or has_heard(self._unit, incident.update_id, case.customer_id):
            return ""
        fallback = self._desk.settings.fallback_language
        wanted = case.language if case.language is not Language.OTHER else Language(fallback)
        language = language_for(incident.texts, wanted, fallback)
        zone = zone_of(plans_of(self._unit.session.connection(), self._unit.now))
        try:
            values = incident_values(incident, language, self._unit.now, zone)
            return acknowledgement_text(language, values, case.id, offer.told if offer else "")
        except SeedError:
            log.exception("a new case is confirmed without telling of its incident")
            return ""


def is_somebody(incoming: Incoming, sender: Contact, ours: OwnAddresses) -> bool:
    """Whether an automatic answer to a message may reach a person: no program, none of ours, nobody who is blocked."""
    if incoming.channel is not Channel.EMAIL:
        is_read = incoming.channel is not Channel.PHONE and not incoming.is_automatic
        return is_read and bool(sender.folded) and sender.blocked_at is None
    return (
        incoming.may_be_answered
        and is_address(sender.folded)
        and not is_nobody(sender.folded)
        and not ours.has(sender.folded)
        and sender.blocked_at is None
        and sender.undeliverable_at is None
    )


def _offered(promising: Promising, case: Case, language: Language) -> Offer | None:
    """What can be promised; words that cannot be read cost the promise, and never the case."""
    try:
        return promising.offer(case, language)
    except SeedError:
        log.exception("a new case is confirmed without a promise")
        return None


def _without_gaps(text: str) -> str:
    """A paragraph that came out empty leaves no gap."""
    return re.sub(r"\n{3,}", "\n\n", text)


@lru_cache(maxsize=1)
def acknowledgement() -> Acknowledgement:
    """The words of the confirmation, read once. Raises `SeedError`."""
    return read_seed_file(seeds_folder() / FILE, Acknowledgement)
