"""Taking messages in: kept as they came, then read, then filed; the same delivery twice is one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from db.kinds import Channel, InboundState
from db.models import Blob, Inbound
from db.rows import AgentRow
from desk.rules.incoming import Incoming
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.blobs import keep_blobs, sha256
from desk.services.chunks import IntakeReport, Read, again, file_chunk
from desk.services.desk import Desk

MOST_IN_CHUNK = 200
MOST_CHUNK_BYTES = 16_000_000
LEFT_BEHIND_AFTER = timedelta(minutes=5)
"""A delivery kept for longer and not filed was left behind by a program that died; no chunk takes this long."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Bytes as they came, and where from (`stdin`, a path, a mailbox).

    `mailbox` is the one of the settings that it came by. `is_live` says that it arrived just now, and not with a
    file of old mail: only then may it be acknowledged.
    """

    raw: bytes
    source: str
    mailbox: str | None = None
    is_live: bool = False


Reader = Callable[[bytes], Incoming]
"""Reads a delivery's bytes; never raises: what cannot be read comes back with `error` set."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A delivery that is stored and waits to be filed."""

    inbound_id: int
    raw_sha256: str
    raw: bytes
    mailbox: str | None
    is_live: bool


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
        waiting = again(_keep, desk, channel, chunk)
        report += _filed(desk, me, waiting, read) + IntakeReport(known=len(chunk) - len(waiting))
        progress(len(chunk))
    return report


def recover(desk: Desk, reader_for: Callable[[Channel], Reader]) -> IntakeReport:
    """File what a program kept and then died over, also when the same delivery never comes again.

    Deliveries younger than `LEFT_BEHIND_AFTER` are left to whoever keeps them. At most one chunk a call.
    """
    left = (
        select(Inbound.id, Inbound.channel, Inbound.raw_sha256, Inbound.mailbox, Inbound.is_live, Blob.data)
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
        waiting = [
            _Kept(each.id, each.raw_sha256, each.data, each.mailbox, each.is_live)
            for each in rows
            if each.channel is channel
        ]
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


def _keep(desk: Desk, channel: Channel, chunk: Sequence[Delivery]) -> list[_Kept]:
    """Store the bytes before anybody reads them; those still to be filed, in the order in which they came."""
    by_sha: dict[str, Delivery] = {}
    for delivery in chunk:
        by_sha.setdefault(sha256(delivery.raw), delivery)
    with desk.database.write() as unit:
        connection = unit.connection
        keep_blobs(connection, (each.raw for each in by_sha.values()))
        rows = [
            {
                "channel": channel,
                "raw_sha256": sha,
                "source": clean_line(each.source),
                "received_at": unit.now,
                "mailbox": each.mailbox,
                "is_live": each.is_live,
                "state": InboundState.RECEIVED,
            }
            for sha, each in by_sha.items()
        ]
        dialect = sqlite if desk.database.is_sqlite else postgresql
        connection.execute(dialect.insert(Inbound).on_conflict_do_nothing(), rows)
        waiting = select(Inbound.raw_sha256, Inbound.id, Inbound.mailbox, Inbound.is_live).where(
            Inbound.channel == channel, Inbound.raw_sha256.in_(by_sha), Inbound.state == InboundState.RECEIVED
        )
        kept = {row.raw_sha256: row for row in connection.execute(waiting)}
    return [
        _Kept(row.id, sha, each.raw, row.mailbox, row.is_live)
        for sha, each in by_sha.items()
        if (row := kept.get(sha)) is not None
    ]


def _filed(desk: Desk, me: AgentRow | None, waiting: Sequence[_Kept], read: Reader) -> IntakeReport:
    return file_chunk(
        desk, me, [Read(each.inbound_id, each.raw_sha256, _read(desk, each, read), len(each.raw)) for each in waiting]
    )


def _read(desk: Desk, kept: _Kept, read: Reader) -> Incoming:
    """What a delivery says, and by which of our mailboxes it came."""
    settings = desk.settings.mail.mailboxes.get(kept.mailbox or "")
    queue = settings.queue if settings else ""
    return replace(read(kept.raw), mailbox=kept.mailbox, queue=queue or None, is_live=kept.is_live)


__all__ = ["Delivery", "IntakeReport", "Reader", "recover", "take_in"]
