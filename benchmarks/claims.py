"""Claiming the next case: through the service, and by hand with the same statement, on both engines."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.measuring import Figures, ratio, show
from benchmarks.worlds import FOLDER, build_at, environment, world
from db.engine import Database
from db.kinds import Language
from db.rows import AgentRow
from desk.services import agent_work, agents, claims
from desk.services.desk import Desk
from desk.settings import load
from tests.postgres import LASTING, Cluster, wait_until_ready

ROUNDS, CLAIMS, WARM_UP = 12, 25, 3
"""Each claims so often in a row, in turn; the first of each row are not counted."""

ON_POSTGRES = 40_000
"""Cases of the world that is made on PostgreSQL, anew each time."""

ANSWERED = "UPDATE support_case SET status = 'new', assignee_id = NULL, due_at = '{last}' WHERE id = {case}"
"""So that the next one is another, and none are wanting: the customer has written again and stands last. By who claimed
it, and not part of what is measured."""
LAST = datetime(2099, 1, 1)  # noqa: DTZ001  (as both engines keep it)

BY_HAND = """
UPDATE support_case SET assignee_id = {me}, status = 'open',
       version = version + CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END, updated_at = {now}
WHERE id = (SELECT id FROM support_case
            WHERE {likely}(status IN ('new', 'open')) AND coalesce(assignee_id, {me}) = {me}
              AND (assignee_id = {me} OR language IN ('id', 'en', 'other') AND coalesce(skill, '') IN ('')
                   AND coalesce(queue, 'common') IN ('common', 'money'))
            ORDER BY due_at, priority, id LIMIT 1 {locking})
RETURNING id
"""
SQLITE = BY_HAND.format(me="?1", now="?2", likely="likely", locking="")
POSTGRES = BY_HAND.format(me="%(me)s", now="%(now)s", likely="", locking="FOR NO KEY UPDATE SKIP LOCKED")


def run(sizes: tuple[int, ...] = (10_000, 100_000)) -> None:
    """Compare at each size, and the largest with the smallest; then on PostgreSQL."""
    print("claiming the next case (by hand: the statement and its commit, without the event that the service keeps)")
    ours = {size: _at(size) for size in sizes}
    ratio(f"{sizes[-1]} cases / {sizes[0]} cases", ours[sizes[-1]].median, ours[sizes[0]].median, "at most 1.5")
    _on_postgres()


def _at(cases: int) -> Figures:
    alone = _on_sqlite(cases, f"SQLite, {cases} cases")
    _on_sqlite(cases, f"{cases} cases, others write between", by_others=True)
    return alone


def _on_sqlite(cases: int, name: str, *, by_others: bool = False) -> Figures:
    source = world(cases)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        copy = Path(folder) / "claims.db"
        shutil.copyfile(source, copy)
        os.sync()  # else the first checkpoint writes the whole copy, in the middle of somebody's claim
        hand, other = (sqlite3.connect(copy, isolation_level=None) for _ in range(2))
        hand.execute("PRAGMA synchronous=FULL")
        with closing(hand), closing(other):
            execute = other.execute if by_others else hand.execute
            return _compared(name, copy, partial(_by_hand, hand), execute, by_others=by_others)


def _on_postgres() -> None:
    cluster = Cluster.start(str(FOLDER.resolve()), LASTING)
    try:
        wait_until_ready(cluster.url)
        build_at(cluster.url, ON_POSTGRES)
        address = make_url(cluster.url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(address, autocommit=True) as hand:
            _compared(
                f"PostgreSQL, {ON_POSTGRES} cases", cluster.url, partial(_by_hand_on_postgres, hand), hand.execute
            )
    finally:
        cluster.stop()


def _compared(
    name: str,
    where: Path | str,
    by_hand: Callable[[int], int],
    execute: Callable[[str], object],
    *,
    by_others: bool = False,
) -> Figures:
    """Both claim from one database, a row of claims each in turn.

    Each case is answered by who claimed it (`execute` by hand), or by `execute` for both: then what a claim has read
    before is no longer what stands in the file, as on a desk with several agents.
    """
    database = Database(where if isinstance(where, str) else f"sqlite:///{where}")
    desk = Desk(database=database, settings=load(environment(where)), clock=database.clock)
    boss = agents.sign_in(desk, "bayu")
    me = agents.sign_in(desk, "sari")
    agent_work.set_up(desk, boss, "sari", languages=[Language.INDONESIAN, Language.ENGLISH], queues=["common", "money"])

    def answered(statement: str) -> None:
        with closing(database.connect_to_write()) as connection:
            connection.exec_driver_sql(statement)
            connection.commit()

    doing: dict[str, tuple[Callable[[], int], Callable[[str], object]]] = {
        f"service, {name}": (lambda: _claim(desk, me), execute if by_others else answered),
        f"by hand, {name}": (lambda: by_hand(me.id), execute),
    }
    times: dict[str, list[float]] = {kind: [] for kind in doing}
    lasts = (str(LAST + timedelta(seconds=second)) for second in count())
    for _round in range(ROUNDS):
        for kind, (claim, answer) in doing.items():
            for turn in range(CLAIMS):
                started = time.perf_counter()
                claimed = claim()
                if turn >= WARM_UP:
                    times[kind].append(time.perf_counter() - started)
                answer(ANSWERED.format(case=claimed, last=next(lasts)))
    service, hand = (Figures(kind, tuple(taken)) for kind, taken in times.items())
    database.close()
    show([service, hand])
    ratio("claims a second, service / by hand", hand.median, service.median, "at least 0.5")
    return service


def _claim(desk: Desk, me: AgentRow) -> int:
    row = claims.next_case(desk, me)
    assert row is not None
    return row.id


def _by_hand(hand: sqlite3.Connection, agent_id: int) -> int:
    hand.execute("BEGIN IMMEDIATE")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    found = hand.execute(SQLITE, (agent_id, now)).fetchall()
    hand.execute("COMMIT")
    return int(found[0][0])


def _by_hand_on_postgres(hand: psycopg.Connection[tuple[int]], agent_id: int) -> int:
    with hand.transaction():
        found = hand.execute(POSTGRES, {"me": agent_id, "now": datetime.now(UTC)}).fetchall()
    return found[0][0]
