"""Claiming the next case: through the service, and by hand with the same statement."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Figures, ratio, show
from benchmarks.worlds import environment, world
from db.engine import Database
from db.kinds import Language
from db.rows import AgentRow
from desk.services import agent_work, agents, claims
from desk.services.desk import Desk
from desk.settings import load

ROUNDS, CLAIMS, WARM_UP = 4, 25, 3
"""Each claims so often in a row, in turn; the first of each row are not counted."""

ANSWERED = "UPDATE support_case SET status = 'waiting_customer', due_at = NULL WHERE id = ?"
"""So that the next one is another; by who claimed it, and not part of what is measured."""

BY_HAND = """
UPDATE support_case SET assignee_id = ?1, status = 'open',
       version = version + CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END, updated_at = ?2
WHERE id = (SELECT id FROM support_case
            WHERE likely(status IN ('new', 'open')) AND coalesce(assignee_id, ?1) = ?1
              AND (assignee_id = ?1 OR language IN ('id', 'en', 'other') AND coalesce(skill, '') IN ('')
                   AND coalesce(queue, 'common') IN ('common', 'money'))
            ORDER BY due_at, priority, id LIMIT 1)
RETURNING id
"""


def run(sizes: tuple[int, ...] = (10_000, 100_000)) -> None:
    """Compare at each size, and the largest with the smallest."""
    print("claiming the next case (every claim is a new one, with its event; by hand: the statement and its commit)")
    ours = {size: _at(size) for size in sizes}
    ratio(f"{sizes[-1]} cases / {sizes[0]} cases", ours[sizes[-1]].median, ours[sizes[0]].median, "at most 1.5")


def _at(cases: int) -> Figures:
    source = world(cases)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        copy = Path(folder) / "claims.db"
        shutil.copyfile(source, copy)
        return _compared(cases, copy)


def _compared(cases: int, path: Path) -> Figures:
    """Both claim from one file, a row of claims each in turn."""
    database = Database(f"sqlite:///{path}")
    desk = Desk(database=database, settings=load(environment(path)), clock=database.clock)
    boss = agents.sign_in(desk, "bayu")
    me = agents.sign_in(desk, "sari")
    agent_work.set_up(desk, boss, "sari", languages=[Language.INDONESIAN, Language.ENGLISH], queues=["common", "money"])
    hand = sqlite3.connect(path, isolation_level=None)
    hand.execute("PRAGMA synchronous=FULL")
    doing: dict[str, tuple[Callable[[], int], Callable[[int], object]]] = {
        f"service, {cases} cases": (lambda: _claim(desk, me), lambda claimed: _answered(database, claimed)),
        f"sqlite3 by hand, {cases} cases": (
            lambda: _by_hand(hand, me.id), lambda claimed: hand.execute(ANSWERED, (claimed,)),
        ),
    }  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in doing}
    for _round in range(ROUNDS):
        for name, (claim, answer) in doing.items():
            for turn in range(CLAIMS):
                started = time.perf_counter()
                claimed = claim()
                if turn >= WARM_UP:
                    times[name].append(time.perf_counter() - started)
                answer(claimed)
    figures = {name: Figures(name, tuple(taken)) for name, taken in times.items()}
    hand.close()
    database.close()
    service, by_hand = figures.values()
    show([service, by_hand])
    ratio("claims a second, service / by hand", by_hand.median, service.median, "at least 0.5")
    return service


def _claim(desk: Desk, me: AgentRow) -> int:
    row = claims.next_case(desk, me)
    assert row is not None
    return row.id


def _answered(database: Database, case_id: int) -> None:
    with database.writing.begin() as connection:
        connection.exec_driver_sql(ANSWERED, (case_id,))


def _by_hand(hand: sqlite3.Connection, agent_id: int) -> int:
    hand.execute("BEGIN IMMEDIATE")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    found = hand.execute(BY_HAND, (agent_id, now)).fetchall()
    hand.execute("COMMIT")
    return int(found[0][0])
