"""Knowing what every screen says of incidents, and telling a supervisor what waits for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from db.kinds import IncidentState
from desk import services
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.gateway import CannotOpenError, ConnectionLostError

if TYPE_CHECKING:
    from desk.services.incidents import Banner
    from desk.tui.app import DeskApp

READING_SECONDS = 12.0


async def read_banner(app: DeskApp) -> None:
    """Read it anew; it stays as it was known while the database does not answer."""
    with suppress(ConnectionLostError, CannotOpenError):
        before, now = app.banner, await app.gateway.run(services.incidents.banner)
        app.banner = now
        if actions.allowed(next(each for each in actions.every() if each.id == "incidents.open"), app.gateway.me):
            _ask(app, before, now)


def _ask(app: DeskApp, before: Banner | None, now: Banner) -> None:
    """Say what a supervisor is asked since the last look."""
    key = actions.key_of("desk.incidents", app.keys)
    overdue = {row.id for row in before.incidents if row.state is IncidentState.OVERDUE} if before else set()
    for row in now.incidents:
        if row.state is IncidentState.OVERDUE and row.id not in overdue:
            said = f"{words.cut(safety.line(row.title), 60)} was to be over by now. Give a new time: {key}, then t."
            app.notify(said, severity="warning", timeout=READING_SECONDS)
    known = {rise.id for rise in before.proposals} if before else set()
    for rise in now.proposals:
        if rise.id not in known:
            said = f"{rise.cases} cases about {safety.line(rise.subject)}, {rise.expected} expected: an incident? {key}"
            app.notify(said, severity="warning", timeout=READING_SECONDS)
