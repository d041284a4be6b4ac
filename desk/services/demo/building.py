"""Building the demo world: a database of its own, filled from one seed, the same every time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from db.clock import Clock
from db.engine import Database
from db.migrate import upgrade
from db.models import DeskInfo
from db.private import make_folder
from desk.services.answer_counting import recount
from desk.services.demo.arrivals import DAYS
from desk.services.demo.bank import Bank, read_bank
from desk.services.demo.clocks import wind
from desk.services.demo.filling import Counts, fill
from desk.services.demo.founding import found
from desk.services.demo.indexing import later
from desk.services.demo.moments import moment, seconds
from desk.services.demo.phone import add_phone
from desk.services.demo.standing import is_open_elsewhere, standing_in
from desk.services.demo.tables import set_sequences
from desk.services.desk import Desk
from desk.services.recounting import count_everything
from desk.services.upkeep import fold

CASES, SEED = 2000, 1
"""The world that is made when nobody says which."""

FRESH_FOR = timedelta(hours=8)
"""A world that ends at 'now' is built again after a working day: by then its whole queue would be late."""

Progress = Callable[[int, int], None]


UNGUARDED = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "foreign_keys = OFF",
    "ignore_check_constraints = ON",
    "cache_size = -200000",
)
"""For a file that nobody uses yet: one that is not finished is thrown away, and tests check the rules it skips."""


IS_OPEN = (
    "Another program has the demo world open, so it was not made anew. Leave the desk there first; "
    "`desk demo` opens the world beside it as it stands."
)


class DemoRefusedError(Exception):
    """A demo world would destroy what somebody has in the database, or has open."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The world that stands there now; `was_built` is False when it stood before; `seconds` is what building took."""

    cases: int
    seed: int
    until: datetime
    was_built: bool
    seconds: float = 0.0
    counts: Counts | None = None
    is_kept_open: bool = False
    """Whether it is older than a working day and stands there only because another program has it open."""


def build_demo(
    desk: Desk,
    *,
    cases: int = CASES,
    seed: int = SEED,
    until: datetime | None = None,
    progress: Progress | None = None,
    spares_open: bool = False,
) -> DemoReport:
    """Fill the desk's database with a demo world of the 30 days before `until` (aware; by default now).

    The same `cases`, `seed` and `until` give the same rows. A world that stands already with these is left alone
    (without `until`: for as long as it is fresh); another demo world is replaced. A SQLite file is made anew beside
    the old one and put in its place when it is complete; PostgreSQL's tables are emptied and filled.
    With `spares_open`, a file that another program has open is not replaced.
    `progress` gets cases done and cases in all. Raises `DemoRefusedError`, `SeedError`, `NewerDatabaseError`.
    """
    standing = standing_in(desk.database)
    if standing.in_use:
        raise DemoRefusedError(
            f"This database holds {standing.in_use}; a demo world would replace all of it, so nothing was changed. "
            "Run `desk demo` without --build-only to get a world of its own, or name an empty database "
            "in DESK_DATABASE_URL."
        )
    end = moment(seconds(until or desk.clock()))
    if standing.made is not None and _will_do(standing.made, cases, seed, until, end):
        return DemoReport(cases, seed, standing.made[2], was_built=False)
    started = time.monotonic()
    order = _Order(cases, seed, end, read_bank(), progress or _unseen, spares_open)
    counts = _make_file(desk.database, order) if desk.database.path else _make_in_place(desk.database, order)
    return DemoReport(cases, seed, end, was_built=True, seconds=time.monotonic() - started, counts=counts)


