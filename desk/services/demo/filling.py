"""Filling a founded demo world with customers and cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from db.models import AnswerVersion, CannedAnswer, Event
from db.uow import FIRST_HASH
from desk.services.demo.bank import Bank
from desk.services.demo.batches import Job, batches
from desk.services.demo.chain import Chain
from desk.services.demo.tables import set_sequences, writer

NUMBERED = (
    "agent", "tag", "customer", "contact_point", "support_case", "message", "attachment", "outbox", "promise", "event",
)  # fmt: skip


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
    """Write `cases` cases of the days before `until` (seconds), in the connection's transaction."""
    write = writer(connection)
    chain = Chain(*_last_event(connection))
    written: dict[str, int] = {}
    queued = 0
    for batch in batches(Job(cases, seed, until, _versions(connection)), bank):
        chain.add(batch.events)
        chained = chain.released(None if batch.done == cases else batch.before)
        for table, rows in {**batch.rows, "event": chained}.items():
            if rows:
                write(table, rows)
                written[table] = written.get(table, 0) + len(rows)
        queued = batch.queued
        progress(batch.done, cases)
    set_sequences(connection, NUMBERED)
    return Counts(written["customer"], written["support_case"], queued, written["message"], written["event"])


def _last_event(connection: Connection) -> tuple[int, str]:
    last = connection.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).one_or_none()
    return (0, FIRST_HASH) if last is None else (last.id, last.hash)


def _versions(connection: Connection) -> dict[str, int]:
    """The newest version's id by the answer's key."""
    query = select(CannedAnswer.key, func.max(AnswerVersion.id)).join(AnswerVersion).group_by(CannedAnswer.key)
    return dict(connection.execute(query).all())
