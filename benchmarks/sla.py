"""How fast all clocks are computed anew, stored and compared, and what one case's clocks cost by themselves."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.hours import OFFICE, ZONE
from benchmarks.measuring import in_turn
from benchmarks.worlds import world
from db.engine import Database
from desk.rules.hours import ServiceCalendar
from desk.rules.sla import Fact, What, clocks_of
from desk.rules.sla.policy import BUILT_IN
from desk.services import sla
from desk.services.agents import known
from desk.services.desk import Desk
from desk.settings import Settings

CASES = 20_000
CALLS = 100
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def run() -> None:
    """Compute and compare a world's clocks, and those of one case with many turns."""
    print(f"clocks, a world of {CASES} cases")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.db"
        shutil.copyfile(world(CASES), path)
        database = Database(f"sqlite:///{path}")
        desk = Desk(database, Settings(data_dir=folder), database.clock)
        boss = known(desk, "anna")
        assert boss is not None
        began = time.perf_counter()
        sla.request(desk, boss)
        batches = done = 0
        while (come := sla.recompute_some(desk)) is not None:
            batches, done = batches + 1, come.done
        took = time.perf_counter() - began
        print(
            f"  recompute: {batches / took:8.1f} batches a second of {sla.IN_A_BATCH} cases, {done / took:8.0f} cases"
        )
        began = time.perf_counter()
        assert not list(sla.verify(desk, boss))
        print(f"  verify:    {done / (time.perf_counter() - began):8.0f} cases a second")
        database.close()
    hours, policy = ServiceCalendar(ZONE, OFFICE), next(iter(BUILT_IN.values()))
    turns = [What.ASKED, What.ANSWERED] * 10
    facts = [Fact(AT, What.OPENED), *(Fact(AT + timedelta(hours=place), each) for place, each in enumerate(turns))]
    figure = in_turn({"one": lambda: [clocks_of(facts, policy, 3, hours) for _ in range(CALLS)]}, runs=50)["one"]
    print(f"  clocks of a case with {len(facts)} facts: median {figure.median * 1_000_000 / CALLS:.0f} µs")
