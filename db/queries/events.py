"""The chain of events: whether it still says what was written."""

from __future__ import annotations

from sqlalchemy import Connection, select

from db.models.event import Event
from db.uow import FIRST_HASH, chained_hash

ROWS_AT_ONCE = 1000


def first_broken_event(connection: Connection) -> int | None:
    """The id of the first event that does not fit the one before it, or None when the whole chain holds.

    An event that was changed, removed, put in or moved breaks the chain there; events cut off at its end leave no
    trace in it. Rows are streamed: memory does not grow with the record.
    """
    query = select(Event.id, Event.at, Event.kind, Event.agent_id, Event.case_id, Event.data, Event.hash)
    previous = FIRST_HASH
    with connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query.order_by(Event.id)) as rows:
        for event_id, at, kind, agent_id, case_id, data, kept in rows:
            previous = chained_hash(previous, at, kind, agent_id, case_id, data)
            if previous != kept:
                return int(event_id)
    return None
