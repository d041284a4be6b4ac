"""Reviewing canned answers by keys, and keeping snippets of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from db.kinds import AnswerState, Role
from desk.services import agents, answer_folders, answer_review
from desk.services.desk import Desk
from desk.settings import Settings
from desk.tui.answers.picker import AnswerPicker
from tests.tui.case_world import composer_text, is_composing, notices, opened, typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    """A desk at which Vera has changed an answer."""
    desk = Desk(world.database, Settings(), world.clock)
    boss = agents.sign_in(desk, "sari")
    with desk.database.write() as unit:
        from db.models import Agent

        unit.session.get_one(Agent, boss.id).role = Role.ADMINISTRATOR
    boss = agents.sign_in(desk, "sari")
    vera = agents.add(desk, boss, login="vera", name="Vera", role=Role.SUPERVISOR)
    answer_folders.export(desk, vera, tmp_path / "out")
    path = tmp_path / "out" / "account.close.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("We are sorry to see you go", "It is a pity that you leave"), encoding="utf-8")
    answer_folders.import_folder(desk, vera, tmp_path / "out")
    return desk


async def reviewing(pilot: Any) -> None:
    await pilot.press("f11")
    await until(pilot, lambda: "account.close v2, written by Vera" in screen_text(pilot.app))


async def test_a_supervisor_reads_what_changes_and_approves_it(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL) as pilot:
        await reviewing(pilot)
        await until(pilot, lambda: "+It is a pity that you leave" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: "Nothing waits for review." in screen_text(pilot.app))
        await pilot.press("tab", "tab")
        await until(pilot, lambda: "account.close" in screen_text(pilot.app))
    assert answer_review.show(desk, sari, "account.close")[-1].is_in_force


@pytest.mark.slow
async def test_a_version_is_sent_back_with_a_reason(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL) as pilot:
        await reviewing(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "what has to be changed?" in screen_text(pilot.app))
        await typed(pilot, "too sad")
        await pilot.press("enter")
        await until(pilot, lambda: "Nothing waits for review." in screen_text(pilot.app))
        await pilot.press("tab")
        await until(pilot, lambda: "sent back: too sad" in screen_text(pilot.app))
    assert [row.reason for row in answer_review.versions(desk, sari, AnswerState.DRAFT)] == ["too sad"]


@pytest.mark.slow
async def test_what_is_written_is_kept_as_mine_picked_for_another_customer_and_removed(
    world: World, open_app: Opens
) -> None:
    first, second = world.add(name="Budi Santoso"), world.add(name="Anna Lee")
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, first)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "Halo Budi Santoso, xyzzy")
        await pilot.press("alt+k")
        await until(pilot, lambda: "keep as mine" in screen_text(pilot.app))
        await typed(pilot, "greets")
        await pilot.press("enter")
        await until(pilot, lambda: "Kept as yours: greets" in notices(pilot))
        screen = await opened(pilot, second)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerPicker))
        await typed(pilot, "xyzzy")
        await until(pilot, lambda: "(mine)" in screen_text(pilot.app))
        await until(pilot, lambda: "Halo Anna Lee, xyzzy" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: composer_text(screen) == "Halo Anna Lee, xyzzy")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "(mine)" in screen_text(pilot.app) or "greets" in screen_text(pilot.app))
        await typed(pilot, "xyzzy")
        await until(pilot, lambda: "(mine)" in screen_text(pilot.app))
        await pilot.press("alt+x")
        await until(pilot, lambda: "Removed: greets" in notices(pilot))
        await until(pilot, lambda: "No answer fits" in screen_text(pilot.app))
