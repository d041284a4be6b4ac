"""Letters that are not what they seem are marked wherever a sender or a link is shown; honest names are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.kinds import Channel
from desk.services.desk import Desk
from desk.settings import Settings
from desk.tui.case.card import card_rows
from tests.services.acting import mail, receive
from tests.tui.case_world import opened
from tests.tui.conftest import LARGE, SMALL, Opens, World, screen_text, until

ADDRESS = "раypal@pаypal.com"
WARNING = "mixed letters: ра (Cyrillic)"
LINK = "gооgle.com ⚠ mixed letters: о (Cyrillic)"
HONEST = ("Иван Петров", "王小明 Ming", "محمد عبد الله", "東京タワーABC", "Budi Santoso")


def arrives(world: World, folder: Path) -> None:
    desk = Desk(world.database, Settings(data_dir=str(folder)), world.clock)
    raw = mail(sender="Dewi Lestari <SENDER>", text="Klik https://gооgle.com/login")
    assert receive(desk, raw.replace(b"SENDER", ADDRESS.encode())).new_cases == 1


@pytest.mark.slow
async def test_the_case_page_marks_the_sender_the_contact_and_the_link(
    world: World, open_app: Opens, tmp_path: Path
) -> None:
    arrives(world, tmp_path)
    async with open_app(size=LARGE) as pilot:
        screen = await opened(pilot, 1)
        shown = screen_text(pilot.app)
        head, card = screen.conversation.region, screen.query_one("#card").region
        lines = shown.splitlines()
        conversation = "\n".join(line[head.x : head.right] for line in lines)
        assert f"{ADDRESS} ⚠ {WARNING}" in conversation
        assert f"in the text: {LINK}" in conversation
        assert f"⚠ {WARNING[:15]}" in "\n".join(line[card.x : card.right] for line in lines)
        assert f"⚠ {ADDRESS}" in lines[1]


async def test_the_preview_marks_the_sender_and_the_link(world: World, open_app: Opens, tmp_path: Path) -> None:
    arrives(world, tmp_path)
    async with open_app(size=LARGE) as pilot:
        await until(pilot, lambda: LINK in screen_text(pilot.app))
        assert f"⚠ {WARNING}" in screen_text(pilot.app)


async def test_a_row_of_the_queue_marks_a_name_of_mixed_letters(world: World, open_app: Opens) -> None:
    world.add(name="Bаnk Support")
    for name in HONEST:
        world.add(name=name)
    async with open_app(size=SMALL) as pilot:
        shown = screen_text(pilot.app)
        assert "⚠ Bаnk" in shown
        assert shown.count("⚠") == 1


@pytest.mark.slow
async def test_an_honest_contact_takes_one_row_of_the_card_and_a_handle_one_sign(
    world: World, open_app: Opens, tmp_path: Path
) -> None:
    from tests.services.acting import receive_line

    desk = Desk(world.database, Settings(data_dir=str(tmp_path)), world.clock)
    line = b'{"channel":"social","external_id":"s1","from":{"name":"Dewi","handle":"@dewi"},"text":"halo",'
    receive_line(desk, Channel.SOCIAL, line + b'"at":"2026-11-23T12:00:00Z"}')
    async with open_app(size=LARGE) as pilot:
        screen = await opened(pilot, 1)
        texts = [text for _, text in card_rows(screen.detail, 40, world.clock())]
        assert texts[0] == "Dewi"
        assert texts.count("@dewi (social)") == 1
        assert [text for text in texts if "@dewi" in text] == ["@dewi (social)"]
