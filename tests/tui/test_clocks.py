"""What is owed by when, on screen: the queue's first column, a case's clocks, and what its customer was told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from db.kinds import Channel, EventKind, Language, PromiseState, Status
from db.models import WorkQueue
from db.rows import CaseRow, PromiseRow
from desk.rules.hours import ServiceCalendar
from desk.tui import format as form
from desk.tui.gateway import Gateway
from desk.tui.promise_words import promise_words
from tests.tui.case_world import notices, opened
from tests.tui.conftest import MIDDLE, SMALL, Opens, World, screen_lines, screen_text, until

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
HOURS = ServiceCalendar(ZoneInfo("Asia/Jakarta"), dict.fromkeys(range(5), ((8 * 60, 18 * 60),)))
ROW = CaseRow(
    id=1, channel=Channel.EMAIL, status=Status.NEW, priority=3, customer_id=1, customer_name="Budi", subject="Saldo",
    topic_key=None, language=Language.OTHER, created_at=NOW, updated_at=NOW, due_at=NOW, snoozed_until=None,
    assignee_id=None, assignee_name=None, version=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("due", "now", "shown"),
    [
        (timedelta(hours=3), NOW, "3:00"),
        (timedelta(minutes=4), NOW, "0:04 soon"),
        (timedelta(minutes=-12), NOW, "−0:12 !"),
        (timedelta(hours=24, minutes=5), NOW + timedelta(hours=12), "1:05 shut"),
        (timedelta(hours=33), NOW + timedelta(hours=12), "10:00shut"),
        (timedelta(hours=8), NOW + timedelta(hours=24), "−2:00 !"),
        (timedelta(hours=8), NOW + timedelta(days=7), "−42:00 !"),
        (timedelta(days=7), NOW, "50:00"),
        (timedelta(days=7), NOW + timedelta(hours=-12), "51:00shut"),
        (timedelta(days=21), NOW + timedelta(hours=12), "141 hshut"),
    ],
)
def test_the_first_column_counts_service_time_and_says_in_words_what_colour_says(
    due: timedelta, now: datetime, shown: str
) -> None:
    assert form.due(replace(ROW, due_at=NOW + due), now, HOURS) == shown
    assert form.cells(shown) <= form.DUE_WIDTH


def test_a_case_of_a_closed_channel_is_not_soon() -> None:
    row = replace(ROW, due_at=NOW + timedelta(hours=23, minutes=5))
    assert not form.is_soon(row, NOW + timedelta(hours=12), HOURS)
    assert form.is_soon(row, NOW + timedelta(hours=23), HOURS)


@pytest.mark.parametrize(
    ("state", "later", "said"),
    [
        (PromiseState.OPEN, -30, ""),
        (PromiseState.OPEN, 12, "(broken 12 min)"),
        (PromiseState.BROKEN, 3 * 60, "(broken 3 h)"),
        (PromiseState.KEPT, 90, "(kept)"),
        (PromiseState.VOID, 90, "(not owed any more)"),
    ],
)
def test_a_promise_says_until_when_and_what_became_of_it(state: PromiseState, later: int, said: str) -> None:
    promise = PromiseRow(NOW, NOW, "By nine.", state, None)
    style, words = promise_words(promise, NOW + timedelta(minutes=later))

    assert words.startswith(f"told: answer by {form.coming(NOW)}")
    assert words.endswith(said)
    assert (style == "late") == ("broken" in words)


async def test_a_key_shows_the_clocks_of_a_case(world: World, open_app: Opens) -> None:
    case_id = world.add(told=True)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("D")
        await until(pilot, lambda: "first response" in screen_text(pilot.app))
        said = screen_text(pilot.app)
        assert f"Clocks of #{case_id}" in said
        assert "8:00 h of service left, due Mon 23 Nov" in said
        assert "paused while waiting for the customer" in said
        assert "time always passes" in said
        await pilot.press("escape")
        await until(pilot, lambda: "Clocks of" not in screen_text(pilot.app))


async def test_clocks_stand_in_the_order_in_which_they_are_owed_and_count_hours_not_days(
    world: World, open_app: Opens
) -> None:
    world.clock.moment = NOW
    world.keep_hours()
    case_id = world.add(told=True)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("D")
        await until(pilot, lambda: "resolution" in screen_text(pilot.app))
        said = screen_text(pilot.app)
        assert said.index("first response") < said.index("resolution")
        assert "50:00 h of service left, due Sat 28 Nov" in said
        assert "2 d" not in said


async def test_a_closed_channel_shows_that_its_time_stands_still(world: World, open_app: Opens) -> None:
    world.clock.moment = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 23:00 in Jakarta; phone opens at 08:00
    world.keep_hours()
    world.add(due=timedelta(hours=11, minutes=14), channel=Channel.PHONE)
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: any("2:14 shut" in line for line in screen_lines(pilot.app)))


async def test_no_time_is_told_before_the_hours_are_known(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.moment = datetime(2026, 11, 23, 16, tzinfo=UTC)
    world.keep_hours()
    case_id = world.add(due=timedelta(hours=11, minutes=14), channel=Channel.PHONE)
    may_learn, learn = asyncio.Event(), Gateway.learn_hours

    async def later(gateway: Gateway) -> None:
        await may_learn.wait()
        await learn(gateway)

    monkeypatch.setattr(Gateway, "learn_hours", later)
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: f"#{case_id}" in screen_text(pilot.app))
        assert "11:14" not in screen_text(pilot.app)
        assert any(" · " in line and f"#{case_id}" in line for line in screen_lines(pilot.app))
        await opened(pilot, case_id)
        assert "11:14" not in screen_text(pilot.app)
        may_learn.set()
        await until(pilot, lambda: "2:14 shut" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: any("2:14 shut" in line for line in screen_lines(pilot.app)))


async def test_the_column_counts_in_the_hours_of_the_queue(world: World, open_app: Opens) -> None:
    world.clock.moment = datetime(2026, 11, 23, 16, tzinfo=UTC)
    world.keep_hours()
    with world.database.write() as unit:
        unit.session.execute(update(WorkQueue).where(WorkQueue.key == "slow").values(calendar="chat"))
    case_id = world.add(due=timedelta(hours=11, minutes=14), channel=Channel.PHONE, queue="slow")
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: any(" 5:14 " in line for line in screen_lines(pilot.app)))
        await opened(pilot, case_id)
        await until(pilot, lambda: "5:14" in screen_text(pilot.app))


async def test_beside_the_preview_a_time_that_stands_still_is_shown_whole(world: World, open_app: Opens) -> None:
    world.clock.moment = datetime(2026, 11, 23, 16, tzinfo=UTC)
    world.keep_hours()
    world.add(due=timedelta(hours=11, minutes=14), channel=Channel.PHONE)
    async with open_app(size=MIDDLE) as pilot:
        await until(pilot, lambda: any("2:14 shut #1" in line for line in screen_lines(pilot.app)))


@pytest.mark.slow
async def test_a_notice_names_the_clocks_that_broke_mine_first(open_app: Opens, world: World) -> None:
    for number in range(5):
        world.add(assignee="sari" if number == 2 else None)
    async with open_app(size=MIDDLE, notices=True) as pilot:
        with world.database.write() as unit:
            for case_id in range(1, 6):
                unit.record(EventKind.CLOCK_BREACHED, case_id=case_id, clock="first_response", notify=True)
        await until(pilot, lambda: pilot.app._notifications)
        said = [notice.message for notice in pilot.app._notifications]
        assert said == ["Late: #3 (yours) first response, #1 first response, #2 first response and 2 more."]
        for case_id in (1, 2):
            with world.database.write() as unit:
                unit.record(EventKind.CLOCK_BREACHED, case_id=case_id, clock="resolution", notify=True)
            await until(pilot, lambda number=case_id: f"Late: #{number} resolution." in notices(pilot))  # type: ignore[misc]
        assert "#1 resolution" not in notices(pilot), "the latest of others' cases stands"
        assert "#3 (yours)" in notices(pilot)
