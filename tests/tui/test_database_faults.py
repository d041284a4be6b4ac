"""Screens over a database that is away, full or held by others: they say so, no word is lost, nothing is sent twice."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from db import engine as engine_module
from desk.tui.app import DeskApp
from desk.tui.gateway import Gateway
from tests.postgres import Cluster, Databases, wait_until_ready
from tests.tui.case_world import composer_text, is_composing, notices, opened, typed
from tests.tui.conftest import SMALL, Opens, World, queue_of, screen_text, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from db.engine import Database


def drafts(world: World) -> list[str]:
    from db.models import Draft

    with world.database.read() as connection:
        return list(connection.scalars(select(Draft.text)))


def owed(world: World) -> int:
    """How many answers are to be sent."""
    from db.models import OutboxItem

    with world.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(OutboxItem)) or 0


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """Every write is answered as SQLite does it on a full disk."""

    def refuse(_cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            raise sqlite3.OperationalError("database or disk is full")

    for name in ("do_execute", "do_executemany"):
        event.listen(database.engine, name, refuse)
    yield
    for name in ("do_execute", "do_executemany"):
        event.remove(database.engine, name, refuse)


async def composing(pilot: Pilot[None], case_id: int) -> Any:
    screen = await opened(pilot, case_id)
    await pilot.press("r")
    await until(pilot, lambda: is_composing(screen))
    return screen


async def sends(pilot: Pilot[None], world: World, screen: Any, text: str) -> None:
    """Send what stands there, now that the database takes it: once."""
    await until(pilot, lambda: not screen._composer.busy)
    assert composer_text(screen) == text
    await pilot.press("ctrl+g")
    await until(pilot, lambda: owed(world) == 1 and drafts(world) == [])


@pytest.mark.slow
async def test_on_a_full_disk_the_draft_is_kept_here_and_the_answer_is_sent_once_there_is_room(
    world: World, open_app: Opens
) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id)
        with full_disk(pilot.app.gateway._opened.desk.database):
            await typed(pilot, "Jangan hilang")
            await until(pilot, lambda: "draft kept on this machine" in screen._composer._kept)
            await pilot.press("ctrl+g")
            await until(pilot, lambda: "no room left on the disk" in notices(pilot))
            assert owed(world) == 0
        await sends(pilot, world, screen, "Jangan hilang")


async def test_while_another_program_holds_the_database_the_answer_waits_in_the_composer(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "Sebentar")
        other = sqlite3.connect(world.url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "database is busy" in notices(pilot))
        assert owed(world) == 0
        other.close()
        await sends(pilot, world, screen, "Sebentar")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test's own, to be restarted without disturbing others."""
    cluster = Cluster.start()
    wait_until_ready(cluster.url)
    yield cluster
    cluster.stop()


@pytest.fixture
def shared(cluster: Cluster, open_database: Callable[[str], Database], clock: Any) -> Iterator[World]:
    """A small desk on that server."""
    from db.kinds import Role
    from db.models import Agent
    from tests.conftest import _migrate, _seed

    databases = Databases(cluster.url, "restart", _migrate, _seed)
    url = databases.migrated()
    databases._admin.close()
    made = World(url, open_database(url), clock)
    with made.database.write() as unit:
        agent = Agent(login="sari", name="Sari Dewi", role=Role.ADMINISTRATOR, languages=["id"], active=True,
                      created_at=clock())  # fmt: skip
        unit.session.add(agent)
    yield made
    made.database.close()


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_restart_of_postgresql_under_running_screens_is_told_and_nothing_is_lost(
    shared: World, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("CONFIG", tmp_path / "none"),
        ("DATA_DIR", tmp_path / "data"),
        ("SCREEN__POLL_SECONDS", "0.05"),
    ):
        monkeypatch.setenv(f"DESK_{name}", str(value))
    case_id = shared.add()
    gateway = Gateway(url=shared.url, login="sari", clock=shared.clock)
    app = DeskApp(gateway, with_worker=True)
    try:
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            await until(pilot, lambda: gateway.me is not None and queue_of(app).window.is_loaded)
            screen = await composing(pilot, case_id)
            await typed(pilot, "Tetap ")
            await until(pilot, lambda: drafts(shared) == ["Tetap "])
            cluster.halt()
            await until(pilot, lambda: "no connection since" in screen_text(app))
            await typed(pilot, "ada")
            await until(pilot, lambda: "draft kept on this machine" in screen._composer._kept)
            await pilot.press("ctrl+g")
            await until(pilot, lambda: "database cannot be used" in notices(pilot))
            await until(pilot, lambda: not screen._composer.busy)

            cluster.resume()
            wait_until_ready(cluster.url)
            await until(pilot, lambda: "no connection since" not in screen_text(app))
            await until(pilot, lambda: drafts(shared) == ["Tetap ada"])
            await sends(pilot, shared, screen, "Tetap ada")
            assert workers(), "the worker goes on"
    finally:
        gateway._worker_stop.set()
        for worker in workers():
            worker.join(10)  # a connection that it has in hand is closed by nobody else
        gateway.close()


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "desk-worker"]
