"""Suggested answers and checks of what is written, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from db.kinds import EventKind, Language, MessageKind, Status
from tests.tui.case_world import composer_text, is_composing, opened, typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


def sent(world: World) -> list[str]:
    from db.models import Message

    with world.database.read() as connection:
        return list(connection.scalars(select(Message.text).where(Message.kind == MessageKind.OUTBOUND)))


def seeded(world: World) -> None:
    from desk.services.desk import Desk
    from desk.services.seeding import seed
    from desk.settings import Settings

    seed(Desk(world.database, Settings(), world.clock))


async def composing(pilot: Pilot[None], case_id: int) -> Any:
    screen = await opened(pilot, case_id)
    await pilot.press("r")
    await until(pilot, lambda: is_composing(screen))
    return screen


async def test_what_fits_is_shown_and_a_digit_answers_with_it(world: World, open_app: Opens) -> None:
    seeded(world)
    case_id = world.add(subject="Cannot log in", text="I cannot log in to my account", language=Language.ENGLISH)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await until(pilot, lambda: bool(screen.fits.found))
        assert "perhaps 1 login.cannot" in screen_text(pilot.app)
        await pilot.press("0")
        await until(pilot, lambda: "its words" in screen_text(pilot.app) or "by its topic" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: "I am sorry you cannot get into your account" in composer_text(screen))


async def test_a_desk_without_answers_suggests_nothing(world: World, open_app: Opens) -> None:
    from db.kinds import AnswerState
    from db.models import AnswerVersion

    with world.database.write() as unit:
        unit.session.execute(update(AnswerVersion).values(state=AnswerState.RETIRED))
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.gateway.me)
        assert screen.fits.found == ()
        assert not is_composing(screen)


@pytest.mark.slow
async def test_a_blocking_finding_is_said_and_the_same_key_again_takes_a_reason(world: World, open_app: Opens) -> None:
    from db.models import Event

    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "Kartu 4111111111111111")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "^r again" in screen_text(pilot.app))
        assert sent(world) == []
        assert is_composing(screen)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "why is it sent" in screen_text(pilot.app))
        await pilot.press("enter")
        await typed(pilot, "nomor uji")
        await pilot.press("enter")
        await until(pilot, lambda: sent(world) == ["Kartu 4111111111111111"])
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.SOLVED)
        with world.database.read() as connection:
            data = connection.scalar(select(Event.data).where(Event.kind == EventKind.CHECK_OVERRIDDEN))
        assert data is not None
        assert data["reason"] == "nomor uji"


@pytest.mark.slow
async def test_the_reason_is_asked_in_one_field_however_often_and_goes_with_the_text(
    world: World, open_app: Opens
) -> None:
    from desk.tui.case.findings import Reason

    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "PIN Anda 482913")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "^g again" in screen_text(pilot.app))
        for _ in range(3):
            await pilot.press("ctrl+g")
            await until(pilot, lambda: "why is it sent" in screen_text(pilot.app))
            assert isinstance(screen.focused, Reason)
        assert len(screen.query(Reason)) == 1
        await pilot.press("tab", "u")
        assert isinstance(screen.focused, Reason)
        await pilot.press("ctrl+r")
        await pilot.press("enter")
        await until(pilot, lambda: sent(world) == ["PIN Anda 482913"])
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.SOLVED)
        assert not screen.query(Reason)


@pytest.mark.slow
async def test_a_text_that_changes_is_not_sent_by_the_reason_for_another(world: World, open_app: Opens) -> None:
    from desk.tui.case.findings import Reason

    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "PIN Anda 482913")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "^g again" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(screen.focused, Reason))
        screen._composer._writing.focus()
        await typed(pilot, "!")
        await until(pilot, lambda: not screen.query(Reason))
        assert is_composing(screen)


@pytest.mark.slow
async def test_another_text_is_looked_at_anew_and_escape_leaves_the_reason(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "PIN Anda 482913")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "^g again" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "why is it sent" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: is_composing(screen))
        await pilot.press(*["backspace"] * 7)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: sent(world) == ["PIN Anda"])


async def test_a_warning_stands_by_the_composer_and_stops_nothing(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id)
        await typed(pilot, "Terlampir mutasi.")
        await until(pilot, lambda: "nothing is attached" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: sent(world) == ["Terlampir mutasi."])
