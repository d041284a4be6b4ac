"""Promises: what a customer is told about when a human answers, kept with the case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

import msgspec
from sqlalchemy import func, select

from db.kinds import Channel, ClockKind, EventKind, Lane, Language, PromiseState
from db.models import Case, CasePromise, Customer, Event, Message
from db.queries.queue import in_lane
from db.uow import UnitOfWork
from desk.rules.hours import ServiceTime
from desk.rules.promises import Ahead, Outlook, Pace, expected_wait, outlook, pace_of, told
from desk.rules.sla import Matter
from desk.services.seed_files import Words, read_seed_file, seeds_folder
from desk.services.sla_terms import Terms, terms_of

FILE = "promise.toml"
MOST_AHEAD = 5000
EVENTS_LOOKED_AT = 3000
"""The newest events, among which recent answers are counted."""

OUTDOORS = (Channel.PHONE, Channel.CHAT, Channel.SOCIAL, Channel.EMAIL)


class PromiseWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a promise is told in one language."""

    open: Words
    closed: Words
    also: Words
    phone: Words
    email: Words
    chat: Words
    social: Words


class InLanguages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a promise is told."""

    id: PromiseWords
    en: PromiseWords
    zh: PromiseWords


@dataclass(frozen=True, slots=True)
class Offer:
    """A promise that may be made: its moment and its sentences."""

    until: datetime
    told: str


class Promising:
    """Works out promises inside one unit of work; the load of a channel is looked up once."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._terms: Terms | None = None
        self._pace: dict[Channel, Pace] = {}

    def offer(self, case: Case, language: Language) -> Offer | None:
        """What can honestly be promised on a case that has just come in; None where nothing says when we are there.

        Raises `SeedError` when its words cannot be read.
        """
        now = self._unit.now
        self._unit.settle()
        terms = self._terms = self._terms or terms_of(self._connection, now)
        plan = terms.plans.of_case(case.channel, case.language, case.queue)
        if plan is None or case.due_at is None:
            return None
        tier = self._connection.scalar(select(Customer.tier).where(Customer.id == case.customer_id)) or ""
        policy = terms.policy(Matter(case.channel, case.priority, case.topic_key, tier))
        target = policy.target(ClockKind.FIRST_RESPONSE, case.priority)
        seen = outlook(plan, now, expected_wait(self._ahead(case), self._pace_of(case.channel), target))
        if seen is None:
            return None
        others = (each for each in OUTDOORS if each is not case.channel and self._is_open(each, case.language))
        return Offer(seen.until, sentences(seen, now, plan.zone, language, others))

    def _is_open(self, channel: Channel, language: Language) -> bool:
        plan = self._terms.plans.of(channel, language) if self._terms else None
        return plan is not None and plan.hours.is_open(self._unit.now)

    def _ahead(self, case: Case) -> Ahead:
        """The cases of its channel that are more urgent."""
        more_urgent = (*in_lane(Lane(case.channel.value), 0), Case.due_at < case.due_at)
        before = select(Case.due_at).where(*more_urgent).limit(MOST_AHEAD).subquery()
        number, due = self._connection.execute(select(func.count(), func.min(before.c.due_at))).one()
        return Ahead(number, due is not None and due < self._unit.now)

    def _pace_of(self, channel: Channel) -> Pace:
        """How fast the channel was answered lately."""
        if channel not in self._pace:
            plan = self._terms.plans.get(channel) if self._terms else None
            self._pace[channel] = self._looked_up(channel, plan.hours) if plan else Pace()
        return self._pace[channel]

    def _looked_up(self, channel: Channel, hours: ServiceTime) -> Pace:
        now = self._unit.now
        newest = select(Event.case_id, Event.kind, Event.at).order_by(Event.id.desc()).limit(EVENTS_LOOKED_AT)
        recent = newest.subquery()
        query = (
            select(recent.c.at)
            .join(Case, Case.id == recent.c.case_id)
            .where(recent.c.kind == EventKind.MESSAGE_WRITTEN.value, Case.channel == channel)
        )
        return pace_of(self._connection.scalars(query).all(), hours, now)


def last_promised(unit: UnitOfWork, customer_id: int, channel: Channel) -> datetime | None:
    """Until when a customer was last told, on a channel, that a human answers (aware UTC); None for never."""
    query = select(CasePromise.until).join(Case, Case.id == CasePromise.case_id)
    query = query.where(Case.customer_id == customer_id, CasePromise.channel == channel)
    return unit.session.scalar(query.order_by(CasePromise.id.desc()).limit(1))


def keep(unit: UnitOfWork, case: Case, offer: Offer, message: Message | None = None) -> None:
    """Keep what was told with the case, and the message that told it."""
    row = CasePromise(
        case_id=case.id,
        message_id=message.id if message is not None else None,
        channel=case.channel,
        made_at=unit.now,
        until=offer.until,
        told=offer.told,
        state=PromiseState.OPEN,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.record(EventKind.PROMISE_MADE, case_id=case.id, promise=row.id, until=offer.until.isoformat(), told=offer.told)


def sentences(seen: Outlook, now: datetime, zone: tzinfo, language: Language, others: Iterable[Channel]) -> str:
    """What a customer is told; while we are closed also when we open, and which `others` are open now.

    Raises `SeedError` when its words cannot be read.
    """
    words: PromiseWords = getattr(promise_words(), language)
    until = told(seen.until, now, zone, language)
    if seen.opens is None:
        return words.open.format(until=until)
    said = words.closed.format(until=until, opens=told(seen.opens, now, zone, language))
    also = ", ".join(getattr(words, each) for each in others)
    return said + "\n\n" + words.also.format(channels=also) if also else said


@lru_cache(maxsize=1)
def promise_words() -> InLanguages:
    """The words of promises, read once. Raises `SeedError`."""
    return read_seed_file(seeds_folder() / FILE, InLanguages)
