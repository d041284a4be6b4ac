"""Figures: a year beside a day, what counting costs intake, and the Channels screen in a real terminal."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mails import mails
from benchmarks.measuring import Figures, in_turn, ratio, show
from benchmarks.worlds import environment, world
from db import migrate
from db.engine import Database
from db.kinds import Channel
from desk.channels.mail.incoming import read_incoming
from desk.rules.ranges import Range
from desk.services import agents, figures
from desk.services.desk import Desk
from desk.services.intake import Delivery, take_in
from desk.settings import Settings, load
from tests.terminal import Terminal

ROUNDS = 7
MAILS_AT_ONCE = 10
OPENED = 15


def run(cases: int = 1_000_000) -> None:
    """Compare each with what it is to be as fast as."""
    path = world(cases)
    print(f"figures at {cases} cases")
    _ranges(path)
    _screen(path)
    _intake(1_500)


def _ranges(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    desk = Desk(database=database, settings=load(environment(path)), clock=database.clock)
    me = agents.sign_in(desk, "anna")
    found = in_turn(
        {wanted.value: lambda wanted=wanted: figures.overview(desk, me, wanted) for wanted in Range},
        runs=60,
        warm_up=5,
    )
    strip = in_turn({"the strip": lambda: figures.strip(desk, me)}, runs=60, warm_up=5)
    database.close()
    show([*found.values(), *strip.values()])
    ratio("a year / a day", found["year"].median, found["today"].median, "near 1")


def _screen(path: Path) -> None:
    env = environment(path) | {"DESK_AGENT": "anna"}
    times = []
    with Terminal([sys.executable, "-m", "desk"], env=env) as terminal:
        terminal.wait_for("▌")
        terminal.settle(1.5)
        for _ in range(OPENED):
            sent = terminal.send("C")
            times.append(terminal.wait_for("stands") - sent)
            terminal.send("q")
            terminal.wait_for("▌")
            terminal.settle(0.3)
    show([Figures("key to painted Channels screen", tuple(times))])


def _intake(messages: int) -> None:
    """In turns, with and without counting: many in a transaction, as a mailbox is read, and one by one."""
    raws = mails(messages)
    for size, name in ((messages, "all in one call"), (MAILS_AT_ONCE, f"{MAILS_AT_ONCE} in a call")):
        some = raws if size == messages else raws[: messages // 3]
        taken: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(ROUNDS):
            for counts, times in taken.items():
                times.append(_taking(some, size, counts=counts))
        ratio(f"intake with figures / without, {name}", min(taken[True]), min(taken[False]), "at most 1.05")


def _taking(raws: list[bytes], size: int, *, counts: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.db'}")
        migrate.upgrade(database)
        desk = Desk(database=database, settings=Settings(), clock=database.clock)
        if not counts:
            database.counting = None
        deliveries = [Delivery(raw, "benchmark") for raw in raws]
        started = time.perf_counter()
        for first in range(0, len(deliveries), size):
            take_in(desk, None, Channel.EMAIL, deliveries[first : first + size], read_incoming)
        taken = time.perf_counter() - started
        database.close()
        return taken
