"""The demo world's clocks: computed from its events by what keeps them at any desk."""

from __future__ import annotations

from sqlalchemy import select, text

from db.engine import Database
from db.kinds import Status
from db.models import Case, SlaRun
from desk.services.clock_keeping import renew

IN_A_BATCH = 2000


def wind(database: Database) -> None:
    """Give every case that is not closed its clocks; the database's clock stands at the end of the world."""
    last = 0
    while True:
        with database.write() as unit:
            query = select(Case.id).where(Case.id > last, Case.status != Status.CLOSED).order_by(Case.id)
            ids = list(unit.session.scalars(query.limit(IN_A_BATCH)))
            if not ids:
                unit.session.execute(text("DELETE FROM " + SlaRun.__tablename__))
                return
            renew(unit, ids)
            last = ids[-1]
