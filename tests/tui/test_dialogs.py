"""Dialogs give a value back and change nothing themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.kinds import Role, Status
from db.rows import AgentRow
from desk.tui.dialogs import moments
from desk.tui.dialogs.choice import ChoiceDialog
from desk.tui.dialogs.people import colleague_choices
from desk.tui.dialogs.tags import TagChange, tag_choices
from tests.tui.case_world import notices, opened, typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC).astimezone()


def local(days: int, hour: int, minute: int = 0) -> datetime:
    date = (NOW + timedelta(days=days)).date()
    return datetime(date.year, date.month, date.day, hour, minute).astimezone()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOW + timedelta(hours=2)),
        ("30 min", NOW + timedelta(minutes=30)),
        ("3d", NOW + timedelta(days=3)),
        ("fri 14:00", local(4, 14)),
        ("jumat", local(4, 9)),
        ("mon", local(7, 9)),
        ("tomorrow 8.30", local(1, 8, 30)),
        ("2026-12-24", local(31, 9)),
        ("2026-12-24 17:00", local(31, 17)),
        ("yesterday", None),
        ("2026-02-30", None),
        ("fri 25:00", None),
        ("9999999d", None),
        ("٢h", None),
        ("0h", None),
        ("", None),
    ],
)
def test_moments_are_read_as_people_type_them(text: str, expected: datetime | None) -> None:
    assert moments.read(text, NOW) == expected


def test_usual_moments_are_to_come_and_each_there_once() -> None:
    for hours in range(24 * 7):
        now = NOW + timedelta(hours=hours)
        values = [choice.value for choice in moments.usual(now)]
        assert all(value > now for value in values)
        assert len(set(values)) == len(values)


def test_colleagues_are_found_by_any_part_of_their_name() -> None:
    people = [AgentRow(1, "rio", "Rio Pratama", Role.AGENT), AgentRow(2, "mei", "陈美玲", Role.SENIOR)]
    assert [choice.value.login for choice in colleague_choices(people, "prat")] == ["rio"]
    assert [choice.value.login for choice in colleague_choices(people, "美")] == ["mei"]


def test_a_tag_that_is_on_the_case_is_taken_off_and_a_new_one_is_put_on() -> None:
    assert [choice.value for choice in tag_choices(("vip", "fraud"), ("vip",), "")] == [
        TagChange("vip", add=False), TagChange("fraud", add=True),
    ]  # fmt: skip
    assert tag_choices(("vip",), (), "#Baru")[0].value == TagChange("Baru", add=True)
    assert tag_choices(("vip", "vip2"), (), "VIP")[0].value == TagChange("vip", add=True)


async def asked(pilot: Any, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog) and pilot.app.screen._shown)


async def test_only_statuses_that_may_follow_are_offered(world: World, open_app: Opens) -> None:
    case_id = world.add(status=Status.SOLVED)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await asked(pilot, "s")
        assert "2 open" in screen_text(pilot.app)
        assert "on hold" not in screen_text(pilot.app)
        await pilot.press("2")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.OPEN)


@pytest.mark.slow
async def test_a_snooze_is_typed_and_undone(world: World, open_app: Opens) -> None:
    case_id = world.add(status=Status.OPEN)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await asked(pilot, "z")
        await typed(pilot, "2h")
        await until(pilot, lambda: "until" in screen_text(pilot.app).replace("aside until", ""))
        await pilot.press("enter")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.ON_HOLD)
        assert screen.detail is not None
        assert screen.detail.case.snoozed_until == world.clock() + timedelta(hours=2)
        assert "put aside until" in notices(pilot)
        await pilot.press("U")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.OPEN)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("blah", "That is no moment. Write 2h"),
        ("yesterday", "That is past."),
        ("2020-01-01", "That is past."),
        ("2031-01-01", "more than a year off"),
        ("9999-12-31", "more than a year off"),
    ],
)
async def test_what_no_case_can_be_put_aside_until_is_told_with_what_to_write(
    world: World, open_app: Opens, text: str, why: str
) -> None:
    world.add()
    async with open_app() as pilot:
        await asked(pilot, "z")
        assert why not in screen_text(pilot.app)
        await typed(pilot, text)
        await until(pilot, lambda: why in screen_text(pilot.app))
        await pilot.press(*["backspace"] * len(text), *"2h")
        await until(pilot, lambda: "until" in screen_text(pilot.app) and why not in screen_text(pilot.app))


async def test_a_case_that_nobody_has_is_not_said_to_be_released(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(notices=True) as pilot:
        await until(pilot, lambda: "#1" in screen_text(pilot.app))
        await pilot.press("u")
        await until(pilot, lambda: "#1 is nobody's already." in notices(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "#1 is yours now." in notices(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "#1 is released." in notices(pilot))


async def test_a_tag_goes_on_and_off(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("number_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
        await typed(pilot, "vip")
        await pilot.press("enter")
        await until(pilot, lambda: screen.detail is not None and screen.detail.tags == ("vip",))
        await asked(pilot, "number_sign")
        await pilot.press("enter")
        await until(pilot, lambda: screen.detail is not None and screen.detail.tags == ())


@pytest.mark.slow
async def test_a_case_is_handed_to_a_colleague_by_a_part_of_their_name(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await asked(pilot, "T")
        await typed(pilot, "rio")
        await pilot.press("enter")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.assignee_name == "Rio Pratama")


async def test_escape_leaves_a_dialog_without_a_change(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await asked(pilot, "p")
        await pilot.press("j", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.detail is not None
        assert screen.detail.case.priority == 3
