"""The search screen, by keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.kinds import Channel
from db.rows_search import Vocabulary
from desk.tui.search.completing import Completing
from tests.tui.case_world import typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until


async def searching(pilot: Any) -> Any:
    from desk.tui.search.screen import SearchScreen

    await pilot.press("slash")
    await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
    return pilot.app.screen


def test_tab_goes_through_what_fits() -> None:
    completing = Completing()
    completing.vocabulary = Vocabulary(tags=("vip", "vip2"))
    text, cursor = completing.press("tag:v", 5)
    assert (text, cursor) == ("tag:vip", 7)
    assert completing.press(text, cursor) == ("tag:vip2", 8)
    assert Completing().press("nothing ", 8) == ("nothing ", 8)


@pytest.mark.slow
async def test_operators_are_completed_and_a_case_found_is_opened(world: World, open_app: Opens) -> None:
    world.add(due=timedelta(minutes=1), subject="Tagihan")
    case_id = world.add(due=timedelta(minutes=2), subject="Obrolan", channel=Channel.CHAT)
    async with open_app(size=SMALL) as pilot:
        screen = await searching(pilot)
        await typed(pilot, "chan")
        await pilot.press("tab")
        await typed(pilot, "ch")
        await pilot.press("tab")
        assert screen._input.value == "channel:chat"
        await until(pilot, lambda: [row.id for row in screen._found.rows] == [case_id])
        await until(pilot, lambda: "Obrolan" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == case_id)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.slow
async def test_wrong_syntax_gets_a_hint(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(size=SMALL) as pilot:
        await searching(pilot)
        await typed(pilot, "statos:open")
        await until(pilot, lambda: "did you mean status:" in screen_text(pilot.app))


async def test_nothing_found_says_so(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(size=SMALL) as pilot:
        await searching(pilot)
        await typed(pilot, "zzzzqqq")
        await until(pilot, lambda: "Nothing found." in screen_text(pilot.app))
        assert "is no condition" not in screen_text(pilot.app)
        await typed(pilot, " foo:bar")
        await until(pilot, lambda: "foo: is no condition" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
