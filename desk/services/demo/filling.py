"""Filling a founded demo world with customers and cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, func, select

from db.models import AnswerVersion, CannedAnswer, Event
from db.uow import FIRST_HASH
from desk.services.demo.arrivals import DAYS, arrival_times, in_queue
from desk.services.demo.bank import Bank
from desk.services.demo.chain import Chain
from desk.services.demo.files import Files
from desk.services.demo.founding import tag_ids
from desk.services.demo.letters import Letters
from desk.services.demo.moments import DAY
from desk.services.demo.people import People
from desk.services.demo.plots import Plotter
from desk.services.demo.stories import Stories
from desk.services.demo.tables import Rows, set_sequences

CUSTOMERS_PER_CASE = 0.42
NUMBERED = ("agent", "tag", "customer", "contact_point", "support_case", "message", "attachment", "outbox", "event")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a world has of its main kinds."""

    customers: int
    cases: int
    queue: int
    messages: int
    events: int


def fill(
    connection: Connection,
    bank: Bank,
    *,
    cases: int,
    seed: int,
    until: int,
    progress: Callable[[int, int], None],
) -> Counts:
    """Write `cases` cases of the `DAYS` before `until` (seconds), in the connection's transaction."""
    random = Random(seed)  # noqa: S311  (repeatable on purpose; nothing here is a secret)
    rows = Rows(connection)
    people = People(bank, max(round(cases * CUSTOMERS_PER_CASE), 12), seed, until - DAYS * DAY)
    _write_people(rows, people)
    chain = Chain(rows, *_last_event(connection))
    files = Files(bank.world.things.files, rows, random)
    plotter = Plotter(bank, people, random, until)
    letters = Letters(bank, random)
    versions = _versions(connection)
    stories = Stories(bank, letters, files, rows, chain, random, until, versions, tag_ids(bank))
    times = list(arrival_times(cases, until, bank.world.arrivals, random))
    queue = in_queue(times, until, bank.world.queue, random)
    for place, created in enumerate(times):
        stories.tell(plotter.plot(place + 1, created, queued=place in queue))
        if place % 500 == 0:
            chain.release(created)
            rows.write_batch()
            progress(place, cases)
    chain.release()
    rows.flush()
    set_sequences(connection, NUMBERED)
    progress(cases, cases)
    return Counts(people.count, cases, len(queue), rows.last_id("message"), chain.written)


def _write_people(rows: Rows, people: People) -> None:
    for customer, contacts in people.rows():
        rows.of("customer").append(customer)
        rows.of("contact_point").extend((rows.next_id("contact_point"), *contact) for contact in contacts)
        rows.write_batch()


def _last_event(connection: Connection) -> tuple[int, str]:
    last = connection.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).one_or_none()
    return (0, FIRST_HASH) if last is None else (last.id, last.hash)


def _versions(connection: Connection) -> dict[str, int]:
    """The newest version's id by the answer's key."""
    query = select(CannedAnswer.key, func.max(AnswerVersion.id)).join(AnswerVersion).group_by(CannedAnswer.key)
    return dict(connection.execute(query).all())
