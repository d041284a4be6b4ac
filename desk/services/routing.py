"""Routing at intake: what a new case is about, which rule decides about it, and what that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, insert, select

from db.kinds import Channel, ContactKind, Language
from db.models import Case, CaseProposal, ContactPoint, Customer, Topic
from db.queries import routing as queries
from db.queries.incidents import keys_in_force
from db.uow import UnitOfWork
from desk.rules.hours import HoursPlan
from desk.rules.incoming import Incoming
from desk.rules.proposing import Proposal, propose
from desk.rules.routing import Facts, Outcome, Verdict, decide, named
from desk.rules.staffed import Staffed
from desk.rules.text import clean_text
from desk.rules.words import folded
from desk.services.customers import Contact, Who
from desk.services.hours import plans_of
from desk.services.places import Place
from desk.services.routing_store import InForce, in_force
from desk.settings import Settings

MOST_TRANSCRIPT = 4_000
"""Characters of a chat that go with the first mail after it."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What becomes of a new case; `rule` is empty when none fits. Moments are aware UTC."""

    rule: str = ""
    why: str = ""
    queue: str | None = None
    priority: int | None = None
    skill: str | None = None
    channel: Channel | None = None
    """The channel on which the case goes on, when that is another one."""
    call_from: datetime | None = None
    answer: str = ""
    transcript: str = ""
    proposal: Proposal = field(default_factory=Proposal)

    @property
    def answers_itself(self) -> bool:
        """Whether something is sent by itself because of a rule."""
        return bool(self.answer or self.transcript)

    @property
    def told(self) -> dict[str, Any]:
        """What the case's event says; empty when no rule decided."""
        if not self.rule:
            return {}
        after = {
            "queue": self.queue,
            "priority": self.priority,
            "skill": self.skill,
            "channel": self.channel.value if self.channel else None,
            "call_from": self.call_from.isoformat() if self.call_from else None,
            "answer": self.answer or None,
        }
        return {"rule": self.rule, "why": self.why, "after": {name: value for name, value in after.items() if value}}


NOT_ROUTED = Routed()


