"""The unit of work: one session, one transaction, and the events that belong to its changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.orm import Session

from db.clock import Clock
from db.models import Event
from db.queries.direct import DirectQuery, given, several
from db.types import NaiveTimeError

if TYPE_CHECKING:
    from db.kinds import EventKind

EVENT_LOCK = 0x6465736B
"""PostgreSQL advisory lock under which events are appended: ids then come in the order of commits."""

FIRST_HASH = "0" * 64

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)

_HELD = DirectQuery(select(func.pg_advisory_xact_lock(EVENT_LOCK)), tuple)
_HELD_AND_LATEST = f"SELECT pg_advisory_xact_lock({EVENT_LOCK}); SELECT hash FROM event ORDER BY id DESC LIMIT 1"
_LATEST = DirectQuery(select(Event.hash).order_by(Event.id.desc()).limit(1), str)
_APPENDED = DirectQuery(insert(Event).values(given(Event, "at", "kind", "agent_id", "case_id", "data", "hash")), tuple)


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that is about to be written."""

    kind: EventKind
    case_id: int | None
    agent_id: int | None
    data: dict[str, Any]


Counting = Callable[[Connection, datetime, Sequence[Pending]], None]
"""Keeps figures in step with events: called once a unit of work, before they are written and under their lock.

It may add to an event's `data`.
"""


class UnitOfWork:
    """What `Database.write()` hands out; `session` for the changes, `record` for what they mean."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Clock,
        settlers: Sequence[Settler] = (),
        counting: Counting | None = None,
    ) -> None:
        moment = clock()
        if moment.tzinfo is None:
            raise NaiveTimeError(f"the clock gave {moment!r}, which has no time zone")
        self._connect = connect
        self.now: datetime = moment.astimezone(UTC)
        """The moment of this unit of work; every time it writes is this one."""
        self._pending: list[Pending] = []
        self._settlers = settlers
        self._settled = 0
        self._counting = counting

    @cached_property
    def connection(self) -> Connection:
        """The connection on which all of it happens."""
        return self._connect()

    @cached_property
    def session(self) -> Session:
        """The session for what is changed object by object; what needs none is spared it."""
        made = Session(self.connection, expire_on_commit=False, autoflush=True, join_transaction_mode="control_fully")
        made.connection()  # a session that has not begun would commit nothing of what its connection wrote
        return made

    def record(
        self,
        kind: EventKind,
        *,
        case_id: int | None = None,
        agent_id: int | None = None,
        **data: Any,
    ) -> None:
        """Note an event; it is written at commit. `data` must be JSON: by custom `before` and `after`."""
        self._pending.append(Pending(kind, case_id, agent_id, data))

    @property
    def recorded(self) -> Sequence[Pending]:
        """Every event noted so far."""
        return self._pending

    @property
    def unsettled(self) -> Sequence[Pending]:
        """The events noted since `settle` last ended."""
        return self._pending[self._settled :]

    def settle(self) -> None:
        """Bring what is derived from events in line with those noted; at the latest the commit does."""
        if "session" in self.__dict__:
            self.session.flush()
        if len(self._pending) > self._settled:
            for settle in self._settlers:
                settle(self)
            self._settled = len(self._pending)

    def commit(self) -> None:
        """Write the changes and, last, their events; the chain is locked only from there to the end."""
        self.settle()
        if self._pending:
            self._append_events()
        if "session" in self.__dict__:
            self.session.commit()
        elif "connection" in self.__dict__:
            self.connection.commit()

    def close(self) -> None:
        """Roll back what was not committed."""
        if "session" in self.__dict__:
            self.session.close()
        if "connection" in self.__dict__:
            self.connection.close()

    def hold_events(self) -> None:
        """Let nobody else append events, or change what is counted from them, until this unit of work ends."""
        if self.connection.dialect.name == "postgresql":
            _HELD.run(self.connection, {})

    def _append_events(self) -> None:
        previous = self._held()
        if self._counting is not None:
            self._counting(self.connection, self.now, self._pending)
        rows = []
        for pending in self._pending:
            previous = chained_hash(previous, self.now, pending.kind, pending.agent_id, pending.case_id, pending.data)
            rows.append(
                {
                    "at": self.now,
                    "kind": pending.kind.value,
                    "agent_id": pending.agent_id,
                    "case_id": pending.case_id,
                    "data": pending.data,
                    "hash": previous,
                }
            )
        _APPENDED.write(self.connection, rows)
        self._pending.clear()

    def _held(self) -> str:
        """The hash of the latest event, after which nobody else appends another."""
        if self.connection.dialect.name != "postgresql":
            latest = _LATEST.run(self.connection, {})
            return latest[0] if latest else FIRST_HASH
        # Both on one way there and back. Statements sent together see each what was committed before it began.
        results = several(self.connection, _HELD_AND_LATEST)
        return str(results[-1][0][0]) if results[-1] else FIRST_HASH


def chained_hash(
    previous: str, at: datetime, kind: str, agent_id: int | None, case_id: int | None, data: dict[str, Any]
) -> str:
    """SHA-256 over the event before and everything this one says, as canonical JSON."""
    said = [previous, at.isoformat(), str(kind), agent_id, case_id, data]
    return hashlib.sha256(_CANONICAL.encode(said).encode("ascii")).hexdigest()


Settler = Callable[[UnitOfWork], None]
"""Derives rows from the events that a unit of work has noted; a second time for the same events changes nothing."""
