"""Keys named on screen are those in force, act on what is on screen, and are named only where they do something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import DraftKind, OutboxState, Status
from tests.tui.case_world import is_composing, notices, opened, say, sent, typed
from tests.tui.conftest import SMALL, Opens, World, screen_lines, screen_text, until

if TYPE_CHECKING:
    from pathlib import Path

LETTER = "Masih belum masuk.\n\nPada Senin, Sari menulis:\n> Halo Pak Budi\n> mohon tunggu"


async def test_rows_and_notices_name_the_keys_in_force(world: World, open_app: Opens, tmp_path: Path) -> None:
    keys = {
        "message.retry": "f7", "message.give-up": "f8", "message.when": "f9", "desk.take-back": "ctrl+y",
        "case.unfold": "f10", "case.undo": "f11",
    }  # fmt: skip
    lines = "\n".join(f'"{name}" = "{key}"' for name, key in keys.items())
    (tmp_path / "none.toml").write_text(f"[screen.keys]\n{lines}\n", encoding="utf-8")
    case_id = world.add(status=Status.OPEN)
    say(world, case_id, LETTER, new_text="Masih belum masuk.")
    sent(world, case_id, "gagal", state=OutboxState.FAILED)
    sent(world, case_id, "besok", state=OutboxState.QUEUED, scheduled_for=world.clock() + timedelta(days=1))
    async with open_app(size=(100, 40), notices=True) as pilot:
        await opened(pilot, case_id)
        await until(pilot, lambda: "F9 changes when · ^y takes it back" in screen_text(pilot.app))
        assert "F7 sends it again · F8 gives it up" in screen_text(pilot.app)
        assert "▸ 3 quoted lines  F10 unfolds" in screen_text(pilot.app)
        await pilot.press("p", "1")
        await until(pilot, lambda: "F11 undoes it" in notices(pilot))


@pytest.mark.slow
async def test_under_a_note_stands_no_key_for_answers(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id, note=True)
        await until(pilot, lambda: is_composing(screen))
        foot = screen_lines(pilot.app)[-1]
        assert "^g keep" in foot
        assert "send" not in foot
        assert "answers" not in foot
        await typed(pilot, "ok")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "solves nothing: ^g keeps it" in notices(pilot))
        assert is_composing(screen)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen._composer.kind is DraftKind.REPLY and is_composing(screen))
        assert "send+solve" in screen_lines(pilot.app)[-1]


@pytest.mark.slow
async def test_a_key_for_the_marked_message_does_nothing_while_the_card_hides_it(world: World, open_app: Opens) -> None:
    case_id = world.add(status=Status.OPEN)
    say(world, case_id, LETTER, new_text="Masih belum masuk.")
    sent(world, case_id, "gagal", state=OutboxState.FAILED)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        marked = screen.conversation.current
        await pilot.press("v")
        await until(pilot, lambda: "known since" in screen_text(pilot.app))
        await pilot.press("k", "space", "j", "g", "g", "home")
        assert screen.conversation.current == marked
        await pilot.press("R")
        await until(pilot, lambda: "R sends it again" in screen_text(pilot.app))
        assert screen.detail is not None
        delivery = screen.detail.messages[-1].delivery
        assert delivery is not None
        assert delivery.state is OutboxState.FAILED
        await pilot.press("k", "v", "f")
        await until(pilot, lambda: "▸ 3 quoted lines" in screen_text(pilot.app))