def open_demo(
    desk: Desk,
    *,
    cases: int | None = None,
    seed: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> DemoReport:
    """The demo world that stands there, or a new one where none does.

    One that stands there is replaced only with `fresh`, or when it is older than a working day (then by one of the
    same `cases` and `seed`, unless others are given), and never while another program has it open.
    Raises as `build_demo`, and `DemoRefusedError` for a `cases` or `seed` that is not that of the world.
    """
    made = standing_in(desk.database).made
    if made is not None and not fresh:
        stands = made[:2]
        cases, seed = stands[0] if cases is None else cases, stands[1] if seed is None else seed
        is_same = (cases, seed) == stands
        if _is_fresh(made[2], desk.clock()):
            if not is_same:
                raise DemoRefusedError(
                    f"A demo world of {stands[0]} cases (seed {stands[1]}) stands there already; nothing was changed. "
                    "`desk demo` opens it; with --fresh it is made anew, and what was done in it is gone."
                )
            return DemoReport(*made, was_built=False)
        if is_same and is_open_elsewhere(desk.database):
            return DemoReport(*made, was_built=False, is_kept_open=True)
    if is_open_elsewhere(desk.database):
        raise DemoRefusedError(IS_OPEN)
    return build_demo(
        desk,
        cases=CASES if cases is None else cases,
        seed=SEED if seed is None else seed,
        until=desk.clock() if fresh else None,
        progress=progress,
        spares_open=True,
    )


@dataclass(frozen=True, slots=True)
class _Order:
    cases: int
    seed: int
    until: datetime
    bank: Bank
    progress: Progress
    spares_open: bool

    @property
    def beginning(self) -> Clock:
        """A clock that stands at the world's first moment."""
        first = self.until - timedelta(days=DAYS + 1)
        return lambda: first

    def finished(self) -> dict[str, str]:
        """What the database says of itself once the world is complete."""
        return {
            "demo.cases": str(self.cases),
            "demo.seed": str(self.seed),
            "demo.until": self.until.isoformat(),
        }


def _unseen(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _will_do(made: tuple[int, int, datetime], cases: int, seed: int, until: datetime | None, end: datetime) -> bool:
    fits = made[2] == end if until is not None else _is_fresh(made[2], end)
    return fits and made[:2] == (cases, seed)


def _is_fresh(until: datetime, now: datetime) -> bool:
    return timedelta() <= now - until < FRESH_FOR


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other program makes a world in the same folder. Raises `DemoRefusedError` when one does."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRefusedError(
                "Another program is making the demo world just now. Wait until it has, then say `desk demo` again."
            ) from None
        yield
    finally:
        os.close(lock)


def _make_file(database: Database, order: _Order) -> Counts:
    path = database.path
    assert path is not None  # noqa: S101  (the caller asked)
    beside = path.with_name(path.name + ".making")
    make_folder(path.parent)
    with _alone(path.parent):
        return _make_beside(database, beside, order)


def _make_beside(database: Database, beside: Path, order: _Order) -> Counts:
    path = database.path
    assert path is not None  # noqa: S101  (the caller asked)
    _remove(beside)
    new = Database(database.url.set(database=str(beside)), clock=order.beginning)
    try:
        upgrade(new)
        found(new, order.bank)
        new.close()
        with new.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  (it has just been opened)
            for pragma in UNGUARDED:
                driver.execute(f"PRAGMA {pragma}")
            with later(connection):
                counts = _fill(connection, order)
            connection.commit()
        new.clock = lambda: order.until
        wind(new)
        with new.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  (it has just been opened)
            count_everything(connection, order.until)
            recount(connection)
            connection.commit()
            driver.execute("ANALYZE")
            driver.execute("PRAGMA journal_mode = WAL")
        new.close()
        _to_disk(beside)
        if order.spares_open and is_open_elsewhere(database):
            raise DemoRefusedError(IS_OPEN)
        database.close()
        _remove(path)
        beside.replace(path)
    finally:
        new.close()
        _remove(beside)
    return counts


def _make_in_place(database: Database, order: _Order) -> Counts:
    upgrade(database)
    same = Database(database.url, clock=order.beginning)
    try:
        found(same, order.bank)
        with same.engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            counts = _fill(connection, order)
            connection.commit()
        same.clock = lambda: order.until
        wind(same)
        with same.engine.connect() as connection:
            count_everything(connection, order.until)
            recount(connection)
            connection.commit()
        with same.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    finally:
        same.close()
    return counts


def _fill(connection: Connection, order: _Order) -> Counts:
    counts = fill(
        connection, order.bank, cases=order.cases, seed=order.seed, until=seconds(order.until), progress=order.progress
    )
    rows = [{"key": key, "value": value} for key, value in order.finished().items()]
    connection.execute(insert(DeskInfo), rows)
    add_phone(connection, order.until)
    set_sequences(connection, ("call", "callback"))
    fold(connection)
    return counts


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
