"""The demo's events: put in order of time, and chained by their hashes as `db.uow` chains them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from operator import itemgetter

from desk.services.demo.moments import HOUR, iso, stored
from desk.services.demo.tables import Kept, Row


class Chain:
    """Events come in any order and leave by the hour, each hour once nothing earlier can come any more."""

    def __init__(self, last_id: int, last_hash: str) -> None:
        self._id = last_id
        self._hash = last_hash
        self._hours: defaultdict[int, list[Kept]] = defaultdict(list)

    def add(self, events: Iterable[Kept]) -> None:
        """Keep events."""
        hours = self._hours
        for event in events:
            hours[event[0] // HOUR].append(event)

    def released(self, before: int | None) -> list[Row]:
        """The rows of every hour that ended by `before` (seconds), or of all of them."""
        rows: list[Row] = []
        for hour in sorted(self._hours):
            if before is not None and hour >= before // HOUR:
                break
            self._chain(sorted(self._hours.pop(hour), key=itemgetter(0)), rows)
        return rows

    def _chain(self, events: list[Kept], rows: list[Row]) -> None:
        latest = self._hash
        for number, (at, kind, agent_id, case_id, data) in enumerate(events, start=self._id + 1):
            agent = "null" if agent_id is None else agent_id
            said = f'["{latest}","{iso(at)}","{kind}",{agent},{case_id},{data}]'
            latest = sha256(said.encode("ascii")).hexdigest()
            rows.append((number, stored(at), kind, agent_id, case_id, data, latest))
        self._id, self._hash = self._id + len(events), latest
