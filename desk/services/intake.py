"""Taking messages in: kept as they came, then read, then filed; the same delivery twice is one message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from db.engine import DatabaseUnavailableError, LostRaceError
from db.kinds import Channel, InboundState
from db.models import Blob, Inbound
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.incoming import Incoming
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line, clean_text
from desk.services.blobs import keep_blobs, sha256
from desk.services.desk import Desk
from desk.services.filing import Filed, Filing

log = logging.getLogger(__name__)

MOST_IN_CHUNK = 200
MOST_CHUNK_BYTES = 16_000_000
TRIES = 5
LEFT_BEHIND_AFTER = timedelta(minutes=5)
"""A delivery kept for longer and not filed was left behind by a program that died; no chunk takes this long."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Bytes as they came, and where from (`stdin`, a path, a mailbox)."""

    raw: bytes
    source: str


Reader = Callable[[bytes], Incoming]
"""Reads a delivery's bytes; never raises: what cannot be read comes back with `error` set."""


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a run's deliveries. Threaded ones joined a case; unparsed ones are taken in too."""

    taken_in: int = 0
    new_cases: int = 0
    threaded: int = 0
    known: int = 0
    unparsed: int = 0

    def __add__(self, other: IntakeReport) -> IntakeReport:
        return IntakeReport(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A delivery that is stored and waits to be filed."""

    inbound_id: int
    raw_sha256: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Read:
    inbound_id: int
    raw_sha256: str
    message: Incoming
    size: int


def take_in(
    desk: Desk,
    me: AgentRow | None,
    channel: Channel,
    deliveries: Iterable[Delivery],
    read: Reader,
    *,
    progress: Callable[[int], None] = lambda _done: None,
) -> IntakeReport:
    """Take deliveries in, in chunks; when this returns, every one of them is durably stored.

    `me` is None when no person acts, as with a mail server's pipe. `progress` gets how many more are done.
    Raises `NotAllowedError`, and `db.engine.DatabaseUnavailableError`: chunks before that are stored, later ones
    are not, and giving all of them again adds nothing twice.
    """
    if me is not None:
        require(me, Permission.IMPORT)
    report = IntakeReport()
    for chunk in _chunks(deliveries):
        waiting = _again(_keep, desk, channel, chunk)
        report += _filed(desk, me, waiting, read) + IntakeReport(known=len(chunk) - len(waiting))
        progress(len(chunk))
    return report


def recover(desk: Desk, reader_for: Callable[[Channel], Reader]) -> IntakeReport:
    """File what a program kept and then died over, also when the same delivery never comes again.

    Deliveries younger than `LEFT_BEHIND_AFTER` are left to whoever keeps them. At most one chunk a call.
    """
    left = (
        select(Inbound.id, Inbound.channel, Inbound.raw_sha256, Blob.data)
        .join(Blob, Blob.sha256 == Inbound.raw_sha256)
        .where(Inbound.state == InboundState.RECEIVED, Inbound.received_at < desk.clock() - LEFT_BEHIND_AFTER)
        .order_by(Inbound.id)
    )
    with desk.database.read() as connection:
        ids = connection.execute(left.with_only_columns(Inbound.id, Blob.size).limit(MOST_IN_CHUNK)).all()
    chosen: list[int] = []
    size = 0
    for inbound_id, bytes_of in ids:
        size += bytes_of
        if chosen and size > MOST_CHUNK_BYTES:
            break
        chosen.append(inbound_id)
    if not chosen:
        return IntakeReport()
    with desk.database.read() as connection:
        rows = connection.execute(left.where(Inbound.id.in_(chosen))).all()
    report = IntakeReport()
    for channel in Channel:
        waiting = [_Kept(each.id, each.raw_sha256, each.data) for each in rows if each.channel is channel]
        report += _filed(desk, None, waiting, reader_for(channel))
    return report


def _chunks(deliveries: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    chunk: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        chunk.append(delivery)
        size += len(delivery.raw)
        if len(chunk) >= MOST_IN_CHUNK or size >= MOST_CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _again(act: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do it again when another program was in the way: it has committed meanwhile, so the way is free."""
    for _ in range(TRIES - 1):
        try:
            return act(*args, **named)
        except (IntegrityError, LostRaceError):
            continue
    return act(*args, **named)


def _keep(desk: Desk, channel: Channel, chunk: Sequence[Delivery]) -> list[_Kept]:
    """Store the bytes before anybody reads them; those still to be filed, in the order in which they came."""
    by_sha: dict[str, Delivery] = {}
    for delivery in chunk:
        by_sha.setdefault(sha256(delivery.raw), delivery)
    with desk.database.write() as unit:
        connection = unit.session.connection()
        keep_blobs(connection, (each.raw for each in by_sha.values()))
        rows = [
            {
                "channel": channel,
                "raw_sha256": sha,
                "source": clean_line(each.source),
                "received_at": unit.now,
                "state": InboundState.RECEIVED,
            }
            for sha, each in by_sha.items()
        ]
        dialect = sqlite if desk.database.is_sqlite else postgresql
        connection.execute(dialect.insert(Inbound).on_conflict_do_nothing(), rows)
        waiting = select(Inbound.raw_sha256, Inbound.id).where(
            Inbound.channel == channel, Inbound.raw_sha256.in_(by_sha), Inbound.state == InboundState.RECEIVED
        )
        ids = {row.raw_sha256: row.id for row in connection.execute(waiting)}
    return [_Kept(ids[sha], sha, each.raw) for sha, each in by_sha.items() if sha in ids]


def _filed(desk: Desk, me: AgentRow | None, waiting: Sequence[_Kept], read: Reader) -> IntakeReport:
    return _file(desk, me, [_Read(each.inbound_id, each.raw_sha256, read(each.raw), len(each.raw)) for each in waiting])


def _file(desk: Desk, me: AgentRow | None, chunk: Sequence[_Read]) -> IntakeReport:
    """File a chunk in one transaction; if one of its messages spoils that, each by itself."""
    try:
        return _again(_file_together, desk, me, chunk)
    except DatabaseUnavailableError:
        raise
    except Exception:  # whatever one message has, it neither holds up the others nor gets lost
        log.warning("%d messages could not be filed together", len(chunk), exc_info=True)
    if len(chunk) > 1:
        return sum((_file(desk, me, [each]) for each in chunk), IntakeReport())
    return _again(_file_together, desk, me, [_without_content(chunk[0])])


def _file_together(desk: Desk, me: AgentRow | None, chunk: Sequence[_Read]) -> IntakeReport:
    if not chunk:
        return IntakeReport()
    with desk.database.write() as unit:
        mine = _still_waiting(unit, chunk)
        filing = Filing(unit, me, desk.settings.country, [each.message for each in mine])
        filed = [filing.file(each.message, each.raw_sha256, each.size) for each in mine]
        filing.finish()
        _settle(unit, mine, filed)
    return _counted(mine, filed, others=len(chunk) - len(mine))


def _still_waiting(unit: UnitOfWork, chunk: Sequence[_Read]) -> list[_Read]:
    """Those that no other program has filed meanwhile; it waits for one that is just doing so."""
    query = (
        select(Inbound.id)
        .where(Inbound.id.in_([each.inbound_id for each in chunk]), Inbound.state == InboundState.RECEIVED)
        .order_by(Inbound.id)
        .with_for_update(key_share=True)
    )
    waiting = set(unit.session.scalars(query))
    return [each for each in chunk if each.inbound_id in waiting]


def _settle(unit: UnitOfWork, chunk: Sequence[_Read], filed: Sequence[Filed]) -> None:
    rows = [
        {
            "of": each.inbound_id,
            "now": _state(each.message, result),
            "why": clean_text(each.message.error) if each.message.error else None,
            "message": result.entry.id,
        }
        for each, result in zip(chunk, filed, strict=True)
    ]
    if rows:
        became: dict[str, Any] = {
            "state": bindparam("now"),
            "error": bindparam("why"),
            "message_id": bindparam("message"),
        }
        settle = update(Inbound).where(Inbound.id == bindparam("of")).values(became)
        unit.session.connection().execute(settle, rows)


def _state(message: Incoming, filed: Filed) -> InboundState:
    if not filed.is_new:
        return InboundState.KNOWN
    return InboundState.UNPARSED if message.error else InboundState.TAKEN


def _without_content(read: _Read) -> _Read:
    """The last resort: a case that holds nothing but the raw bytes and the reason."""
    bare = Incoming(
        channel=read.message.channel,
        digest=read.raw_sha256,
        text="",
        new_text="",
        error="What was read of it could not be stored; the original is kept with this case.",
    )
    return replace(read, message=bare)


def _counted(chunk: Sequence[_Read], filed: Sequence[Filed], *, others: int) -> IntakeReport:
    taken = [result for result in filed if result.is_new]
    return IntakeReport(
        taken_in=len(taken),
        new_cases=sum(each.is_new_case for each in taken),
        threaded=sum(not each.is_new_case for each in taken),
        known=len(filed) - len(taken) + others,
        unparsed=sum(
            result.is_new and each.message.error is not None for each, result in zip(chunk, filed, strict=True)
        ),
    )


__all__ = ["Delivery", "IntakeReport", "Reader", "recover", "take_in"]
