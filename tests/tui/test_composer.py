"""Writing and sending an answer, by keys."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.engine import BUSY_TIMEOUT_MS
from db.kinds import DraftKind, Language, MessageKind, OutboxState, Status
from desk.tui.case.drafts import drafts_of, merged
from desk.tui.case.editor import EditorError, edited, editor_command
from desk.tui.case.journal import Journal
from tests.clock import START
from tests.tui.case_world import composer_text, is_composing, notices, opened, say, typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until


def answers(world: World) -> list[str]:
    from db.models import Message

    with world.database.read() as connection:
        return list(connection.scalars(select(Message.text).where(Message.kind == MessageKind.OUTBOUND)))


def drafts(world: World) -> list[str]:
    from db.models import Draft

    with world.database.read() as connection:
        return list(connection.scalars(select(Draft.text)))


async def composing(pilot: Any, case_id: int, key: str = "r") -> Any:
    screen = await opened(pilot, case_id)
    await pilot.press(key)
    await until(pilot, lambda: is_composing(screen))
    return screen


@pytest.mark.slow
async def test_what_is_typed_is_kept_and_shown_again(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id)
        await typed(pilot, "Halo qjkx")
        await until(pilot, lambda: drafts(world) == ["Halo qjkx"])
        await until(pilot, lambda: "draft kept" in screen_text(pilot.app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        assert composer_text(screen) == "Halo qjkx"
        await typed(pilot, "!")
        assert composer_text(screen) == "Halo qjkx!"


@pytest.mark.slow
@pytest.mark.parametrize("key", ["ctrl+g", "ctrl+enter"])
async def test_an_answer_is_sent_once_and_the_case_waits(world: World, open_app: Opens, key: str) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "Sudah dicek.")
        await pilot.press(key, key)
        await until(pilot, lambda: "leaves in" in screen_text(pilot.app))
        assert answers(world) == ["Sudah dicek."]
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.WAITING_CUSTOMER)
        assert "takes it back" in screen_text(pilot.app)
        await until(pilot, lambda: drafts(world) == [])
        assert composer_text(screen) == ""


@pytest.mark.slow
async def test_ctrl_t_takes_the_answer_back_into_the_composer(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "Salah")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "leaves in" in screen_text(pilot.app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: is_composing(screen) and composer_text(screen) == "Salah")
        from db.models import OutboxItem

        with world.database.read() as connection:
            assert connection.scalar(select(OutboxItem.state)) is OutboxState.CANCELLED
        await until(pilot, lambda: drafts(world) == ["Salah"])


@pytest.mark.slow
async def test_ctrl_t_takes_the_answer_back_also_from_the_picker(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await composing(pilot, case_id)
        await typed(pilot, "Salah")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "leaves in" in screen_text(pilot.app))
        await pilot.press("c")
        await until(pilot, lambda: pilot.app.screen.focused is not None and len(pilot.app.screen_stack) == 3)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: drafts(world) == ["Salah"])


@pytest.mark.slow
async def test_send_and_solve_and_send_and_next_are_one_key(world: World, open_app: Opens) -> None:
    first, second = world.add(due=world.due(1) - world.clock()), world.add(due=world.due(2) - world.clock())
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, first)
        await typed(pilot, "Selesai")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.SOLVED)
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        third = world.add(due=world.due(3) - world.clock())
        await composing(pilot, second)
        await typed(pilot, "Mohon tunggu")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == third)
        assert sorted(answers(world)) == ["Mohon tunggu", "Selesai"]


@pytest.mark.slow
async def test_a_message_nobody_has_seen_keeps_the_answer_back(world: World, open_app: Opens) -> None:
    case_id = world.add()
    for number in range(20):
        say(world, case_id, f"pesan {number}")
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("pageup")
        say(world, case_id, "tunggu, sudah masuk", told=True)
        await until(pilot, lambda: "1 new message below" in screen_text(pilot.app))
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "Kami cek")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "while you were typing" in notices(pilot))
        assert answers(world) == []
        assert composer_text(screen) == "Kami cek"
        await until(pilot, lambda: "tunggu, sudah masuk" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: answers(world) == ["Kami cek"])


@pytest.mark.slow
async def test_a_case_of_somebody_else_names_them_and_keeps_the_text(world: World, open_app: Opens) -> None:
    case_id = world.add(assignee="sari", status=Status.OPEN)
    async with open_app(size=SMALL, login="rio", notices=True) as pilot:
        screen = await composing(pilot, case_id)
        assert "Sari Dewi has it" in screen_text(pilot.app)
        await typed(pilot, "Halo")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Sari Dewi has" in notices(pilot))
        assert composer_text(screen) == "Halo"
        await until(pilot, lambda: drafts(world) == ["Halo"])


async def test_an_empty_answer_is_not_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await composing(pilot, case_id)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "nothing to send" in notices(pilot))
        assert answers(world) == []


@pytest.mark.slow
async def test_an_open_variable_of_the_desk_is_marked_and_not_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "kode {code} dari {customer.name}")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Still open in the text: customer.name" in notices(pilot))
        assert screen._composer._writing.selected_text == "{customer.name}"
        await typed(pilot, "Budi")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: answers(world) == ["kode {code} dari Budi"])


@pytest.mark.slow
async def test_no_reason_is_asked_for_a_variable_that_is_still_open(world: World, open_app: Opens) -> None:
    case_id = world.add(language=Language.ENGLISH)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("c")
        await typed(pilot, "payment-failed.double")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "{merchant}" in composer_text(screen))
        for _ in range(2):
            await pilot.press("ctrl+g")
            await until(pilot, lambda: "take it out" in notices(pilot) and not screen._composer.busy)
            pilot.app.clear_notifications()
        assert is_composing(screen)
        assert screen._composer._writing.selected_text == "{amount}"
        assert "why is it sent" not in screen_text(pilot.app)
        assert answers(world) == []


async def test_the_page_says_that_a_draft_waits_until_it_is_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert "✎" not in screen_text(pilot.app)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "Halo")
        await pilot.press("escape")
        await until(pilot, lambda: "✎ draft: answer r ─" in screen_text(pilot.app))
        await pilot.press("i")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "dibekukan")
        await pilot.press("escape")
        await until(pilot, lambda: "✎ draft: answer r · note i ─" in screen_text(pilot.app))
        await until(pilot, lambda: sorted(drafts(world)) == ["Halo", "dibekukan"])
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert "✎ draft: answer r · note i ─" in screen_text(pilot.app)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen._foot._reminder == "✎ draft: note i")  # under the notice of the sending
        await pilot.press("ctrl+t")
        await until(pilot, lambda: is_composing(screen) and composer_text(screen) == "Halo")
        await pilot.press("escape")
        await until(pilot, lambda: "✎ draft: answer r · note i ─" in screen_text(pilot.app))


async def test_the_page_says_that_a_draft_is_on_this_machine_alone(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        settings, me = pilot.app.gateway.settings, pilot.app.gateway.me
        journal = Journal(settings.data_folder / "drafts", database=settings.url, login=me.login)
        journal.write(case_id, DraftKind.SIDE, "dari berkas", (), START)
        await opened(pilot, case_id)
        assert "✎ draft: third party F ─" in screen_text(pilot.app)


async def test_a_note_stays_inside_and_says_so(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id, "i")
        assert "NOTE" in screen_text(pilot.app)
        await typed(pilot, "dibekukan")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "stays inside the desk" in screen_text(pilot.app))
        assert answers(world) == []
        from db.models import Message

        with world.database.read() as connection:
            assert connection.scalar(select(func.count()).where(Message.kind == MessageKind.NOTE)) == 1


@pytest.mark.parametrize("key", ["r", "i"])
async def test_tab_indents_and_what_is_typed_then_stays_text(world: World, open_app: Opens, key: str) -> None:
    case_id = world.add(assignee="sari", status=Status.OPEN)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await composing(pilot, case_id, key)
        await typed(pilot, "halo")
        await pilot.press("tab", "u", "shift+tab", "u")
        await until(pilot, lambda: composer_text(screen) == "halo    uu")
        assert is_composing(screen)
        assert "released" not in notices(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: screen.conversation.has_focus)


@pytest.mark.slow
async def test_tab_does_not_leave_a_text_that_is_being_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        screen._composer.set_busy(busy=True)
        for key in ("tab", "shift+tab"):
            await pilot.press(key)
            assert is_composing(screen)
        assert composer_text(screen) == ""


async def test_undo_inside_the_text_is_the_text_fields_own(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await composing(pilot, case_id)
        await typed(pilot, "Halo")
        await pilot.press("ctrl+z")
        assert composer_text(screen) == ""
        await pilot.press("ctrl+y")
        assert composer_text(screen) == "Halo"


async def test_leaving_the_desk_keeps_what_was_typed_a_moment_ago(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id)
        await typed(pilot, "Cepat")
        await pilot.app.leaving.now()
    assert drafts(world) == ["Cepat"]


@pytest.mark.slow
async def test_while_the_database_is_locked_the_draft_is_kept_here_and_comes_back(
    world: World, open_app: Opens, tmp_path: Path
) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id)
        lock = sqlite3.connect(world.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        await typed(pilot, "Jangan hilang")
        folder = tmp_path / "data" / "drafts"
        await until(pilot, lambda: any("Jangan hilang" in path.read_text() for path in folder.glob("*.json")))
        await until(pilot, lambda: "draft kept on this machine" in screen_text(pilot.app))
        lock.execute("ROLLBACK")
        lock.close()
        await until(pilot, lambda: drafts(world) == ["Jangan hilang"])
        await until(pilot, lambda: not list(folder.glob("*.json")))


@pytest.mark.slow
async def test_while_one_save_waits_for_the_database_later_words_are_kept_here_and_then_there(
    world: World, open_app: Opens
) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await composing(pilot, case_id)
        settings, me = pilot.app.gateway.settings, pilot.app.gateway.me
        journal = Journal(settings.data_folder / "drafts", database=settings.url, login=me.login)

        def kept_here() -> str:
            entry = journal.read(case_id, DraftKind.REPLY)
            return entry.text if entry else ""

        writer = sqlite3.connect(world.url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            writer.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            await typed(pilot, "satu")
            await until(pilot, lambda: kept_here() == "satu")
            await typed(pilot, " dua")
            await until(pilot, lambda: kept_here() == "satu dua")
            assert time.monotonic() - begun < BUSY_TIMEOUT_MS / 1000, "the first save is still waiting"
        finally:
            writer.close()
        await until(pilot, lambda: drafts(world) == ["satu dua"])
        await until(pilot, lambda: not kept_here())


async def test_a_draft_that_only_this_machine_has_is_there_when_the_case_is_opened(
    world: World, open_app: Opens, tmp_path: Path
) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        settings, me = pilot.app.gateway.settings, pilot.app.gateway.me
        journal = Journal(settings.data_folder / "drafts", database=settings.url, login=me.login)
        journal.write(case_id, DraftKind.REPLY, "dari berkas", (), START)
        screen = await composing(pilot, case_id)
        assert composer_text(screen) == "dari berkas"
        await until(pilot, lambda: drafts(world) == ["dari berkas"])


def test_two_versions_of_a_draft_lack_nothing_of_either() -> None:
    assert merged("abc def", "abc") == "abc def"
    assert merged("abc", "abc def") == "abc def"
    assert merged("new", "old") == "new\n\nold"


def test_a_journal_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path, database="x", login="sari")
    journal.write(1, DraftKind.REPLY, "a", ("k@1",), START)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert journal.read(1, DraftKind.REPLY) is not None
    assert Journal(tmp_path, database="x", login="rio").read(1, DraftKind.REPLY) is None
    path.write_text("{", encoding="utf-8")
    assert journal.read(1, DraftKind.REPLY) is None


def test_the_editor_gives_the_text_back_or_says_why_not(tmp_path: Path) -> None:
    script = tmp_path / "edit.sh"
    script.write_text('#!/bin/sh\nprintf "Halo Budi\\n" > "$1"\n')
    assert edited("Halo", ["sh", str(script)]) == "Halo Budi"
    with pytest.raises(EditorError, match="as before"):
        edited("Halo", ["false"])
    with pytest.raises(EditorError, match="could not be started"):
        edited("Halo", ["/nonexistent/editor"])
    assert editor_command({"VISUAL": "code -w", "EDITOR": "vi"}) == ["code", "-w"]


async def test_the_editor_changes_the_text_and_undo_gives_it_back(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    script = tmp_path / "edit.sh"
    script.write_text('#!/bin/sh\nprintf "dari editor\\n" > "$1"\n')
    monkeypatch.setenv("VISUAL", f"sh {script}")
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        monkeypatch.setattr(pilot.app, "suspend", nullcontext)
        screen = await composing(pilot, case_id)
        await typed(pilot, "Halo")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: composer_text(screen) == "dari editor")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: composer_text(screen) == "Halo")
        assert drafts_of(pilot.app).now(case_id, DraftKind.REPLY) is not None


def test_a_fault_in_the_editor_gives_the_terminal_back_before_it_is_told() -> None:
    from contextlib import contextmanager
    from types import SimpleNamespace

    from desk.tui.case.editor import suspended

    steps = []

    @contextmanager
    def suspend() -> Any:
        steps.append("away")
        yield
        steps.append("back")

    app: Any = SimpleNamespace(suspend=suspend)
    with pytest.raises(RuntimeError), suspended(app):
        raise RuntimeError
    assert steps == ["away", "back"]


def test_without_a_place_for_its_file_no_editor_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EditorError, match=r"No file could be made .* as before"):
        edited("Halo", ["true"])
