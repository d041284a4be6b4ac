"""Keys that come faster than screens open: each waits for what it was meant for, and none acts on anything else."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from textual.events import Key, Paste

from db.kinds import Channel
from desk import services
from desk.tui.app import DeskApp
from desk.tui.case.draft_files import DraftFiles
from desk.tui.case.screen import CaseScreen
from tests.tui.case_world import composer_text, is_composing
from tests.tui.conftest import SMALL, Opens, World, screen_text, until

NAMES = {" ": "space", "\n": "enter"}


def burst(app: Any, *keys: str) -> None:
    """Type all of it before the program has looked at the first key, as a fast hand or a paste does."""
    for key in keys:
        app.post_message(Key(key, " " if key == "space" else None))


def letters(text: str) -> list[str]:
    return [NAMES.get(sign, sign) for sign in text]


def assignee_of(world: World, case_id: int) -> int | None:
    from db.models import Case

    with world.database.read() as connection:
        return connection.scalar(select(Case.assignee_id).where(Case.id == case_id))


async def shows(pilot: Any, case_id: int) -> CaseScreen:
    await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == case_id)
    screen = pilot.app.screen
    assert isinstance(screen, CaseScreen)
    return screen


@pytest.mark.slow
@pytest.mark.parametrize("key", ["r", "i"])
async def test_what_is_typed_after_the_key_that_opens_the_composer_is_text(
    world: World, open_app: Opens, key: str
) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", key, *letters("Tuntas? qjT #"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen) == "Tuntas? qjT #")
        assert is_composing(screen)
        assert pilot.app.screen is screen


async def test_the_answer_key_in_the_queue_and_then_text(world: World, open_app: Opens) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "r", *letters("nunu"))
        pilot.app.post_message(Paste(" ditempel"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen) == "nunu ditempel")


@pytest.mark.slow
async def test_next_and_answer_writes_on_the_next_case(world: World, open_app: Opens) -> None:
    first, second = world.add(due=timedelta(minutes=1)), world.add(due=timedelta(minutes=2))
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "n", "n", "r", *letters("Halo"))
        screen = await shows(pilot, second)
        await until(pilot, lambda: composer_text(screen) == "Halo")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
    assert assignee_of(world, first) == world.agents["sari"]


async def test_enter_right_after_the_words_opens_what_they_find(world: World, open_app: Opens) -> None:
    world.add(due=timedelta(minutes=1))
    wanted = world.add(due=timedelta(minutes=2), channel=Channel.CHAT)
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "slash", *letters("channel:chat\n"))
        await shows(pilot, wanted)


async def test_enter_before_a_search_that_finds_nothing_opens_nothing(world: World, open_app: Opens) -> None:
    from desk.tui.search.screen import SearchScreen

    world.add()
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "slash", *letters("status:new"))
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen) and pilot.app.screen._found.rows)
        burst(pilot.app, *letters(" zzz\n"))
        await until(pilot, lambda: pilot.app.screen._found.current is None)
        burst(pilot.app, *["backspace"] * 4)
        await until(pilot, lambda: pilot.app.screen._found.current is not None)
        assert isinstance(pilot.app.screen, SearchScreen)


async def test_a_name_and_enter_choose_that_name(world: World, open_app: Opens) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "T", *letters("rio\n"))
        await until(pilot, lambda: assignee_of(world, case_id) == world.agents["rio"])


@pytest.mark.slow
@pytest.mark.parametrize("pause", [False, True])
async def test_words_and_enter_insert_the_answer_that_they_find(world: World, open_app: Opens, pause: bool) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", "c")
        if pause:
            await until(pilot, lambda: "account.close" in screen_text(pilot.app))
        burst(pilot.app, *letters("account.close\n"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: "menyayangkan kepergian" in composer_text(screen))


@pytest.mark.slow
async def test_two_enters_insert_once_and_the_second_is_a_new_line(world: World, open_app: Opens) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", "c", *letters("account.close\n\nTambahan"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen).endswith("\nTambahan"))
        assert composer_text(screen).count("menyayangkan kepergian") == 1


@pytest.mark.slow
async def test_text_after_a_picked_answer_waits_for_the_composer(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_files = DraftFiles.of

    async def slowly(files: DraftFiles, *which: Any) -> Any:
        await asyncio.sleep(0.2)
        return await read_files(files, *which)

    monkeypatch.setattr(DraftFiles, "of", slowly)
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", "c", *letters("account.close\nTj"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen).endswith("Tj"))
        assert pilot.app.screen is screen


async def test_text_after_enter_waits_for_the_answers_to_be_read(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = services.answers.catalogue

    def slowly(*what: Any) -> Any:
        time.sleep(0.2)
        return read(*what)

    monkeypatch.setattr(services.answers, "catalogue", slowly)
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", "c", *letters("account.close\nTj"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen).endswith("Tj"))
        assert composer_text(screen).count("menyayangkan kepergian") == 1


@pytest.mark.slow
async def test_escape_right_after_the_words_inserts_nothing(world: World, open_app: Opens) -> None:
    case_id = world.add(assignee="sari")
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "enter", "c", *letters("account.close"), "escape", "r", *letters("Halo"))
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen) == "Halo")


async def test_keys_that_correct_a_text_act_in_their_turn_between_its_letters(world: World, open_app: Opens) -> None:
    """A letter goes into the text at once, and a key such as backspace goes round by the program: none may overtake."""
    case_id = world.add(assignee="sari")
    corrected = [*letters("Saldp"), "backspace", *letters("o kembai"), "left", "l", "end", *letters(".x"), "backspace"]
    async with open_app(size=SMALL) as pilot:
        burst(pilot.app, "slash", *corrected)
        await until(pilot, lambda: "Saldo kembali." in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        burst(pilot.app, "r", *corrected)
        screen = await shows(pilot, case_id)
        await until(pilot, lambda: composer_text(screen) == "Saldo kembali.")
        burst(pilot.app, "home", *letters("A"), "ctrl+k", *letters("h"), "backspace", *letters("da"))
        await until(pilot, lambda: composer_text(screen) == "Ada")


async def test_a_fault_in_what_a_key_does_ends_the_desk_also_where_text_is_typed(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(DeskApp, "action_phone", faulty)
    case_id = world.add(assignee="sari")

    async def typed() -> None:
        async with open_app(size=SMALL) as pilot:
            burst(pilot.app, "r")
            screen = await shows(pilot, case_id)
            await until(pilot, lambda: is_composing(screen))
            burst(pilot.app, "f8", *letters("abc"))
            await until(pilot, lambda: not pilot.app.is_running)

    with pytest.raises(ZeroDivisionError):
        await typed()
