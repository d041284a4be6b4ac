"""The channels: the strip over the queue, and the supervisor's screen with the cases behind each number."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from db.kinds import Channel, EventKind, Role
from desk.services.hour_files import read_hours
from desk.services.hours import put
from tests.tui.conftest import LARGE, SMALL, Opens, World, queue_of, screen_lines, screen_text, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


def arrive(world: World, channel: Channel, times: int = 1, *, due: timedelta = timedelta(hours=3)) -> list[int]:
    """New cases on a channel, counted as any."""
    from desk.services.desk import Desk
    from desk.settings import Settings

    Desk(world.database, Settings(), world.clock)
    ids = []
    for _ in range(times):
        ids.append(world.add(channel=channel, due=due))
        with world.database.write() as unit:
            unit.record(EventKind.CASE_OPENED, case_id=ids[-1], channel=channel.value)
    return ids


async def read(pilot: Pilot[None]) -> None:
    """The Channels screen, with its figures."""
    await pilot.press("C")
    await until(pilot, lambda: "stands" in screen_text(pilot.app))


async def test_the_strip_tells_of_each_channel_once_the_rows_are_there(world: World, open_app: Opens) -> None:
    world.keep_hours()
    arrive(world, Channel.EMAIL, 2)
    world.clock.advance(hours=1, minutes=5)
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: "2 wait" in screen_text(pilot.app))
        strip = "\n".join(screen_lines(pilot.app)[2:4])
        assert "✉ closed→" in strip
        assert "2 wait, 1:05  0 on it" in strip
        assert all(sign in strip for sign in "☏✉◉⌂")


async def test_on_a_wide_screen_the_strip_takes_one_row(world: World, open_app: Opens) -> None:
    arrive(world, Channel.CHAT)
    async with open_app(size=LARGE) as pilot:
        await until(pilot, lambda: "1 wait" in screen_text(pilot.app))
        assert all(sign in screen_lines(pilot.app)[2] for sign in "☏✉◉⌂")
        assert "1 wait, oldest 0:00  0 on it" in screen_lines(pilot.app)[2]
        assert screen_lines(pilot.app)[3].startswith("──")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_number_of_the_channels_is_on_screen(world: World, open_app: Opens, size: tuple[int, int]) -> None:
    arrive(world, Channel.EMAIL, 3)
    async with open_app(size=size) as pilot:
        await read(pilot)
        text = screen_text(pilot.app)
        heads = ("stands", "waiting", "oldest", "due<1h", "on it", "came", "answered", "solved", "broken", "SLA", "p90")
        assert [head for head in heads if head not in text] == []
        assert [day for day in ("Tue", "Wed", "Thu", "Fri", "Sat", "Sun") if f" {day} " not in text] == []
        assert "▸Mon" in text
        assert "▼" in text


async def test_a_wide_screen_says_how_early_days_begin_where_clocks_are_not_whole_hours_from_utc(
    world: World, open_app: Opens
) -> None:
    world.keep_hours()
    with world.database.write() as unit:
        for key, file in read_hours().items():
            put(unit, key, replace(file, zone="Asia/Kathmandu"))
    async with open_app(size=LARGE) as pilot:
        await read(pilot)
        assert "days begin 15 minutes early" in screen_text(pilot.app)


async def test_a_number_opens_its_lane_or_exactly_its_cases(world: World, open_app: Opens) -> None:
    mails = arrive(world, Channel.EMAIL, 3)
    arrive(world, Channel.CHAT, 2, due=timedelta(minutes=30))
    async with open_app(size=SMALL) as pilot:
        await read(pilot)
        await pilot.press("j", "l", "l", "l")  # e-mail, came
        assert "[3]" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 3" in screen_text(pilot.app))
        assert [f"#{number}" in screen_text(pilot.app) for number in (*mails, 4)] == [True, True, True, False]
        await pilot.press("escape", "j", "h")  # chat, due within the hour
        await until(pilot, lambda: "[2]" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 2" in screen_text(pilot.app))
        await pilot.press("escape", "h", "h", "enter")  # chat, waiting
        await until(pilot, lambda: pilot.app.screen is queue_of(pilot.app))
        await until(pilot, lambda: queue_of(pilot.app).feed.lane.value == "chat")


async def test_a_sum_of_all_channels_opens_the_cases_of_all(world: World, open_app: Opens) -> None:
    mails = arrive(world, Channel.EMAIL, 3)
    chats = arrive(world, Channel.CHAT, 2, due=timedelta(minutes=30))
    async with open_app(size=SMALL) as pilot:
        await read(pilot)
        await pilot.press("l", "j", "j", "j", "j", "j")  # social, oldest: what stands now has no sum
        await pilot.press("l", "l", "j")  # all, came
        await until(pilot, lambda: "[5]" in screen_text(pilot.app))
        await pilot.press("h", "enter")
        await until(pilot, lambda: "all · came · today" in screen_text(pilot.app))
        await until(pilot, lambda: "1 of 5" in screen_text(pilot.app))
        assert [each for each in (*mails, *chats) if f"#{each}" not in screen_text(pilot.app)] == []


def came(pilot: Pilot[None]) -> list[str]:
    """How many cases came by e-mail, as the second table says."""
    rows = [line.split() for line in screen_lines(pilot.app) if "e-mail" in line]
    return rows[1][2:3]


async def test_the_range_grows_and_shrinks_by_keys(world: World, open_app: Opens) -> None:
    arrive(world, Channel.EMAIL)
    world.clock.advance(days=3)
    async with open_app(size=SMALL) as pilot:
        await read(pilot)
        await until(pilot, lambda: came(pilot) == ["0"])
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: came(pilot) == ["1"])
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: came(pilot) == ["0"])


async def test_an_agent_is_told_who_may_see_figures(world: World, open_app: Opens) -> None:
    async with open_app(login="rio", notices=True) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: f"{Role.SUPERVISOR}" in "".join(screen_text(pilot.app).split()))
        assert pilot.app.screen is queue_of(pilot.app)
