"""Taking messages in: kept as they came, then read, then filed; the same delivery twice is one message."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.kinds import Channel, InboundState
from db.models import Blob, Inbound
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.incoming import Incoming
from desk.services.desk import Desk
from desk.services.filing import Filed, Filing

MOST_IN_CHUNK = 200
MOST_CHUNK_BYTES = 16_000_000
TRIES = 3


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
    Raises `db.engine.DatabaseUnavailableError`: chunks before that are stored, later ones are not.
    """
    report = IntakeReport()
    for chunk in _chunks(deliveries):
        waiting = _keep(desk, channel, chunk)
        read_ones = [(inbound_id, raw_sha, read(raw), len(raw)) for inbound_id, raw_sha, raw in waiting]
        filed = _file(desk, me, [_Read(*each) for each in read_ones])
        report += _counted(filed, already_known=len(chunk) - len(waiting))
        progress(len(chunk))
    return report


@dataclass(frozen=True, slots=True)
class _Read:
    inbound_id: int
    raw_sha256: str
    message: Incoming
    size: int


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


def _keep(desk: Desk, channel: Channel, chunk: Sequence[Delivery]) -> list[tuple[int, str, bytes]]:
    """Store the bytes before anybody reads them; those still to be read, with the id of their delivery."""
    by_sha: dict[str, Delivery] = {}
    for delivery in chunk:
        by_sha.setdefault(hashlib.sha256(delivery.raw).hexdigest(), delivery)
    with desk.database.write() as unit:
        dialect = sqlite if desk.database.is_sqlite else postgresql
        blobs = [{"sha256": sha, "size": len(each.raw), "data": each.raw} for sha, each in by_sha.items()]
        unit.session.execute(dialect.insert(Blob).on_conflict_do_nothing(), blobs)
        rows = [
            {
                "channel": channel,
                "raw_sha256": sha,
                "source": each.source[:1000],
                "received_at": unit.now,
                "state": InboundState.RECEIVED,
            }
            for sha, each in by_sha.items()
        ]
        unit.session.execute(dialect.insert(Inbound).on_conflict_do_nothing(), rows)
        waiting = unit.session.execute(
            select(Inbound.id, Inbound.raw_sha256).where(
                Inbound.channel == channel,
                Inbound.raw_sha256.in_(by_sha),
                Inbound.state == InboundState.RECEIVED,
            )
        ).all()
    return [(inbound_id, sha, by_sha[sha].raw) for inbound_id, sha in waiting]


def _file(desk: Desk, me: AgentRow | None, chunk: Sequence[_Read]) -> list[Filed]:
    """File a chunk in one transaction; if the database refuses one of its messages, each by itself."""
    for _ in range(TRIES):
        try:
            return _file_together(desk, me, chunk)
        except IntegrityError:
            continue  # somebody else took the same message or customer in meanwhile: look again
        except DBAPIError as error:
            if error.connection_invalidated or len(chunk) == 0:
                raise
            break
    if len(chunk) > 1:
        return [filed for each in chunk for filed in _file(desk, me, [each])]
    return _file_together(desk, me, [_without_content(chunk[0])])


def _file_together(desk: Desk, me: AgentRow | None, chunk: Sequence[_Read]) -> list[Filed]:
    if not chunk:
        return []
    with desk.database.write() as unit:
        filing = Filing(unit, me, desk.settings.country, [each.message for each in chunk])
        filed = [filing.file(each.message, each.raw_sha256, each.size) for each in chunk]
        filing.finish()
        _settle(unit, chunk, filed)
        return filed


def _settle(unit: UnitOfWork, chunk: Sequence[_Read], filed: Sequence[Filed]) -> None:
    rows = [
        {
            "id": each.inbound_id,
            "state": _state(each.message, result),
            "error": each.message.error,
            "message_id": result.message.id if result.message is not None else result.known_id,
        }
        for each, result in zip(chunk, filed, strict=True)
    ]
    unit.session.execute(update(Inbound), rows)


def _state(message: Incoming, filed: Filed) -> InboundState:
    if filed.message is None:
        return InboundState.KNOWN
    return InboundState.UNPARSED if message.error else InboundState.TAKEN


def _without_content(read: _Read) -> _Read:
    """The last resort: a case that holds nothing but the raw bytes and the reason."""
    bare = Incoming(
        channel=read.message.channel,
        digest=read.message.digest,
        text="",
        new_text="",
        external_id=None,
        error="The database could not store what was read; the original is kept with this case.",
    )
    return replace(read, message=bare)


def _counted(filed: Sequence[Filed], *, already_known: int) -> IntakeReport:
    taken = [each for each in filed if each.message is not None]
    return IntakeReport(
        taken_in=len(taken),
        new_cases=sum(each.is_new_case for each in taken),
        threaded=sum(not each.is_new_case for each in taken),
        known=already_known + len(filed) - len(taken),
        unparsed=sum(bool(each.message is not None and each.message.error) for each in taken),
    )


__all__ = ["Delivery", "IntakeReport", "Reader", "take_in"]
