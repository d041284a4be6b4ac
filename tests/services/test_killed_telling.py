"""A worker that is killed while it tells: nobody is told twice, and nobody is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from db.kinds import NoticeState
from db.models import IncidentNotice
from desk.services import incidents
from desk.services.incident_telling import tell_some
from desk.settings import Incidents, Settings
from tests.services.incidents import linked, opened, told

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

ROOT = Path(__file__).parents[2]
CASES = 30
TELLER = """
import sys
from db.engine import Database
from db.models import map_all
from desk.services.desk import Desk
from desk.services.incident_telling import tell_some
from desk.settings import Incidents, Settings

map_all()
database = Database(sys.argv[1])
desk = Desk(database, Settings(incidents=Incidents(messages_per_minute=20)), database.clock)
print("begun", flush=True)
while tell_some(desk) or True:
    pass
"""


def told_so_far(desk: Desk) -> int:
    with desk.database.read() as connection:
        query = select(func.count()).where(IncidentNotice.state == NoticeState.TOLD)
        return connection.scalar(query) or 0


@pytest.mark.slow
@pytest.mark.drill
def test_kill_9_in_the_middle_tells_nobody_twice(
    desk: Desk, boss: AgentRow, ana: AgentRow, database_url: str, clock: SettableClock
) -> None:
    from db.clock import now

    clock.moment = now()  # the other process has the machine's clock
    incident = opened(desk, boss)
    linked(desk, ana, incident, CASES)
    incidents.tell(desk, boss, incident.id)
    process = subprocess.Popen(
        [sys.executable, "-c", TELLER, database_url], cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        until = time.monotonic() + 30
        while told_so_far(desk) < 3 and time.monotonic() < until:
            time.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    assert 3 <= told_so_far(desk) < CASES

    quick = type(desk)(desk.database, Settings(incidents=Incidents(messages_per_minute=6000)), desk.clock)
    clock.advance(minutes=2)
    while tell_some(quick):
        pass

    assert sorted(case_id for case_id, _ in told(desk)) == list(range(1, CASES + 1))
