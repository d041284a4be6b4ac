"""A page of 50 rows: through the service, and by hand with the same SQL."""

from __future__ import annotations

import sqlite3

from benchmarks.measuring import Figures, in_turn, ratio, show
from benchmarks.worlds import environment, world
from db.engine import Database
from db.kinds import Lane
from desk.services import agents, queue
from desk.services.desk import Desk
from desk.settings import load

BY_HAND = """
SELECT c.id, c.channel, c.status, c.priority, c.customer_id, u.name, c.subject, c.topic_key, c.language, c.created_at,
       c.updated_at, c.due_at, c.snoozed_until, c.assignee_id, a.name, c.version
FROM support_case c JOIN customer u ON u.id = c.customer_id LEFT JOIN agent a ON a.id = c.assignee_id
WHERE c.status IN ('new', 'open') AND (c.due_at, c.priority, c.id) > (?, ?, ?)
ORDER BY c.due_at, c.priority, c.id LIMIT 51
"""


def run(sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)) -> None:
    """Compare at each size, and the largest with the smallest."""
    print("a queue page of 50 rows")
    ours = {size: _at(size) for size in sizes}
    ratio(f"{sizes[-1]} cases / {sizes[0]} cases", ours[sizes[-1]].median, ours[sizes[0]].median, "at most 1.5")


def _at(cases: int) -> Figures:
    path = world(cases)
    database = Database(f"sqlite:///{path}")
    desk = Desk(database=database, settings=load(environment(path)), clock=database.clock)
    me = agents.sign_in(desk, "sari")
    first = queue.page(desk, me, Lane.ALL, limit=1).rows[0]
    assert first.due_at is not None
    by_hand = sqlite3.connect(path)
    place = (first.due_at.strftime("%Y-%m-%d %H:%M:%S.%f"), first.priority, first.id)
    figures = in_turn(
        {
            f"service, {cases} cases": lambda: queue.page(desk, me, Lane.ALL, limit=50),
            f"sqlite3 by hand, {cases} cases": lambda: by_hand.execute(BY_HAND, place).fetchall(),
        },
        runs=300,
        warm_up=20,
    )
    by_hand.close()
    database.close()
    service, hand = figures.values()
    show([service, hand])
    ratio("service / by hand", service.median, hand.median, "at most 2")
    return service
