"""Whether a database is sound: its file or constraints, and the facts that triggers and services keep in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from db.kinds import InboundState, MessageKind, OutboxState
from db.migrate import SchemaState, head, state_of
from db.models.case import Case, LaneCount, in_queue
from db.models.message import Inbound, Message
from db.models.outbox import OutboxItem
from db.models.search import SearchDocument
from db.queries.events import first_broken_event

UNREAD_AFTER = timedelta(minutes=10)
"""A delivery is read at once; one that waits longer was left by a program that was stopped."""

MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `problems` are sentences, none when all is well.

    `is_repairable` says that `desk db check --repair` puts it right.
    """

    name: str
    problems: tuple[str, ...] = ()
    is_repairable: bool = False


def check(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Look at everything, the cheap and the fundamental first; one finding for each thing looked at.

    Nothing more is looked at when the schema is not this code's.
    """
    schema = _schema(connection)
    yield schema
    if schema.problems:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    yield Finding("storage", tuple(_sqlite_storage(connection) if is_sqlite else _postgres_constraints(connection)))
    looks: list[tuple[str, Callable[[Connection, datetime], Iterator[str]], bool]] = [
        ("lane counts", _lane_counts, True),
        ("events", _events, False),
        ("search", _search, True),
        ("outbox", _outbox, False),
        ("deliveries", _deliveries, True),
    ]
    for name, look, is_repairable in looks:
        yield Finding(name, tuple(look(connection, now)), is_repairable)


def recount_lanes(session: Session) -> None:
    """Count the queue again, under a lock that keeps cases from moving meanwhile."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().exec_driver_sql("LOCK TABLE support_case, lane_count IN SHARE ROW EXCLUSIVE MODE")
    session.execute(delete(LaneCount))
    counted = select(Case.channel, func.count()).where(in_queue()).group_by(Case.channel)
    rows = [{"channel": channel, "cases": cases} for channel, cases in session.execute(counted)]
    if rows:
        session.execute(insert(LaneCount), rows)


def unsearchable_cases(connection: Connection | Session) -> list[int]:
    """Cases that search knows nothing of, 10,000 at most."""
    query = select(Case.id).outerjoin(SearchDocument, SearchDocument.case_id == Case.id)
    return list(connection.scalars(query.where(SearchDocument.case_id.is_(None)).order_by(Case.id).limit(10_000)))


def _schema(connection: Connection) -> Finding:
    state, revision = state_of(connection)
    if state is SchemaState.CURRENT:
        return Finding("schema")
    words = {
        SchemaState.EMPTY: "The database is empty: `desk db upgrade` makes the tables.",
        SchemaState.OLDER: f"The schema is at {revision}, older than {head()}: run `desk db upgrade`.",
        SchemaState.NEWER: f"The schema is at {revision}, which this desk does not know: update desk.",
        SchemaState.FOREIGN: "The database holds tables of another program.",
    }
    return Finding("schema", (words[state],))


def _sqlite_storage(connection: Connection) -> Iterator[str]:
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_TOLD})").scalars().all()
    yield from (f"The file is damaged: {words}" for words in found if words != "ok")
    for table, row, other, _ in islice(connection.exec_driver_sql("PRAGMA foreign_key_check"), MOST_TOLD):
        yield f"Row {row} of {table} refers to a row of {other} that is missing."


def _postgres_constraints(connection: Connection) -> Iterator[str]:
    asked = """SELECT conrelid::regclass, conname FROM pg_constraint
               WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"""
    for table, name in connection.exec_driver_sql(asked):
        yield f"The constraint {name} of {table} was never validated."
    asked = """SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
               WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"""
    for (name,) in connection.exec_driver_sql(asked):
        yield f"The index {name} is not valid: REINDEX it."


def _lane_counts(connection: Connection, _now: datetime) -> Iterator[str]:
    sums = select(LaneCount.channel, func.sum(LaneCount.cases)).group_by(LaneCount.channel)
    kept = {channel: cases for channel, cases in connection.execute(sums)}  # noqa: C416  (dict() takes no rows)
    cases = select(Case.channel, func.count()).where(in_queue()).group_by(Case.channel)
    counted = {channel: number for channel, number in connection.execute(cases)}  # noqa: C416
    for channel in sorted(kept.keys() | counted.keys()):
        if kept.get(channel, 0) != counted.get(channel, 0):
            yield f"The queue shows {kept.get(channel, 0)} {channel} cases, and there are {counted.get(channel, 0)}."


def _events(connection: Connection, _now: datetime) -> Iterator[str]:
    broken = first_broken_event(connection)
    if broken is not None:
        yield f"The record of events was changed from outside: event {broken} does not follow from the one before."


def _search(connection: Connection, _now: datetime) -> Iterator[str]:
    missing = unsearchable_cases(connection)
    if missing:
        yield f"Search does not know {_counted(missing)}."
    if connection.dialect.name != "sqlite":
        asked = """SELECT case_id FROM search_document LEFT JOIN search_index USING (case_id)
                   WHERE search_index.case_id IS NULL LIMIT 1"""
        if connection.exec_driver_sql(asked).first() is not None:
            yield "The search index lacks documents: `desk db check --repair` puts them in."


def _outbox(connection: Connection, now: datetime) -> Iterator[str]:
    pairs = select(OutboxItem.id).outerjoin(Message, Message.id == OutboxItem.message_id)
    wrong = list(connection.scalars(pairs.where(Message.kind != MessageKind.OUTBOUND).limit(MOST_TOLD)))
    if wrong:
        yield f"The outbox holds what is no outbound message: {', '.join(map(str, wrong))}."
    nobody = select(OutboxItem.id).where(OutboxItem.state == OutboxState.SENDING, OutboxItem.lease_until.is_(None))
    if left := list(connection.scalars(nobody.limit(MOST_TOLD))):
        yield f"Nobody sends what is marked as being sent: {', '.join(map(str, left))}."
    lost = select(func.count()).where(
        OutboxItem.state == OutboxState.SENDING, OutboxItem.lease_until < now - UNREAD_AFTER
    )
    if count := connection.scalar(lost):
        yield f"{count} messages were being sent when their worker stopped: start a worker, it settles them."


def _deliveries(connection: Connection, now: datetime) -> Iterator[str]:
    unread = select(func.count()).where(
        Inbound.state == InboundState.RECEIVED, Inbound.received_at < now - UNREAD_AFTER
    )
    if count := connection.scalar(unread):
        yield f"{count} deliveries are stored and were never read: the program that took them in was stopped."


def _counted(ids: list[int]) -> str:
    some = ", ".join(f"#{number}" for number in ids[:MOST_TOLD])
    return some if len(ids) <= MOST_TOLD else f"{some} and {len(ids) - MOST_TOLD} more cases"
