"""The demo's cases, told batch by batch: here, or for a big world in a process beside the one that writes them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random

from desk.services.demo.arrivals import DAYS, arrival_times, in_queue
from desk.services.demo.bank import Bank, read_bank
from desk.services.demo.clocks import ClockEvents
from desk.services.demo.files import Files
from desk.services.demo.founding import tag_ids
from desk.services.demo.letters import Letters
from desk.services.demo.moments import DAY, moment
from desk.services.demo.people import People
from desk.services.demo.plots import Plotter
from desk.services.demo.promises import Promises
from desk.services.demo.stories import Stories
from desk.services.demo.tables import Kept, Row, Rows
from desk.services.demo.terms import ShippedTerms

CUSTOMERS_PER_CASE = 0.42

IN_A_BATCH = 1000
"""Cases, or customers."""

WORTH_A_PROCESS = 30_000
"""Cases from which on starting a second process is repaid."""


class DemoBrokenOffError(Exception):
    """The process that tells the demo's cases has ended early; run the command again, with fewer --cases if need be."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a world is made from; moments in seconds, `versions` are the ids of answers' versions by key."""

    cases: int
    seed: int
    until: int
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and events of which none later in the stream comes before `before`; `done` cases are told by then."""

    done: int
    queued: int
    before: int
    rows: dict[str, list[Row]]
    events: list[Kept]


def batches(job: Job, bank: Bank) -> Iterator[Batch]:
    """The world in batches, in this process or in one beside it; the same either way. Raises `DemoBrokenOffError`."""
    with _without_garbage_collection():
        yield from _told_beside(job) if job.cases >= WORTH_A_PROCESS else _told(job, bank)


def _told(job: Job, bank: Bank) -> Iterator[Batch]:
    random = Random(job.seed)  # noqa: S311  (repeatable on purpose; nothing here is a secret)
    rows = Rows()
    people = People(bank, max(round(job.cases * CUSTOMERS_PER_CASE), 12), job.seed, job.until - DAYS * DAY)
    for place, (customer, contacts) in enumerate(people.rows()):
        rows.of("customer").append(customer)
        rows.of("contact_point").extend((rows.next_id("contact_point"), *contact) for contact in contacts)
        if place % IN_A_BATCH == 0:
            yield Batch(0, 0, 0, *rows.taken())
    files = Files(bank.world.things.files, rows, random)
    plotter = Plotter(bank, people, random, job.until)
    stories = Stories(bank, Letters(bank, random), files, rows, random, job.until, job.versions, tag_ids(bank))
    terms = ShippedTerms(moment(job.until))
    promises, clocks = Promises(rows, terms, job.until), ClockEvents(rows, terms, job.until)
    times = list(arrival_times(job.cases, job.until, bank.world.arrivals, random))
    queue = in_queue(times, job.until, bank.world.queue, random)
    for place, created in enumerate(times):
        if place % IN_A_BATCH == 0:
            yield Batch(place, len(queue), created, *rows.taken())
        plot = plotter.plot(place + 1, created, queued=place in queue)
        clocks.note(plot, stories.tell(plot))
        promises.promise(plot)
    yield Batch(job.cases, len(queue), job.until, *rows.taken())


def _told_beside(job: Job) -> Iterator[Batch]:
    # Spawned, not forked: whoever calls may have threads, and a database connection that must not be shared.
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(job, sending), daemon=True)
    process.start()
    sending.close()
    done = 0
    try:
        while done < job.cases:
            batch: Batch = receiving.recv()
            yield batch
            done = batch.done
    except EOFError as error:
        process.join()
        raise DemoBrokenOffError(f"The world was broken off after {done} cases (exit {process.exitcode}).") from error
    finally:
        receiving.close()
        process.terminate()
        process.join()


def _send(job: Job, sending: Connection) -> None:
    with _without_garbage_collection():
        for batch in _told(job, read_bank()):
            sending.send(batch)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Millions of small rows would be looked through again and again; none of them is part of a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