class Hours:
    """Whether a channel or a queue is open, at any moment; calendars are read when the first rule asks."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    @cached_property
    def plans(self) -> Staffed[HoursPlan]:
        """The hours in force."""
        return plans_of(self._connection, self._now)

    def plan(self, whose: str, language: Language = Language.OTHER) -> HoursPlan | None:
        """The hours of a queue or a channel, for a language that it may be staffed for; None where nothing says."""
        found = self.plans.of_queue(named(whose), language)
        if found is None and whose in list(Channel):
            found = self.plans.of(Channel(whose), language)
        return found

    def is_open(self, whose: str, at: datetime, language: Language = Language.OTHER) -> bool | None:
        """Whether a channel or a queue is open at a moment (aware)."""
        plan = self.plan(whose, language)
        return None if plan is None else plan.hours.is_open(at)

    def opening(self, whose: str, at: datetime) -> datetime | None:
        """When it is open from a moment (aware) on: that moment, or the next opening; None when it never opens."""
        plan = self.plan(whose)
        if plan is None or plan.hours.is_open(at):
            return at
        return plan.hours.next_open(at)


class Routing:
    """Routes the new cases of one unit of work; what it has to look up, it looks up once for all of them."""

    def __init__(self, settings: Settings, unit: UnitOfWork) -> None:
        self._settings = settings
        self._unit = unit
        self._routed: dict[int, tuple[Place, Routed]] = {}

    def route(self, place: Place, incoming: Incoming, sender: Contact) -> Routed:
        """What becomes of the new case that a message opens."""
        known = self._in_force
        if not known.rules and not known.lexicon.topics:
            return NOT_ROUTED
        text = folded(f"{incoming.subject}\n{incoming.new_text}")
        proposal = self._proposal(text, sender.who)
        at = incoming.at or self._unit.now
        facts = Facts(
            channel=incoming.channel,
            language=incoming.language or Language.OTHER,
            text=text,
            topic=proposal.topic,
            tier=self._tier(sender.who) if self._asks_for_tiers else "",
            queue=incoming.queue or "",
            incidents=self._incidents,
            is_open=self._opens(at, incoming.language or Language.OTHER),
            waiting=lambda queue, most: queries.waiting(self._connection, named(queue), most),
        )
        verdict = decide(known.rules, facts)
        routed = Routed(proposal=proposal) if verdict is None else self._decided(verdict, incoming, sender.who, at)
        routed = replace(routed, proposal=proposal)
        self._routed[id(place)] = (place, routed)
        return routed

    def of(self, place: Place) -> Routed:
        """What became of a new case."""
        return self._routed[id(place)][1] if id(place) in self._routed else NOT_ROUTED

    def write(self) -> None:
        """Keep what was proposed; the cases have to be written before."""
        rows = [
            {
                "case_id": place.id,
                "topic_key": routed.proposal.topic or None,
                "priority": routed.proposal.priority,
                "reasons": list(routed.proposal.reasons),
                "created_at": self._unit.now,
            }
            for place, routed in self._routed.values()
            if routed.proposal.reasons
        ]
        if rows:
            self._connection.execute(insert(CaseProposal), rows)

    def _decided(self, verdict: Verdict, incoming: Incoming, who: Who, at: datetime) -> Routed:
        do = verdict.rule.do
        routed = Routed(
            rule=verdict.rule.name,
            why=verdict.why,
            queue=self._queue(verdict, incoming),
            priority=do.priority,
            skill=do.skill or None,
            answer=do.answer,
        )
        return self._elsewhere(routed, do, incoming, who, at)

    def _queue(self, verdict: Verdict, incoming: Incoming) -> str | None:
        """Where the rule puts it; what a mailbox puts into a queue stays there, unless the rule names that queue."""
        rule = verdict.rule
        stays = incoming.queue is not None and incoming.queue not in rule.when.queues
        return incoming.queue if stays or not rule.do.queue else named(rule.do.queue)

    def _elsewhere(self, routed: Routed, do: Outcome, incoming: Incoming, who: Who, at: datetime) -> Routed:
        """The same, on another channel where the rule says so and it can be."""
        if do.channel == "call-back":
            return replace(routed, call_from=self._hours.opening(Channel.PHONE.value, at))
        if do.channel == Channel.EMAIL.value and incoming.channel is not Channel.EMAIL and self._has_address(who):
            said = clean_text(incoming.new_text or incoming.text)[:MOST_TRANSCRIPT]
            lines = "\n".join(f"> {line}" for line in said.splitlines())
            return replace(routed, channel=Channel.EMAIL, transcript=lines)
        return routed

    def _proposal(self, text: str, who: Who) -> Proposal:
        if not self._in_force.lexicon.topics:
            return Proposal()
        last = last_topic(self._connection, who.id) if who.id else ""
        return propose(self._in_force.lexicon, text, last_topic=last, topics=self._topics)

    def _opens(self, at: datetime, language: Language) -> Callable[[str], bool | None]:
        return lambda whose: self._hours.is_open(whose, at, language)

    @cached_property
    def _connection(self) -> Connection:
        return self._unit.connection

    @cached_property
    def _in_force(self) -> InForce:
        return in_force(self._connection)

    @cached_property
    def _hours(self) -> Hours:
        return Hours(self._connection, self._unit.now)

    @cached_property
    def _topics(self) -> tuple[str, ...]:
        return tuple(self._connection.scalars(select(Topic.key)))

    @cached_property
    def _incidents(self) -> frozenset[str]:
        """The incidents that are on: by the settings, or opened at the desk."""
        asked = any(rule.when.incident for rule in self._in_force.rules)
        opened = keys_in_force(self._connection) if asked else frozenset()
        return opened.union(self._settings.routing.incidents)

    @cached_property
    def _asks_for_tiers(self) -> bool:
        return any(rule.when.tiers for rule in self._in_force.rules)

    def _tier(self, who: Who) -> str:
        return tier_of(self._connection, who.id)

    def _has_address(self, who: Who) -> bool:
        if not who.id:
            return False
        usable = ContactPoint.undeliverable_at.is_(None), ContactPoint.blocked_at.is_(None)
        query = select(ContactPoint.id).where(
            ContactPoint.customer_id == who.id, ContactPoint.kind == ContactKind.EMAIL, *usable
        )
        return self._connection.scalar(query.limit(1)) is not None


def last_topic(connection: Connection, customer_id: int, before: int | None = None) -> str:
    """What the customer's latest case was about; of those before a case when it is given. Empty when nobody knows."""
    query = select(Case.topic_key).where(Case.customer_id == customer_id)
    if before is not None:
        query = query.where(Case.id < before)
    return connection.scalar(query.order_by(Case.id.desc()).limit(1)) or ""


def tier_of(connection: Connection, customer_id: int) -> str:
    """A customer's tier; empty where they have none."""
    return connection.scalar(select(Customer.tier).where(Customer.id == customer_id)) or ""
