"""A case's page, by keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.kinds import Channel, MessageKind, OutboxState, Status
from db.rows import DeliveryRow, MessageRow
from desk.tui.case.blocks import Blocks
from desk.tui.case.delivery import state_rows
from desk.tui.case.message_rows import message_rows
from desk.tui.case.row import Row, View
from tests.tui.case_world import notices, opened, say
from tests.tui.conftest import MIDDLE, SMALL, Opens, World, screen_lines, screen_text, until

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
LETTER = "Masih belum masuk.\n\nPada Senin, Sari menulis:\n> Halo Pak Budi\n> mohon tunggu"


def a_message(number: int, text: str = "halo") -> MessageRow:
    return MessageRow(
        number, MessageKind.INBOUND, Channel.EMAIL, NOW, None, "Budi", "budi@example.com", "", text, text,
        is_automatic=False, error=None, has_raw=False,
    )  # fmt: skip


def said(rows: list[Row]) -> str:
    return "\n".join("".join(text for _, text in row) for row in rows)


async def test_new_text_comes_first_and_quoted_text_is_folded_until_f(world: World, open_app: Opens) -> None:
    case_id = world.add(told=True)
    say(world, case_id, LETTER, new_text="Masih belum masuk.", minutes=1)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        assert "Masih belum masuk." in screen_text(pilot.app)
        assert "▸ 3 quoted lines" in screen_text(pilot.app)
        assert "mohon tunggu" not in screen_text(pilot.app)
        await pilot.press("f")
        await until(pilot, lambda: "> mohon tunggu" in screen_text(pilot.app))
        await pilot.press("f")
        await until(pilot, lambda: "▸ 3 quoted lines" in screen_text(pilot.app))


CONFIRMATION = "Halo,\n\n" + "\n\n".join(f"Baris {number} dari konfirmasi kami." for number in range(8))


def confirm(world: World, case_id: int) -> None:
    from tests.tui.case_world import sent

    sent(
        world, case_id, CONFIRMATION, state=OutboxState.SENT, sent_at=world.clock(), is_automatic=True,
        details={"to": "c1@example.com", "automatic": True},
    )  # fmt: skip


async def test_a_case_opens_on_the_customers_words_and_our_confirmation_is_folded(
    world: World, open_app: Opens
) -> None:
    case_id = world.add(text="\n".join(f"Kalimat {number}" for number in range(1, 13)))
    confirm(world, case_id)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        shown = screen_text(pilot.app)
        assert all(f"Kalimat {number}" in shown for number in (1, 12))
        assert screen.conversation.message is not None
        assert screen.conversation.message.kind is MessageKind.INBOUND
        assert "automatic answer" in shown
        assert "Baris" not in shown
        await pilot.press("j", "f")
        await until(pilot, lambda: "Baris 0 dari" in screen_text(pilot.app))
        await pilot.press("f")
        await until(pilot, lambda: "Baris" not in screen_text(pilot.app))


async def test_a_long_letter_opens_at_its_beginning_though_we_confirmed_it(world: World, open_app: Opens) -> None:
    case_id = world.add(text="\n".join(f"Kalimat {number}" for number in range(1, 36)))
    confirm(world, case_id)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert "Kalimat 1\n" in "\n".join(line.rstrip(" ▐") for line in screen_lines(pilot.app)) + "\n"
        assert screen.conversation.current == 1
        await pilot.press("r")
        await pilot.press("H", "i", "ctrl+g")
        await until(pilot, lambda: "leaves in" in screen_text(pilot.app))


async def test_the_head_says_what_decides(world: World, open_app: Opens) -> None:
    case_id = world.add(priority=1, due=timedelta(minutes=-12), subject="Akun dicuri", assignee="rio")
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        first, second = screen_lines(pilot.app)[:2]
        assert f"#{case_id}" in first
        assert "Akun dicuri" in first
        assert "new · prio 1 · Rio Pratama" in first
        assert "Budi Santoso" in second
        assert "−0:12 !" in second


async def test_a_note_is_told_apart_by_a_word(world: World, open_app: Opens) -> None:
    case_id = world.add()
    say(world, case_id, "sudah dibekukan", kind=MessageKind.NOTE)
    async with open_app() as pilot:
        await opened(pilot, case_id)
        assert " NOTE " in screen_text(pilot.app)


async def test_what_nobody_wrote_or_could_read_is_marked_with_the_reason(world: World, open_app: Opens) -> None:
    case_id = world.add()
    say(world, case_id, "out of office", is_automatic=True)
    say(world, case_id, "", error="the message ends in the middle of a header")
    async with open_app() as pilot:
        await opened(pilot, case_id)
        assert "automatic message" in screen_text(pilot.app)
        assert "not readable: the message ends in the middle of a header" in screen_text(pilot.app)


@pytest.mark.slow
async def test_j_and_k_go_from_message_to_message_and_g_to_the_ends(world: World, open_app: Opens) -> None:
    case_id = world.add()
    ids = [say(world, case_id, f"pesan {number}") for number in range(20)]
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert screen.conversation.current == ids[-1]
        await pilot.press("k", "k", "j")
        assert screen.conversation.current == ids[-2]
        await pilot.press("g", "g")
        await until(pilot, lambda: "Tolong dibantu." in screen_text(pilot.app))
        await pilot.press("G")
        await until(pilot, lambda: "pesan 19" in screen_text(pilot.app))
        assert screen.conversation.current == ids[-1]


@pytest.mark.slow
@pytest.mark.parametrize("key", ["up", "pageup", "ctrl+u"])
async def test_arrows_and_pages_scroll_without_leaving_the_mark_behind(world: World, open_app: Opens, key: str) -> None:
    case_id = world.add()
    for number in range(30):
        say(world, case_id, f"pesan {number}")
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        view = screen.conversation
        before = view.rows_high - view.top
        await pilot.press(key)
        assert view.rows_high - view.top > before
        for _ in range(40):
            await pilot.press(key)
        shown = screen_text(pilot.app)
        assert "▌" in shown


@pytest.mark.slow
async def test_earlier_messages_come_when_somebody_goes_there(world: World, open_app: Opens) -> None:
    case_id = world.add(text="yang pertama")
    for number in range(130):
        say(world, case_id, f"pesan {number}")
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert len(screen.conversation.messages) == 100
        await pilot.press("g", "g")
        await until(pilot, lambda: len(screen.conversation.messages) == 131)
        await pilot.press("g", "g")
        await until(pilot, lambda: "yang pertama" in screen_text(pilot.app))


@pytest.mark.slow
async def test_a_new_message_moves_nothing_and_is_announced(world: World, open_app: Opens) -> None:
    case_id = world.add()
    for number in range(30):
        say(world, case_id, f"pesan {number}")
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("pageup", "pageup")
        before = screen_lines(pilot.app)[3:18]
        say(world, case_id, "yang baru", told=True)
        await until(pilot, lambda: "1 new message below" in screen_text(pilot.app))
        assert screen_lines(pilot.app)[3:18] == before
        await pilot.press("G")
        await until(pilot, lambda: "yang baru" in screen_text(pilot.app))
        assert "new message below" not in screen_text(pilot.app)


@pytest.mark.slow
async def test_the_card_stands_beside_when_there_is_room_and_behind_a_key_when_not(
    world: World, open_app: Opens
) -> None:
    case_id = world.add(name="Dewi Lestari")
    async with open_app(size=MIDDLE) as pilot:
        await opened(pilot, case_id)
        assert "no other cases" in screen_text(pilot.app)
        assert "Tolong dibantu." in screen_text(pilot.app)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        assert "no other cases" not in screen_text(pilot.app)
        await pilot.press("v")
        await until(pilot, lambda: "no other cases" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "Tolong dibantu." in screen_text(pilot.app))


@pytest.mark.slow
async def test_history_says_in_words_what_happened(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("p", "1")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.priority == 1)
        await pilot.press("h")
        await until(pilot, lambda: "set priority 3 → 1" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.slow
async def test_keys_act_on_the_case_and_one_undoes(world: World, open_app: Opens) -> None:
    case_id = world.add(status=Status.OPEN)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("t")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.assignee_name == "Sari Dewi")
        await pilot.press("p", "1")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.priority == 1)
        assert "U undoes it" in notices(pilot)
        await pilot.press("U")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.priority == 3)
        await pilot.press("u")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.assignee_name is None)


async def test_n_takes_the_next_case_in_place_of_this_one(world: World, open_app: Opens) -> None:
    case_id = world.add(due=timedelta(minutes=1))
    other = world.add(due=timedelta(minutes=2), subject="Yang lain")
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("n")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == other)
        await until(pilot, lambda: "Sari Dewi" in screen_lines(pilot.app)[0])
        assert len(pilot.app.screen_stack) == 2


async def test_every_key_of_the_page_is_behind_the_question_mark(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=(100, 60)) as pilot:
        await opened(pilot, case_id)
        await pilot.press("question_mark")
        await until(pilot, lambda: "Take the next case that most needs an answer." in screen_text(pilot.app))


def delivery(state: OutboxState, *, error: str | None = None, attempts: int = 0, seconds: int = 0) -> str:
    row = DeliveryRow(state, NOW + timedelta(seconds=seconds), attempts, error, NOW)
    return said([*state_rows(row, View(76, NOW))])


def test_every_state_of_an_answer_has_words() -> None:
    assert "leaves in 8 s  ^t takes it back" in delivery(OutboxState.QUEUED, seconds=8)
    assert "tried again at" in delivery(OutboxState.QUEUED, attempts=1, error="450 later", seconds=60)
    assert "being sent" in delivery(OutboxState.SENDING)
    assert "✓ sent" in delivery(OutboxState.SENT)
    assert "✗ not sent: 550 no such user" in delivery(OutboxState.FAILED, error="550 no such user")
    assert "nobody knows" in delivery(OutboxState.UNKNOWN)
    assert delivery(OutboxState.FAILED).strip() == "✗ not sent"


REFUSED = "550-5.1.1 <henry.martin@example.com>: the address was not found; " + " ".join(
    f"word{number}" for number in range(12)
)


async def test_the_servers_words_are_read_in_full_on_a_small_screen(world: World, open_app: Opens) -> None:
    from tests.tui.case_world import sent

    case_id = world.add()
    sent(world, case_id, "Halo", state=OutboxState.FAILED, error=REFUSED, attempts=1)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        shown = " ".join(screen_text(pilot.app).replace("▌", " ").split())
        assert f"✗ not sent: {REFUSED} R sends it again" in shown


async def test_what_a_server_says_at_length_unfolds(world: World, open_app: Opens) -> None:
    from tests.tui.case_world import sent

    case_id = world.add()
    sent(world, case_id, "Halo", state=OutboxState.FAILED, error="nein " * 150 + "zuletzt", attempts=1)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        assert "▸ more of it" in screen_text(pilot.app)
        await pilot.press("f", "G")
        await until(pilot, lambda: "zuletzt" in screen_text(pilot.app))


async def test_a_long_row_of_the_history_is_wrapped(world: World, open_app: Opens) -> None:
    from db.kinds import EventKind

    case_id = world.add()
    with world.database.write() as unit:
        for _ in range(12):
            unit.record(EventKind.MESSAGE_FAILED, case_id=case_id, message=1, error=REFUSED)
        unit.record(EventKind.CASE_CLAIMED, case_id=case_id)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("h")
        await until(pilot, lambda: "word11" in screen_text(pilot.app))
        assert "took the case" in screen_text(pilot.app)
        await pilot.press(*["pagedown"] * 12)
        await until(pilot, lambda: "took the case" not in screen_text(pilot.app))
        await until(pilot, lambda: "word11" in screen_lines(pilot.app)[-5])


def test_only_the_end_of_a_long_conversation_is_laid_out() -> None:
    made: list[int] = []

    def make(message: MessageRow) -> list[Row]:
        made.append(message.id)
        return message_rows(message, View(76, NOW))

    blocks = Blocks(make)
    blocks.set([a_message(number) for number in range(1, 501)])
    blocks.grow(60)
    assert len(made) < 30
    assert blocks.first == 500 - len(made)


def test_a_huge_message_is_folded_and_shown_in_steps() -> None:
    message = a_message(1, "lorem ipsum dolor sit amet " * 8000)
    view = View(76, NOW)
    folded, unfolded, whole = (message_rows(message, view, level) for level in (0, 1, 2))
    assert len(folded) < 50
    assert "more characters" in said(folded)
    assert 1000 < len(unfolded) < len(whole)
    assert said(whole).count("lorem") == 8000


def test_rows_never_leave_their_width() -> None:
    from rich.cells import cell_len

    text = "付款失败，但已扣款 " * 50 + "x" * 500 + " 👩‍👩‍👧" * 40 + "é" * 300
    for width in (20, 41, 76):
        for row in message_rows(a_message(1, text), View(width, NOW), 2):
            assert sum(cell_len(piece) for _, piece in row) <= width
