"""Faults at the screens: a database that is lost loses no word, and a fault of ours tells no customer's words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from desk.tui.app import DeskApp
from desk.tui.case.screen import CaseScreen
from desk.tui.gateway import Gateway
from tests.tui.case_world import composer_text, is_composing, notices, opened, typed
from tests.tui.conftest import SMALL, Opens, World, screen_lines, screen_text, until


class FaultError(Exception):
    """Nobody has a name for this."""


async def test_a_fault_prints_no_customers_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_app: DeskApp) -> None:
        customer = "Budi Santoso"
        raise FaultError(customer)

    monkeypatch.setattr(DeskApp, "settle_in", fail)
    gateway = Gateway(url=world.url, login="sari", clock=world.clock)
    app = DeskApp(gateway, with_worker=False)
    try:
        await app.run_async(headless=True, size=(80, 24))
    finally:
        gateway.close()
    assert isinstance(app.failure, FaultError)
    assert app.return_code == 1
    assert app._exit_renderables == [], "what Textual prints when the program has ended"


async def test_notices_do_not_pile_up_and_one_key_takes_them_away(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await until(pilot, lambda: "#1 " in screen_text(pilot.app))
        for said in ("broken", "one", "two", "two", "three", "four"):
            pilot.app.notify(said, severity="error" if said == "broken" else "information")
        await until(pilot, lambda: notices(pilot).split("\n") == ["broken", "three", "four"])
        await pilot.press("minus")
        await until(pilot, lambda: not notices(pilot) and "four" not in screen_text(pilot.app))


def put_another_in_place_of(path: Path, other: Path) -> bytes:
    """Give back what the other one holds. The first is kept, else the system may give the new file its number."""
    os.link(path, path.with_name("kept"))
    path.unlink()
    path.write_bytes(other.read_bytes())
    return other.read_bytes()


def path_of(world: World) -> Path:
    assert world.database.path is not None
    return world.database.path


def holds(path: Path) -> bytes:
    return path.read_bytes()


def drafts(world: World) -> list[str]:
    from db.models import Draft

    with world.database.read() as connection:
        return list(connection.scalars(select(Draft.text)))


@pytest.mark.slow
async def test_a_database_file_that_is_gone_is_called_so_and_the_draft_is_kept_until_it_is_back(
    world: World, open_app: Opens
) -> None:
    case_id = world.add()
    path = path_of(world)
    files = [path, Path(f"{path}-wal"), Path(f"{path}-shm")]
    away = path.with_name("away")
    away.mkdir()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        for file in files:
            os.link(file, away / file.name)
            file.unlink()

        await until(pilot, lambda: "database file gone since" in screen_text(pilot.app))
        assert "Put it back" in notices(pilot)
        await typed(pilot, "Jangan hilang")
        await until(pilot, lambda: "draft kept on this machine" in screen._composer._kept)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: not screen._composer.busy)
        assert composer_text(screen) == "Jangan hilang"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert "database file gone since" in screen_text(pilot.app)
        await pilot.app.push_screen(CaseScreen(case_id + 1))
        await until(pilot, lambda: "The database file is gone" in screen_lines(pilot.app)[0])
        assert not any(file.exists() for file in files)

        for file in files:
            os.link(away / file.name, file)
        await until(pilot, lambda: "database file gone" not in screen_text(pilot.app))
        await until(pilot, lambda: drafts(world) == ["Jangan hilang"])


@pytest.mark.slow
async def test_another_database_in_the_place_of_ours_is_left_alone(
    world: World, open_app: Opens, sqlite_template: Path
) -> None:
    case_id = world.add()
    path = path_of(world)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        other = put_another_in_place_of(path, sqlite_template)

        await until(pilot, lambda: "another database file since" in screen_text(pilot.app))
        assert "start it again" in notices(pilot)
        await typed(pilot, "Jangan hilang")
        await until(pilot, lambda: "draft kept on this machine" in screen._composer._kept)
        assert holds(path) == other
