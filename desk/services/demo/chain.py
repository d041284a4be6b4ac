"""The demo's events: put in order of time, and chained by their hashes as `db.uow` chains them."""

from __future__ import annotations

from hashlib import sha256

from db.kinds import EventKind
from desk.services.demo.moments import HOUR, iso, stored
from desk.services.demo.tables import Rows

Kept = tuple[int, str, int | None, int | None, str]


class Chain:
    """Events come in any order and leave by the hour, each hour once nothing earlier can come any more."""

    def __init__(self, rows: Rows, last_id: int, last_hash: str) -> None:
        self._rows = rows
        self._id = last_id
        self._hash = last_hash
        self._hours: dict[int, list[Kept]] = {}
        self.written = 0

    def add(self, at: int, kind: EventKind, agent_id: int | None, case_id: int | None, data: str) -> None:
        """Note an event; `data` is canonical JSON: sorted keys, no blanks, ASCII only."""
        self._hours.setdefault(at // HOUR, []).append((at, kind.value, agent_id, case_id, data))

    def release(self, before: int | None = None) -> None:
        """Write the events of every hour that ended by `before` (seconds), or all of them."""
        for hour in sorted(self._hours):
            if before is not None and hour >= before // HOUR:
                break
            for event in sorted(self._hours.pop(hour), key=_at):
                self._write(event)

    def _write(self, event: Kept) -> None:
        at, kind, agent_id, case_id, data = event
        agent = "null" if agent_id is None else agent_id
        case = "null" if case_id is None else case_id
        said = f'["{self._hash}","{iso(at)}","{kind}",{agent},{case},{data}]'
        self._hash = sha256(said.encode("ascii")).hexdigest()
        self._id += 1
        self.written += 1
        self._rows.add("event", (self._id, stored(at), kind, agent_id, case_id, data, self._hash))


def _at(event: Kept) -> int:
    return event[0]
