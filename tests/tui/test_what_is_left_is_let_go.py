"""An agent opens hundreds of cases a day: nothing of a screen that was left may stay in memory."""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from textual._styles_cache import StylesCache
from textual.screen import Screen
from textual.widget import Widget

from tests.tui.conftest import MIDDLE, until

if TYPE_CHECKING:
    from tests.tui.conftest import Opens, World

TIMES = 3
WAYS = {
    "case": ("enter",),
    "case's composer": ("enter", "r"),
    "case's note": ("enter", "i"),
    "case's answers": ("enter", "c"),
    "case's clocks": ("enter", "D"),
    "case's history": ("enter", "h"),
    "case's refunds": ("enter", "dollar_sign"),
    "case's playbook": ("enter", "P"),
    "case's files": ("enter", "a"),
    "case's guides": ("enter", "W"),
    "case's help": ("enter", "question_mark"),
    "help": ("question_mark",),
    "command palette": ("ctrl+p",),
    "search": ("slash",),
    "my state": ("f6",),
    "call-backs": ("f7",),
    "call": ("f8",),
    "hours": ("f9",),
    "incidents": ("f10",),
    "refunds": ("dollar_sign",),
    "undelivered": ("6",),
    "waiting for later": ("7",),
    "channels": ("C",),
    "priority": ("p",),
    "status": ("s",),
    "snooze": ("z",),
    "tags": ("number_sign",),
    "transfer": ("T",),
}


def alive() -> Counter[str]:
    """How many widgets there are of each kind, and memories of what one has drawn.

    Those do not count that only a timer has which was called off.

    The event loop throws such timers away when they would have been due, or when there are many of them.
    """
    loop: Any = asyncio.get_running_loop()
    loop._scheduled[:] = [each for each in loop._scheduled if not each.cancelled()]
    heapq.heapify(loop._scheduled)
    loop._timer_cancelled_count = 0
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, Widget | StylesCache))


@pytest.mark.slow
async def test_nothing_stays_of_screens_that_were_left(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(size=MIDDLE) as pilot:

        async def there_and_back(keys: tuple[str, ...]) -> None:
            await pilot.press(*keys)
            await until(pilot, lambda: len(pilot.app.screen_stack) > 1)
            for _ in range(4):
                if len(pilot.app.screen_stack) > 1:
                    await pilot.press("escape")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
            await pilot.pause()

        for keys in WAYS.values():
            await there_and_back(keys)
        before = alive()
        for _ in range(TIMES):
            for keys in WAYS.values():
                await there_and_back(keys)
        more = {name: number - before[name] for name, number in alive().items() if number >= before[name] + TIMES}
        assert not more


async def test_screens_are_counted() -> None:
    screen: Screen[None] = Screen()
    assert alive()["Screen"] >= 1
    del screen
