"""Filing a chunk of deliveries: together in one transaction, or, when one of them spoils that, each by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from db.engine import DatabaseUnavailableError, LostRaceError
from db.kinds import InboundState
from db.models import Inbound
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.incoming import Incoming
from desk.rules.text import clean_text
from desk.services.desk import Desk
from desk.services.filing import Filed, Filing

log = logging.getLogger(__name__)

TRIES = 5
P = ParamSpec("P")
T = TypeVar("T")


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
class Read:
    """A delivery that is stored and was read; `size` in bytes."""

    inbound_id: int
    raw_sha256: str
    message: Incoming
    size: int


def again(act: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do it again when another program was in the way: it has committed meanwhile, so the way is free."""
    for _ in range(TRIES - 1):
        try:
            return act(*args, **named)
        except (IntegrityError, LostRaceError):
            continue
    return act(*args, **named)


def file_chunk(desk: Desk, me: AgentRow | None, chunk: Sequence[Read]) -> IntakeReport:
    """File a chunk in one transaction; if one of its messages spoils that, each by itself."""
    try:
        return again(_file_together, desk, me, chunk)
    except DatabaseUnavailableError:
        raise
    except Exception:  # whatever one message has, it neither holds up the others nor gets lost
        log.warning("%d messages could not be filed together", len(chunk), exc_info=True)
    if len(chunk) > 1:
        return sum((file_chunk(desk, me, [each]) for each in chunk), IntakeReport())
    return again(_file_together, desk, me, [_without_content(chunk[0])])


def _file_together(desk: Desk, me: AgentRow | None, chunk: Sequence[Read]) -> IntakeReport:
    if not chunk:
        return IntakeReport()
    with desk.database.write() as unit:
        mine = _still_waiting(unit, chunk)
        filing = Filing(desk, unit, me, [each.message for each in mine])
        filed = [filing.file(each.message, each.raw_sha256, each.size) for each in mine]
        filing.finish()
        _settle(unit, mine, filed)
    return _counted(mine, filed, others=len(chunk) - len(mine))


def _still_waiting(unit: UnitOfWork, chunk: Sequence[Read]) -> list[Read]:
    """Those that no other program has filed meanwhile; it waits for one that is just doing so."""
    query = (
        select(Inbound.id)
        .where(Inbound.id.in_([each.inbound_id for each in chunk]), Inbound.state == InboundState.RECEIVED)
        .order_by(Inbound.id)
        .with_for_update(key_share=True)
    )
    waiting = set(unit.session.scalars(query))
    return [each for each in chunk if each.inbound_id in waiting]


def _settle(unit: UnitOfWork, chunk: Sequence[Read], filed: Sequence[Filed]) -> None:
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
        unit.connection.execute(settle, rows)


def _state(message: Incoming, filed: Filed) -> InboundState:
    if not filed.is_new:
        return InboundState.KNOWN
    return InboundState.UNPARSED if message.error else InboundState.TAKEN


def _without_content(read: Read) -> Read:
    """The last resort: a case that holds nothing but the raw bytes and the reason."""
    bare = Incoming(
        channel=read.message.channel,
        digest=read.raw_sha256,
        text="",
        new_text="",
        error="What was read of it could not be stored; the original is kept with this case.",
        mailbox=read.message.mailbox,
        queue=read.message.queue,
    )
    return replace(read, message=bare)


def _counted(chunk: Sequence[Read], filed: Sequence[Filed], *, others: int) -> IntakeReport:
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
