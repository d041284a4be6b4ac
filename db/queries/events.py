"""The chain of events: whether it still says what was written."""

from __future__ import annotations

from sqlalchemy import Connection, select

from db.models.event import Event
from db.uow import FIRST_HASH, chained_hash

ROWS_AT_ONCE = 1000


_EVENTS = select(Event.id, Event.at, Event.kind, Event.agent_id, Event.case_id, Event.data, Event.hash).order_by(
    Event.id
)


def first_broken_event(connection: Connection) -> int | None:
    """The id of the first event that does not fit the one before it, or None when the whole chain holds.

    An event that was changed, removed, put in or moved breaks the chain there, also one that cannot be read any more;
    events cut off at its end leave no trace in it. Rows are streamed: memory does not grow with the record.
    """
    previous, last_id = FIRST_HASH, 0
    try:
        with connection.execution_options(yield_per=ROWS_AT_ONCE).execute(_EVENTS) as rows:
            for event_id, *said, kept in rows:
                previous = chained_hash(previous, *said)
                if previous != kept:
                    return int(event_id)
                last_id = event_id
    except ValueError:
        return _first_unreadable(connection, previous, last_id)
    return None


def _first_unreadable(connection: Connection, previous: str, last_id: int) -> int | None:
    """The first event after `last_id` that cannot be read or does not fit; it is among the next few."""
    ids = select(Event.id).where(Event.id > last_id).order_by(Event.id).limit(ROWS_AT_ONCE)
    for event_id in connection.scalars(ids).all():
        try:
            _, *said, kept = connection.execute(_EVENTS.where(Event.id == event_id)).one()
        except ValueError:
            return event_id
        previous = chained_hash(previous, *said)
        if previous != kept:
            return event_id
    return None
