"""What the public may know of incidents; nothing internal is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from db.kinds import IncidentKind, IncidentState
from db.models import Incident
from db.queries import incidents as queries
from db.rows_incidents import IncidentRow, Texts
from desk.rules.incidents import ACTIVE, PLANNED
from desk.services.desk import Desk
from desk.services.figures import zone_of
from desk.services.hours import plans_of

REMEMBERED = timedelta(days=7)
MOST = 50


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident as customers read of it; moments are aware UTC."""

    key: str
    kind: IncidentKind
    state: IncidentState
    starts_at: datetime
    expected_at: datetime | None
    ended_at: datetime | None
    texts: Texts


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What is going on and planned, and what was over in the last seven days; `zone` is that of the service hours."""

    at: datetime
    zone: tzinfo
    current: tuple[PublicIncident, ...]
    past: tuple[PublicIncident, ...]


def public_status(desk: Desk) -> PublicStatus:
    """What the status page shows. Raises `DatabaseUnavailableError`."""
    now = desk.clock()
    public = Incident.is_public.is_(True)
    with desk.database.read() as connection:
        current = queries.incidents(connection, public, queries.in_states({*ACTIVE, PLANNED}), limit=MOST)
        over = (Incident.state == IncidentState.RESOLVED, Incident.ended_at > now - REMEMBERED)
        past = queries.incidents(connection, public, *over, limit=MOST)
        zone = zone_of(plans_of(connection, now))
    ordered = sorted(current, key=lambda row: (row.state is PLANNED, row.starts_at))
    return PublicStatus(now, zone, tuple(map(_public, ordered)), tuple(map(_public, past)))


def _public(row: IncidentRow) -> PublicIncident:
    return PublicIncident(row.key, row.kind, row.state, row.starts_at, row.expected_at, row.ended_at, row.texts)
