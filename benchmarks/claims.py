"""Claiming the next case: through the service, and by hand with the same statement."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Figures, in_turn, ratio, show
from benchmarks.worlds import environment, world
from db.engine import Database
from db.kinds import Language
from desk.services import agent_work, agents, claims
from desk.services.desk import Desk
from desk.settings import load

BY_HAND = """
UPDATE support_case SET assignee_id = ?1, status = 'open',
       version = version + CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END, updated_at = ?2
WHERE id = (SELECT id FROM support_case
            WHERE likely(status IN ('new', 'open')) AND coalesce(assignee_id, ?1) = ?1
              AND (assignee_id = ?1 OR language IN ('id', 'en', 'other') AND coalesce(skill, '') IN ('')
                   AND coalesce(queue, 'common') IN ('common', 'money')) AND id NOT IN (SELECT value FROM json_each(?3))
            ORDER BY due_at, priority, id LIMIT 1)
RETURNING id
"""


def run(sizes: tuple[int, ...] = (10_000, 1_000_000)) -> None:
    """Compare at each size, and the largest with the smallest."""
    print("claiming the next case (every claim is a new one, with its event; by hand: the statement and its commit)")
    ours = {size: _at(size) for size in sizes}
    ratio(f"{sizes[-1]} cases / {sizes[0]} cases", ours[sizes[-1]].median, ours[sizes[0]].median, "at most 1.5")


def _at(cases: int) -> Figures:
    with tempfile.TemporaryDirectory(dir=world(cases).parent) as folder:
        copies = [Path(folder) / name for name in ("service.db", "hand.db")]
        for copy in copies:
            shutil.copyfile(world(cases), copy)
        return _compared(cases, *copies)


def _compared(cases: int, ours: Path, theirs: Path) -> Figures:
    database = Database(f"sqlite:///{ours}")
    desk = Desk(database=database, settings=load(environment(ours)), clock=database.clock)
    boss = agents.sign_in(desk, "bayu")
    me = agents.sign_in(desk, "sari")
    agent_work.set_up(desk, boss, "sari", languages=[Language.INDONESIAN, Language.ENGLISH], queues=["common", "money"])
    hand = sqlite3.connect(theirs, isolation_level=None)
    hand.execute("PRAGMA journal_mode=WAL")
    hand.execute("PRAGMA synchronous=FULL")
    mine: list[int] = []
    theirs_too: list[int] = []
    figures = in_turn(
        {
            f"service, {cases} cases": lambda: mine.append(_claim(desk, me, mine)),
            f"sqlite3 by hand, {cases} cases": lambda: theirs_too.append(_by_hand(hand, me.id, theirs_too)),
        },
        runs=90,
        warm_up=5,
    )
    hand.close()
    database.close()
    service, by_hand = figures.values()
    show([service, by_hand])
    ratio("claims a second, service / by hand", by_hand.median, service.median, "at least 0.5")
    return service


def _claim(desk: Desk, me: object, mine: list[int]) -> int:
    row = claims.next_case(desk, me, skip=mine)  # type: ignore[arg-type]
    assert row is not None
    return row.id


def _by_hand(hand: sqlite3.Connection, agent_id: int, skip: list[int]) -> int:
    hand.execute("BEGIN IMMEDIATE")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    found = hand.execute(BY_HAND, (agent_id, now, json.dumps(skip))).fetchall()
    hand.execute("COMMIT")
    return int(found[0][0])
