"""The demo's events: put in order of time, and chained by their hashes as `db.uow` chains them."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from operator import itemgetter

from desk.services.demo.moments import HOUR, iso, stored
from desk.services.demo.tables import Rows

Kept = tuple[int, str, int | None, int, str]


class Chain:
    """Events come in any order and leave by the hour, each hour once nothing earlier can come any more."""

    def __init__(self, rows: Rows, last_id: int, last_hash: str) -> None:
        self._rows = rows
        self._id = last_id
        self._hash = last_hash
        self._hours: defaultdict[int, list[Kept]] = defaultdict(list)
        self.written = 0

    def add(self, at: int, kind: str, agent_id: int | None, case_id: int, data: str) -> None:
        """Note an event; `kind` is an `EventKind`'s value, `data` canonical JSON (sorted keys, no blanks, ASCII)."""
        self._hours[at // HOUR].append((at, kind, agent_id, case_id, data))

    def release(self, before: int | None = None) -> None:
        """Write the events of every hour that ended by `before` (seconds), or all of them."""
        for hour in sorted(self._hours):
            if before is not None and hour >= before // HOUR:
                break
            self._write(sorted(self._hours.pop(hour), key=itemgetter(0)))

    def _write(self, events: list[Kept]) -> None:
        rows, latest = self._rows.of("event"), self._hash
        for number, (at, kind, agent_id, case_id, data) in enumerate(events, start=self._id + 1):
            agent = "null" if agent_id is None else agent_id
            said = f'["{latest}","{iso(at)}","{kind}",{agent},{case_id},{data}]'
            latest = sha256(said.encode("ascii")).hexdigest()
            rows.append((number, stored(at), kind, agent_id, case_id, data, latest))
        self._id, self._hash = self._id + len(events), latest
        self.written += len(events)
