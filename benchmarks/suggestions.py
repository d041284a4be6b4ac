"""Suggesting answers at a desk with 100,000 past cases: learning all of them, the first case, and every further one."""

from __future__ import annotations

import time

from benchmarks.measuring import in_turn, ratio, show
from benchmarks.worlds import environment, world
from db.engine import Database
from db.kinds import Lane
from desk.services import agents, cases, queue, suggestions
from desk.services.desk import Desk
from desk.settings import load


def run(size: int = 100_000) -> None:
    """Learn, then suggest for the cases of the queue in turn."""
    print(f"suggestions at {size} cases")
    path = world(size)
    database = Database(f"sqlite:///{path}")
    desk = Desk(database=database, settings=load(environment(path)), clock=database.clock)
    me = agents.sign_in(desk, "sari")
    begun = time.perf_counter()
    learned = suggestions.learn(desk)
    print(f"  learning anew from {learned} answers: {time.perf_counter() - begun:.1f} s, in a process of its own")
    details = [cases.open_case(desk, me, row.id) for row in queue.page(desk, me, Lane.ALL, limit=50).rows]
    begun = time.perf_counter()
    suggestions.for_detail(desk, me, details[0])
    print(f"  the first case after a start: {time.perf_counter() - begun:.2f} s, beside the screens")
    turn = iter(details * 100)
    (figures,) = in_turn(
        {"a case": lambda: suggestions.for_detail(desk, me, next(turn))}, runs=300, warm_up=20
    ).values()
    show([figures])
    ratio("a case / 20 ms", figures.median, 0.020, "at most 1")
    database.close()
