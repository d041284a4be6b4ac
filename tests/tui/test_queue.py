"""The queue screen, by keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from db.kinds import Channel, Status
from db.models import Case
from tests.tui.case_world import notices
from tests.tui.conftest import FIRST, LARGE, MIDDLE, SMALL, Opens, World, queue_of, screen_lines, screen_text, until


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def selected(pilot: object) -> int | None:
    row = queue_of(pilot.app).window.current  # type: ignore[attr-defined]
    return row.id if row else None


async def test_the_most_urgent_case_stands_first_and_is_selected(world: World, open_app: Opens) -> None:
    world.add(due=minutes(90))
    urgent = world.add(due=minutes(-12), subject="Akun dicuri")
    async with open_app(size=SMALL) as pilot:
        assert selected(pilot) == urgent
        first = screen_lines(pilot.app)[FIRST]
        assert first.startswith("▌")
        assert "−0:12 !" in first
        assert "Akun dicuri" in first


async def test_due_says_how_long_is_left(world: World, open_app: Opens) -> None:
    world.add(due=minutes(4))
    world.add(due=minutes(70))
    async with open_app() as pilot:
        lines = screen_lines(pilot.app)
        assert " 0:04 " in lines[FIRST]
        assert " 1:10 " in lines[FIRST + 1]


async def test_keys_move_the_selection(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(10 + number)) for number in range(60)]
    async with open_app() as pilot:
        await pilot.press("j", "down", "k")
        assert selected(pilot) == ids[1]
        await pilot.press("G")
        await until(pilot, lambda: selected(pilot) == ids[-1])
        await pilot.press("g", "g")
        await until(pilot, lambda: selected(pilot) == ids[0])
        await pilot.press("pagedown")
        assert selected(pilot) == ids[2 * (queue_of(pilot.app).window.height // 2)]


@pytest.mark.slow
async def test_scrolling_fetches_page_after_page_to_the_end(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(number)) for number in range(130)]
    async with open_app() as pilot:
        for _ in range(12):
            await pilot.press("pagedown")
            await until(pilot, lambda: not queue_of(pilot.app).window.wants_below)
        assert selected(pilot) == ids[-1]
        assert [row.id for row in queue_of(pilot.app).window.rows] == ids
        assert "130 of 130" in screen_text(pilot.app)


@pytest.mark.slow
async def test_up_from_the_end_reaches_the_top(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(number)) for number in range(130)]
    async with open_app() as pilot:
        await pilot.press("G")
        await until(pilot, lambda: selected(pilot) == ids[-1])
        assert "130 of 130" in screen_text(pilot.app)
        for _ in range(12):
            await pilot.press("pageup")
            await until(pilot, lambda: not queue_of(pilot.app).window.wants_above)
        assert selected(pilot) == ids[0]
        await until(pilot, lambda: "1 of 130" in screen_text(pilot.app))


async def test_lanes_show_their_channel_and_counts(world: World, open_app: Opens) -> None:
    world.add(channel=Channel.PHONE)
    mail = world.add(channel=Channel.EMAIL, due=minutes(5))
    chat = world.add(channel=Channel.CHAT, assignee="sari")
    async with open_app() as pilot:
        assert "All 3  Phone 1  E-mail 1  Chat 1  Social 0  Mine 1" in screen_lines(pilot.app)[1]
        await pilot.press("3")
        await until(pilot, lambda: [row.id for row in queue_of(pilot.app).window.rows] == [mail])
        await pilot.press("m")
        await until(pilot, lambda: [row.id for row in queue_of(pilot.app).window.rows] == [chat])
        await pilot.press("5")
        await until(pilot, lambda: "Nothing waiting on social media." in screen_text(pilot.app))


async def test_what_is_new_above_is_counted_and_moves_nothing(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(30 + number)) for number in range(40)]
    async with open_app() as pilot:
        await pilot.press("j", "j")
        before = screen_lines(pilot.app)[FIRST:20]
        world.add(due=minutes(1), told=True)
        world.add(due=minutes(2), told=True)
        await until(pilot, lambda: "2 new above ↑" in screen_text(pilot.app))
        assert selected(pilot) == ids[2]
        assert screen_lines(pilot.app)[FIRST:20] == before
        await pilot.press("g", "g")
        await until(pilot, lambda: "new above" not in screen_text(pilot.app))


async def test_a_case_that_leaves_keeps_its_place_until_the_view_moves_on(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(30 + number)) for number in range(10)]
    async with open_app() as pilot:
        await pilot.press("j", "j", "j")
        world.change(ids[1], status=Status.SOLVED)
        await until(pilot, lambda: "moved" in screen_lines(pilot.app)[FIRST + 1])
        assert selected(pilot) == ids[3]
        assert f"#{ids[3]}" in screen_lines(pilot.app)[FIRST + 3]
        assert "All 9" in screen_lines(pilot.app)[1]


async def test_a_change_shows_without_touching_the_selection(world: World, open_app: Opens) -> None:
    ids = [world.add(due=minutes(30 + number)) for number in range(5)]
    async with open_app() as pilot:
        await pilot.press("j")
        world.change(ids[3], assignee_id=world.agents["rio"])
        await until(pilot, lambda: "Rio" in screen_lines(pilot.app)[FIRST + 3])
        assert selected(pilot) == ids[1]


@pytest.mark.parametrize(("size", "has"), [(SMALL, False), (MIDDLE, True), (LARGE, True), ((90, 40), True)])
async def test_the_preview_stands_where_there_is_room(
    world: World, open_app: Opens, size: tuple[int, int], *, has: bool
) -> None:
    world.add(text="Saya bayar dua kali di Toko Maju.")
    async with open_app(size=size) as pilot:
        if has:
            await until(pilot, lambda: "Saya bayar dua kali" in screen_text(pilot.app))
        await pilot.press("v")
        await until(pilot, lambda: ("Saya bayar dua kali" in screen_text(pilot.app)) is not has)


async def test_the_preview_follows_the_selection(world: World, open_app: Opens) -> None:
    world.add(due=minutes(1), text="the first message")
    world.add(due=minutes(2), text="the second message")
    async with open_app(size=MIDDLE) as pilot:
        await until(pilot, lambda: "the first message" in screen_text(pilot.app))
        await pilot.press("j")
        await until(pilot, lambda: "the second message" in screen_text(pilot.app))


async def test_marked_cases_are_counted_and_escape_takes_the_marks_off(world: World, open_app: Opens) -> None:
    for number in range(3):
        world.add(due=minutes(number + 1))
    async with open_app() as pilot:
        await pilot.press("x", "x")
        await until(pilot, lambda: "2 marked" in screen_text(pilot.app))
        assert screen_lines(pilot.app)[FIRST].startswith(" x")
        await pilot.press("escape")
        await until(pilot, lambda: "marked" not in screen_text(pilot.app))


async def test_what_is_done_concerns_all_marked_cases_also_those_that_are_not_read_now(
    world: World, open_app: Opens
) -> None:
    for number in range(120):
        world.add(due=minutes(number + 1))
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: "#1 " in screen_text(pilot.app))
        await pilot.press("x", "x", "G")
        await until(pilot, lambda: "#120 " in screen_text(pilot.app) and "#1 " not in screen_text(pilot.app))
        await pilot.press("x", "p")
        await until(pilot, lambda: "Priority of 3 cases" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "3 marked" in screen_text(pilot.app))
        await pilot.press("p", "1")
        await until(pilot, lambda: "3 marked" not in screen_text(pilot.app))
        with world.database.read() as connection:
            urgent = connection.scalars(select(Case.id).where(Case.priority == 1).order_by(Case.id)).all()
        assert urgent == [1, 2, 120]


async def test_what_is_refused_stands_in_one_notice_beside_what_was_done(world: World, open_app: Opens) -> None:
    for number in range(6):
        world.add(due=minutes(number + 1))
    async with open_app(size=MIDDLE, notices=True) as pilot:
        await pilot.press(*"xxxxxx")
        await until(pilot, lambda: "6 marked" in screen_text(pilot.app))
        with world.database.write() as unit:
            unit.session.execute(update(Case).where(Case.id > 2).values(status=Status.CLOSED, due_at=None))
        await pilot.press("s", "6")
        await until(pilot, lambda: "2 cases: solved." in notices(pilot))
        assert "… and 1 more" in notices(pilot)
        assert len(pilot.app._notifications) == 2


async def test_next_takes_the_most_urgent_free_case_and_opens_it(world: World, open_app: Opens) -> None:
    world.add(due=minutes(1), assignee="rio")
    free = world.add(due=minutes(2))
    async with open_app() as pilot:
        await pilot.press("n")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
        assert (await pilot.app.gateway.detail(free)).case.assignee_id == world.agents["sari"]


async def test_an_empty_queue_says_so(open_app: Opens) -> None:
    async with open_app() as pilot:
        await until(pilot, lambda: "Nothing waits for an answer." in screen_text(pilot.app))


async def test_a_terminal_too_small_says_what_it_needs(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(size=(50, 12)) as pilot:
        await until(pilot, lambda: "The desk needs 60×16" in screen_text(pilot.app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Budi Santoso" in screen_text(pilot.app))


async def test_rows_are_outlined_until_the_first_page_is_there(world: World, open_app: Opens) -> None:
    world.add()
    async with open_app(loaded=False) as pilot:
        lines = screen_lines(pilot.app)
        assert "░" in lines[FIRST] or "Budi" in lines[FIRST]
        assert lines[-1].strip().startswith("n next")


@pytest.mark.slow
async def test_losing_the_database_is_said_and_finding_it_again_too(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.engine import DatabaseUnavailableError
    from desk.services import events

    world.add()
    async with open_app() as pilot:
        with monkeypatch.context() as broken:

            def fail(*_: object) -> None:
                raise DatabaseUnavailableError("The server has gone away.")

            broken.setattr(events, "since", fail)
            await until(pilot, lambda: "no connection since" in screen_lines(pilot.app)[0])
            assert "Budi Santoso" in screen_text(pilot.app)
        await until(pilot, lambda: "no connection" not in screen_text(pilot.app))


async def test_an_agent_nobody_knows_ends_the_program_with_a_sentence(world: World, open_app: Opens) -> None:
    async with open_app(login="nobody", loaded=False) as pilot:
        await until(pilot, lambda: pilot.app.failure is not None)
        assert "Nobody here has the login 'nobody'" in str(pilot.app.failure)
        assert pilot.app.return_code == 1


async def test_help_shows_every_key_of_the_queue(world: World, open_app: Opens) -> None:
    async with open_app(size=LARGE) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "Take the case that most needs an answer" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


@pytest.mark.slow
async def test_the_palette_teaches_keys_and_runs_commands(world: World, open_app: Opens) -> None:
    world.add(channel=Channel.CHAT)
    async with open_app(size=MIDDLE) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
        await pilot.press(*"show calls")
        await until(pilot, lambda: "phone  2" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "No calls waiting." in screen_text(pilot.app))


async def test_ctrl_c_leaves_only_on_the_second_press(world: World, open_app: Opens) -> None:
    async with open_app() as pilot:
        await pilot.press("ctrl+c")
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        await until(pilot, lambda: pilot.app._exit)


async def test_wide_characters_break_no_column(world: World, open_app: Opens) -> None:
    world.add(due=minutes(1), name="王小明" * 10, subject="付款失败，但已扣款" * 5, assignee="rio")
    world.add(due=minutes(2), name="Al", subject="x", assignee="rio")
    async with open_app() as pilot:
        from rich.cells import cell_len

        wide, narrow = screen_lines(pilot.app)[FIRST : FIRST + 2]
        assert cell_len(wide) == cell_len(narrow) == 80
        assert cell_len(wide[: wide.rindex("Rio")]) == cell_len(narrow[: narrow.rindex("Rio")])
