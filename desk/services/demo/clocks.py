"""The demo world's clocks: what became of them as events, and how they stand at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from db.engine import Database
from db.kinds import ClockState, EventKind, Status
from db.models import Case, SlaRun
from desk.rules.hours import ServiceTime
from desk.rules.sla import Clock, Fact, Policy, clocks_of
from desk.services.clock_keeping import renew
from desk.services.demo.moments import moment, seconds
from desk.services.demo.plots import Plot
from desk.services.demo.tables import Rows
from desk.services.demo.terms import ShippedTerms

IN_A_BATCH = 2000
MET, BREACHED, WARNED = (each.value for each in (EventKind.CLOCK_MET, EventKind.CLOCK_BREACHED, EventKind.CLOCK_WARNED))


class ClockEvents:
    """Notes of each clock what a worker would have noted at a desk of these terms, but nothing that follows from it.

    Warnings are noted of clocks that have not ended; of the others a breach and their end. `until` is the end of the
    world, in seconds.
    """

    def __init__(self, rows: Rows, terms: ShippedTerms, until: int) -> None:
        self._rows = rows
        self._terms = terms
        self._until = moment(until)

    def note(self, plot: Plot, facts: Sequence[Fact]) -> None:
        """Write the events of one case's clocks; `facts` is what happened on it."""
        policy, hours = self._terms.policy(plot), self._terms.plans[plot.channel].hours
        for clock in clocks_of(facts, policy, plot.priority, hours):
            if clock.ended_at is None:
                self._warn(plot, clock, policy, hours)
            if clock.due_at is not None and clock.due_at < (clock.ended_at or self._until):
                due = clock.due_at.isoformat()
                self._say(clock.due_at, BREACHED, plot, clock, due=due, notify=policy.breach.notify, policy=policy.key)
            if clock.state is ClockState.MET and clock.ended_at is not None:
                self._say(clock.ended_at, MET, plot, clock, late=clock.is_late, seconds=clock.taken)

    def _warn(self, plot: Plot, clock: Clock, policy: Policy, hours: ServiceTime) -> None:
        for share in policy.warnings:
            at = clock.moment_of(share, hours)
            if at is not None and at <= self._until and (clock.due_at is None or at < clock.due_at):
                self._say(at, WARNED, plot, clock, share=share)

    def _say(self, at: datetime, kind: str, plot: Plot, clock: Clock, **more: object) -> None:
        what = more | {"clock": clock.kind.value, "started": clock.started_at.isoformat()}
        data = json.dumps(what, sort_keys=True, separators=(",", ":"))
        self._rows.events.append((seconds(at), kind, None, plot.case_id, data))


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
