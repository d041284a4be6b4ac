"""Lanes of messages, delivery, copies, files, later moments and mail to third parties, by keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.kinds import DraftKind, MessageKind, OutboxState
from desk.tui.case.drafts import drafts_of
from desk.tui.case.findings import Reason
from desk.tui.case.journal import Journal
from tests.clock import START
from tests.tui.case_world import composer_text, is_composing, notices, opened, say, sent, typed
from tests.tui.conftest import LARGE, MIDDLE, SMALL, Opens, World, screen_lines, screen_text, until
from tests.tui.test_case_hostile import HOSTILE, check, stored


def outbox(world: World) -> list[Any]:
    from db.models import OutboxItem

    with world.database.read() as connection:
        return list(connection.execute(select(OutboxItem).order_by(OutboxItem.id)).all())


def messages(world: World) -> list[Any]:
    from db.models import Message

    with world.database.read() as connection:
        query = select(Message).where(Message.kind == MessageKind.OUTBOUND).order_by(Message.id)
        return list(connection.execute(query).all())


def shows(pilot: Any, *words: str) -> bool:
    text = screen_text(pilot.app)
    return all(word in text for word in words)


def dialog(pilot: Any) -> bool:
    return type(pilot.app.screen).__name__.endswith("Dialog")


async def writing(pilot: Any, case_id: int, key: str = "r") -> Any:
    screen = await opened(pilot, case_id)
    await pilot.press(key)
    await until(pilot, lambda: is_composing(screen))
    return screen


# Lanes


async def test_the_masthead_counts_messages_only_where_there_are_some(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: shows(pilot, "All 1"))
        assert "✗" not in screen_lines(pilot.app)[1]
        sent(world, case_id, "Halo", state=OutboxState.FAILED, error="550 no such user", attempts=1)
        sent(world, case_id, "Halo", state=OutboxState.UNKNOWN, attempts=1)
        sent(world, case_id, "Halo", state=OutboxState.QUEUED, scheduled_for=world.due(60))
        sent(world, case_id, "Halo", state=OutboxState.QUEUED, scheduled_for=world.due(60), held_why="wrote again")
        await until(pilot, lambda: "✗ 2" in screen_lines(pilot.app)[1])
        assert "⏸ 1" in screen_lines(pilot.app)[1]
        assert "◷ 1" in screen_lines(pilot.app)[1]


async def test_6_lists_undelivered_messages_and_enter_opens_the_case_at_one(world: World, open_app: Opens) -> None:
    case_id = world.add(subject="Saldo terpotong")
    failed = sent(world, case_id, "Sudah kami cek", state=OutboxState.FAILED, error="550 no such user", attempts=3)
    for number in range(12):
        say(world, case_id, f"pesan {number}\n\nlagi\n\nlagi")
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered", "550 no such user", f"#{case_id}", "tried 3 times"))
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == case_id)
        await until(pilot, lambda: pilot.app.screen.conversation.current == failed)  # type: ignore[attr-defined]
        await until(pilot, lambda: shows(pilot, "Sudah kami cek", "✗ not sent"))
        await pilot.press("escape")
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered"))
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def test_enter_opens_a_long_case_at_a_message_that_is_far_back(world: World, open_app: Opens) -> None:
    case_id = world.add()
    failed = sent(world, case_id, "yang gagal", state=OutboxState.FAILED, attempts=1)
    for number in range(130):
        say(world, case_id, f"pesan {number}")
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered"))
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "yang gagal"))
        assert pilot.app.screen.conversation.current == failed  # type: ignore[attr-defined]


async def test_empty_lanes_say_so(world: World, open_app: Opens) -> None:
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "Everything that was sent has arrived"))
        await pilot.press("7")
        await until(pilot, lambda: shows(pilot, "Nothing waits for a later moment."))
        assert len(pilot.app.screen_stack) == 2
        await pilot.press("j", "enter", "R", "ctrl+d", "escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def test_an_empty_lane_and_the_masthead_tell_of_what_waits_for_another_try(world: World, open_app: Opens) -> None:
    case_id = world.add()
    sent(world, case_id, "Halo", state=OutboxState.QUEUED, attempts=2, error="refused", not_before=world.due(1))
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: "↻ 1" in screen_lines(pilot.app)[1])
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "1 message could not be sent yet and will be tried again"))
        assert not shows(pilot, "Everything that was sent has arrived")
        sent(world, case_id, "Halo", state=OutboxState.FAILED, error="550 no", attempts=1)
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered · ↻ 1 waits for another try"))


async def test_the_page_of_a_case_follows_what_is_tried_again(world: World, open_app: Opens) -> None:
    case_id = world.add()
    message_id = sent(world, case_id, "Halo", state=OutboxState.QUEUED, not_before=world.due(-1))
    async with open_app(size=SMALL) as pilot:
        page = await opened(pilot, case_id)
        await until(pilot, lambda: shows(pilot, "◷ queued"))
        desk = pilot.app.gateway._opened.desk  # type: ignore[attr-defined]
        put_off(desk, "connection refused")
        await until(pilot, lambda: shows(pilot, "will be tried again", "connection refused"))

        world.clock.advance(hours=1)
        put_off(desk, "421 come back later")  # no event tells of it
        await until(pilot, lambda: shows(pilot, "will be tried again", "421 come back later"))

        await pilot.press("escape")
        await until(pilot, lambda: not page.is_attached)
        world.clock.advance(hours=1)
        put_off(desk, "no route to host")
        await opened(pilot, case_id)
        await until(pilot, lambda: shows(pilot, "will be tried again", "no route to host"))
        assert messages(world)[0].id == message_id


def put_off(desk: Any, error: str) -> None:
    """A worker's try of the only message, in vain."""
    from desk.services import outbox

    (out,) = outbox.lease(desk, "w")
    outbox.settle_later(desk, out.outbox_id, "w", error)


async def test_a_failed_message_is_sent_again_from_its_lane(world: World, open_app: Opens) -> None:
    case_id = world.add()
    sent(world, case_id, "Halo", state=OutboxState.FAILED, error="550 no", attempts=1)
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered"))
        await pilot.press("R")
        await until(pilot, lambda: shows(pilot, "Everything that was sent has arrived"))
        assert outbox(world)[0].state is OutboxState.QUEUED


async def test_one_that_may_have_arrived_is_sent_again_only_after_asking(world: World, open_app: Opens) -> None:
    case_id = world.add()
    sent(world, case_id, "Halo", state=OutboxState.UNKNOWN, attempts=1)
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "? unknown"))
        await pilot.press("R")
        await until(pilot, lambda: shows(pilot, "they may get it twice"))
        await pilot.press("escape")
        await until(pilot, lambda: not dialog(pilot))
        assert outbox(world)[0].state is OutboxState.UNKNOWN
        await pilot.press("R", "s")
        await until(pilot, lambda: outbox(world)[0].state is OutboxState.QUEUED)


async def test_a_message_is_noted_as_arrived_or_given_up_by_a_persons_word(world: World, open_app: Opens) -> None:
    case_id = world.add()
    sent(world, case_id, "satu", state=OutboxState.UNKNOWN, attempts=1)
    sent(world, case_id, "dua", state=OutboxState.FAILED, error="550 no", attempts=1)
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 2 undelivered"))
        await pilot.press("Y")
        await until(pilot, lambda: shows(pilot, "✗ 1 undelivered"))
        await pilot.press("X")
        await until(pilot, lambda: shows(pilot, "keep it among the undelivered"))
        await pilot.press("x")
        await until(pilot, lambda: shows(pilot, "Everything that was sent has arrived"))
        assert [row.state for row in outbox(world)] == [OutboxState.SENT, OutboxState.CANCELLED]
        await pilot.press("escape")
        await opened(pilot, case_id)
        assert shows(pilot, "given up: 550 no", "dua")


async def test_the_selection_of_a_lane_stays_on_its_message(world: World, open_app: Opens) -> None:
    case_id = world.add()
    ids = [sent(world, case_id, f"m{n}", state=OutboxState.FAILED, error=f"55{n} no", attempts=1) for n in range(4)]
    async with open_app(size=SMALL) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 4 undelivered"))
        await pilot.press("j", "j")
        lane = pilot.app.screen._list  # type: ignore[attr-defined]
        assert lane.current.acted.message_id == ids[2]
        await pilot.app.gateway.write(lambda desk, me: _retry(desk, me, ids[0]))
        await until(pilot, lambda: shows(pilot, "✗ 3 undelivered"))
        assert lane.current.acted.message_id == ids[2]


def _retry(desk: Any, me: Any, message_id: int) -> None:
    from desk import services

    services.replies.retry(desk, me, message_id)


async def test_7_lists_what_waits_and_keys_let_it_go_change_when_and_take_it_back(
    world: World, open_app: Opens
) -> None:
    case_id = world.add(name="Budi Santoso")
    at = world.due(60 * 24)
    sent(world, case_id, "yang biasa", state=OutboxState.QUEUED, scheduled_for=at, not_before=at)
    sent(
        world, case_id, "yang tertahan", state=OutboxState.QUEUED, scheduled_for=at, held_why="the customer wrote again"
    )
    async with open_app(size=SMALL) as pilot:
        await pilot.press("7")
        await until(pilot, lambda: shows(pilot, "◷ 1 scheduled · ⏸ 1 held", "the customer wrote again"))
        await pilot.press("y")
        await until(pilot, lambda: shows(pilot, "◷ 2 scheduled") and not shows(pilot, "held"))
        await pilot.press("w")
        await until(pilot, lambda: shows(pilot, "by the clock of Budi Santoso", "when they open"))
        await typed(pilot, "in 2h")
        await pilot.press("enter")
        await until(
            pilot, lambda: any(row.scheduled_for == world.clock() + timedelta(hours=2) for row in outbox(world))
        )
        await until(pilot, lambda: not dialog(pilot))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: shows(pilot, "◷ 1 scheduled"))
        assert [row.state for row in outbox(world)].count(OutboxState.CANCELLED) == 1


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_hostile_text_in_lanes_is_only_shown(
    world: World, open_app: Opens, name: str, size: tuple[int, int]
) -> None:
    text = stored(HOSTILE[name])
    case_id = world.add(name=text[:200], subject=text[:900])
    details = {"to": text[:300], "cc": [[text[:90], text[:90]]]}
    sent(world, case_id, text, state=OutboxState.FAILED, error=text[:900], attempts=1, details=details)
    sent(world, case_id, text, state=OutboxState.UNKNOWN, error=text[:900], attempts=1, details=details)
    sent(world, case_id, text, state=OutboxState.QUEUED, scheduled_for=world.due(99), held_why=text[:900])
    async with open_app(size=size, notices=True) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: shows(pilot, "✗ 2 undelivered"))
        check(pilot.app)
        await pilot.press("j", "R")
        await until(pilot, lambda: dialog(pilot))
        check(pilot.app)
        await pilot.press("escape", "X")
        await until(pilot, lambda: shows(pilot, "keep it among"))
        check(pilot.app)
        await pilot.press("escape", "7")
        await until(pilot, lambda: shows(pilot, "⏸ 1 held"))
        check(pilot.app)
        await pilot.press("w")
        await until(pilot, lambda: dialog(pilot))
        check(pilot.app)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == case_id)
        await until(pilot, lambda: pilot.app.screen.conversation.current)  # type: ignore[attr-defined]
        check(pilot.app)
        await pilot.press("G", "end", "pagedown")
        check(pilot.app)


# Delivery on the case's page


async def test_keys_on_the_page_settle_the_marked_answer(world: World, open_app: Opens) -> None:
    case_id = world.add()
    sent(world, case_id, "satu", state=OutboxState.UNKNOWN, attempts=1)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        assert shows(pilot, "? nobody knows whether it arrived", "Y it did arrive")
        await pilot.press("Y")
        await until(pilot, lambda: shows(pilot, "✓ sent"))


async def test_keys_for_answers_say_so_on_other_messages(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await opened(pilot, case_id)
        await pilot.press("R")
        await until(pilot, lambda: "Mark an answer first" in notices(pilot))


async def test_a_card_longer_than_the_screen_is_scrolled_by_the_keys_for_reading(world: World, open_app: Opens) -> None:
    from db.models import Participant

    case_id = world.add()
    with world.database.write() as unit:
        for number in range(12):
            address = f"p{number}@example.com"
            unit.session.add(
                Participant(case_id=case_id, name="", address=address, folded=address, added_at=world.clock())
            )
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await pilot.press("v")
        await until(pilot, lambda: shows(pilot, "in copy 12", "more rows"))
        assert not shows(pilot, "no other cases")
        await pilot.press("pagedown", "pagedown", "down")
        await until(pilot, lambda: shows(pilot, "no other cases"))
        await pilot.press("k", "pageup", "pageup", "up")
        await until(pilot, lambda: shows(pilot, "in copy 12"))


# Copies, files and later moments


@pytest.mark.slow
async def test_copies_are_chosen_shown_kept_and_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await writing(pilot, case_id)
        await typed(pilot, "Halo")
        await pilot.press("f3")
        await until(pilot, lambda: dialog(pilot) and shows(pilot, "Copies of the answer"))
        await typed(pilot, "ani@example.com; no address")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "is not an address"))
        await pilot.press(*["backspace"] * len("; no address"), "tab")
        await typed(pilot, "boss@example.com")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "cc 1, bcc 1", "cc ani@example.com · bcc boss@example.com"))
        await typed(pilot, "!")
        await until(pilot, lambda: shows(pilot, "draft kept"))
        await pilot.press("escape", "escape")
    async with open_app(size=SMALL) as pilot:
        screen = await writing(pilot, case_id)
        assert composer_text(screen) == "Halo!"
        assert shows(pilot, "cc ani@example.com · bcc boss@example.com")
        await typed(pilot, "?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        details = messages(world)[0].details
        assert [address for _, address in details["cc"]] == ["ani@example.com"]
        assert [address for _, address in details["bcc"]] == ["boss@example.com"]
        await until(pilot, lambda: shows(pilot, "leaves in"))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: is_composing(screen) and composer_text(screen) == "Halo!?")
        assert shows(pilot, "cc ani@example.com · bcc boss@example.com")


def test_copies_chosen_while_the_database_is_away_outlive_a_crash(world: World, tmp_path: Path) -> None:
    journal = Journal(tmp_path, database="x", login="sari")
    journal.write(1, DraftKind.REPLY, "a", (), START, {"cc": ["ani@example.com"]})
    entry = journal.read(1, DraftKind.REPLY)
    assert entry is not None
    assert entry.details == {"cc": ["ani@example.com"]}
    (path,) = tmp_path.iterdir()
    path.write_text('{"text": "a", "answers": [], "at": "2026-11-23T13:00:00+00:00"}', encoding="utf-8")
    older = journal.read(1, DraftKind.REPLY)
    assert older is not None
    assert older.details == {}


@pytest.mark.slow
async def test_a_file_is_attached_by_its_path_listed_and_taken_off(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "papers").mkdir(parents=True)
    (home / "papers" / "bukti.txt").write_bytes(b"x" * 2000)
    monkeypatch.setenv("HOME", str(home))
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await writing(pilot, case_id)
        await typed(pilot, "Lihat lampiran")
        await pilot.press("f4")
        await until(pilot, lambda: dialog(pilot) and shows(pilot, "papers/"))
        await typed(pilot, "zzz")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "There is no file"))
        await pilot.press("backspace", "backspace", "backspace")
        await typed(pilot, "pap")
        await until(pilot, lambda: shows(pilot, "papers/"))
        await pilot.press("tab")
        await until(pilot, lambda: shows(pilot, "bukti.txt", "2.0 kB"))
        await pilot.press("down", "enter")
        await until(pilot, lambda: not dialog(pilot) and shows(pilot, "[1] bukti.txt 2.0 kB", "F4 changes"))
        await pilot.press("f4")
        await until(pilot, lambda: shows(pilot, "takes it off", "attach another file"))
        await pilot.press("1")
        await until(pilot, lambda: not dialog(pilot) and not shows(pilot, "[1] bukti.txt"))
        await pilot.press("f4")
        await until(pilot, lambda: dialog(pilot) and shows(pilot, "bukti.txt"))
        await pilot.press("enter")
        await until(pilot, lambda: not dialog(pilot) and shows(pilot, "[1] bukti.txt 2.0 kB"))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        await until(pilot, lambda: shows(pilot, "[1] bukti.txt  2.0 kB"))


@pytest.mark.slow
async def test_a_file_that_is_too_large_is_refused_in_words(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with (home / "film.mp4").open("wb") as file:
        file.truncate(19_000_000)
    monkeypatch.setenv("HOME", str(home))
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await writing(pilot, case_id)
        await pilot.press("f4")
        await until(pilot, lambda: shows(pilot, "film.mp4"))
        await pilot.press("enter")
        await until(pilot, lambda: "film.mp4 does not fit" in notices(pilot))


@pytest.mark.slow
async def test_files_with_hostile_names_are_only_shown_and_can_be_attached(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "a\x1b[31m\n[@click=app.leave]x \u202egpj.exe").write_bytes(b"x")
    monkeypatch.setenv("HOME", str(home))
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await writing(pilot, case_id)
        await pilot.press("f4")
        await until(pilot, lambda: shows(pilot, "[@click=app.leave]x"))
        check(pilot.app)
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: not dialog(pilot) and shows(pilot, "[1] a", "F4 changes"))
        check(pilot.app)


@pytest.mark.slow
async def test_an_answer_is_sent_later_by_the_customers_clock_and_taken_back(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await writing(pilot, case_id)
        await typed(pilot, "Besok kami kabari")
        await pilot.press("f5")
        await until(pilot, lambda: shows(pilot, "Send later, by the clock of Budi Santoso", "when they open"))
        await typed(pilot, "tomorrow 09:00")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "◷ goes", "their time 09:00"))
        assert outbox(world)[0].scheduled_for > world.clock()
        assert "the answer goes" in notices(pilot)
        assert not shows(pilot, "leaves in")
        await pilot.press("G", "ctrl+t")
        await until(pilot, lambda: is_composing(screen) and composer_text(screen) == "Besok kami kabari")
        assert outbox(world)[0].state is OutboxState.CANCELLED


@pytest.mark.slow
async def test_what_was_kept_back_for_later_goes_later_with_its_reason(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await writing(pilot, case_id)
        await typed(pilot, "PIN Anda 482913")
        await pilot.press("f5")
        await until(pilot, lambda: shows(pilot, "Send later, by the clock of Budi Santoso"))
        await typed(pilot, "tomorrow 09:00")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "^g again: give a reason"))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shows(pilot, "why is it sent as it is?"))
        assert shows(pilot, "⏎ sends it Tue 24 Nov")
        await typed(pilot, "contoh")
        await pilot.press("enter")
        await until(pilot, lambda: len(outbox(world)) == 1)
        assert outbox(world)[0].scheduled_for is not None
        assert outbox(world)[0].not_before > world.due(120)


@pytest.mark.slow
async def test_a_moment_or_copies_chosen_while_a_reason_is_asked_for_count(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await writing(pilot, case_id)
        await typed(pilot, "PIN Anda 482913")
        for _ in range(2):
            await until(pilot, lambda: is_composing(screen))
            await pilot.press("ctrl+g")
            await until(pilot, lambda: shows(pilot, "^g again: give a reason") or bool(screen.query(Reason)))
        await until(pilot, lambda: bool(screen.query(Reason)))
        screen._composer.set_details({"cc": ["boss@example.org"]})
        await until(pilot, lambda: not screen.query(Reason))
        await pilot.press("f5")
        await until(pilot, lambda: shows(pilot, "Send later, by the clock of Budi Santoso"))
        await typed(pilot, "tomorrow 09:00")
        await pilot.press("enter")
        await until(pilot, lambda: shows(pilot, "^g again: give a reason"))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shows(pilot, "⏎ sends it Tue 24 Nov"))
        await typed(pilot, "contoh")
        await pilot.press("enter")
        await until(pilot, lambda: len(outbox(world)) == 1)
        assert outbox(world)[0].scheduled_for is not None
        with world.database.read() as connection:
            details = connection.exec_driver_sql("SELECT details FROM message ORDER BY id DESC LIMIT 1").scalar_one()
        assert "boss@example.org" in str(details)


# Third parties


async def third_party(pilot: Any, case_id: int, address: str = "bank@bank.example") -> Any:
    screen = await opened(pilot, case_id)
    await pilot.press("F")
    await until(pilot, lambda: dialog(pilot) and shows(pilot, "to a third party"))
    await typed(pilot, address)
    await pilot.press("enter")
    await until(pilot, lambda: is_composing(screen))
    return screen


@pytest.mark.slow
async def test_mail_to_a_third_party_goes_there_and_never_to_the_customer(world: World, open_app: Opens) -> None:
    case_id = world.add(subject="Saldo terpotong")
    async with open_app(size=SMALL) as pilot:
        screen = await third_party(pilot, case_id)
        assert shows(pilot, "THIRD PARTY  to bank@bank.example · not the customer", "subject: Fwd: Saldo terpotong")
        await typed(pilot, "Mohon cek transaksi ini.")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        (message,) = messages(world)
        assert message.details["to"] == "bank@bank.example"
        assert message.side_id is not None
        assert message.subject == "Fwd: Saldo terpotong"
        await until(pilot, lambda: shows(pilot, "↳ to bank@bank.example"))
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        assert shows(pilot, "reply to Budi Santoso")
        assert not shows(pilot, "THIRD PARTY")
        assert composer_text(screen) == ""


@pytest.mark.slow
async def test_the_two_drafts_of_a_case_never_mix(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await third_party(pilot, case_id)
        await typed(pilot, "untuk bank")
        await pilot.press("escape", "r")
        await until(pilot, lambda: is_composing(screen) and shows(pilot, "reply to Budi"))
        assert composer_text(screen) == ""
        await typed(pilot, "untuk Budi")
        await pilot.press("escape", "F")
        await until(pilot, lambda: is_composing(screen) and shows(pilot, "THIRD PARTY"))
        assert composer_text(screen) == "untuk bank"
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        assert messages(world)[0].text == "untuk bank"
        assert messages(world)[0].details["to"] == "bank@bank.example"


@pytest.mark.slow
async def test_a_draft_to_a_third_party_keeps_its_address_through_a_restart(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        await third_party(pilot, case_id)
        await typed(pilot, "untuk bank")
        await until(pilot, lambda: shows(pilot, "draft kept"))
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("F")
        await until(pilot, lambda: is_composing(screen))
        assert shows(pilot, "to bank@bank.example")
        assert composer_text(screen) == "untuk bank"


def a_side(world: World, case_id: int, address: str) -> int:
    from db.models import SideConversation

    with world.database.write() as unit:
        side = SideConversation(
            case_id=case_id, address=address, folded=address, name="Bank", subject="Transaksi 17",
            agent_id=world.agents["sari"], created_at=world.clock(),
        )  # fmt: skip
        unit.session.add(side)
        unit.session.flush()
        return side.id


@pytest.mark.slow
async def test_a_answers_the_third_party_of_the_marked_message(world: World, open_app: Opens) -> None:
    case_id = world.add()
    side = a_side(world, case_id, "bank@bank.example")
    say(world, case_id, "Sudah kami kembalikan.", sender_address="bank@bank.example", side_id=side)
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        assert shows(pilot, "┊", "↳ from bank@bank.example  A answers")
        await pilot.press("A")
        await until(pilot, lambda: is_composing(screen))
        assert shows(pilot, "THIRD PARTY  to bank@bank.example")
        await typed(pilot, "Terima kasih")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        assert messages(world)[0].side_id == side
        assert messages(world)[0].details["to"] == "bank@bank.example"


@pytest.mark.slow
async def test_what_was_begun_for_one_third_party_is_not_sent_to_another(world: World, open_app: Opens) -> None:
    case_id = world.add()
    side = a_side(world, case_id, "toko@shop.example")
    say(world, case_id, "Ya?", sender_address="toko@shop.example", side_id=side)
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await third_party(pilot, case_id)
        await typed(pilot, "rahasia bank")
        await pilot.press("escape", "A")
        await until(pilot, lambda: "You have begun to write to bank@bank.example" in notices(pilot))
        assert not is_composing(screen)


@pytest.mark.slow
async def test_two_versions_of_mail_to_two_third_parties_become_a_draft_and_a_note(
    world: World, open_app: Opens
) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        settings, me = pilot.app.gateway.settings, pilot.app.gateway.me
        journal = Journal(settings.data_folder / "drafts", database=settings.url, login=me.login)
        await third_party(pilot, case_id)
        await typed(pilot, "untuk bank")
        await until(pilot, lambda: shows(pilot, "draft kept"))
    journal.write(case_id, DraftKind.SIDE, "untuk toko", (), world.due(5), {"to": "toko@shop.example"})
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("F")
        await until(pilot, lambda: is_composing(screen))
        assert composer_text(screen) == "untuk toko"
        assert shows(pilot, "to toko@shop.example")
        note = drafts_of(pilot.app).of(screen.detail, DraftKind.NOTE)
        assert note.text == "Begun for bank@bank.example:\nuntuk bank"


@pytest.mark.slow
async def test_taking_back_mail_to_a_third_party_makes_it_that_draft_again(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await third_party(pilot, case_id)
        await typed(pilot, "untuk bank")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shows(pilot, "leaves in"))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: is_composing(screen))
        assert shows(pilot, "THIRD PARTY  to bank@bank.example")
        assert composer_text(screen) == "untuk bank"
        await pilot.press("escape", "r")
        await until(pilot, lambda: shows(pilot, "reply to Budi"))
        assert composer_text(screen) == ""


@pytest.mark.slow
async def test_the_customers_own_address_is_refused_as_a_third_party(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await third_party(pilot, case_id, "c1@example.com")
        await typed(pilot, "rahasia")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "is the customer of" in notices(pilot))
        assert composer_text(screen) == "rahasia"
        assert messages(world) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_hostile_text_in_forms_and_heads_is_only_shown(world: World, open_app: Opens, name: str) -> None:
    text = stored(HOSTILE[name])
    case_id = world.add(name=text[:200], subject=text[:900])
    side = a_side(world, case_id, f"{text[:200]}@bank.example")
    say(world, case_id, text, sender_name=text[:200], sender_address=text[:300], side_id=side,
        details={"joined": True, "auth": {"dmarc": "fail", "spf": text[:90]}, "cc": [text[:90]]})  # fmt: skip
    async with open_app(size=MIDDLE, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        check(pilot.app)
        for key in ("F", "M", "L"):
            await pilot.press(key)
            await until(pilot, lambda: dialog(pilot))
            check(pilot.app)
            await pilot.press("escape")
            await until(pilot, lambda: not dialog(pilot))
        await pilot.press("A")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "x")
        await pilot.pause()
        check(pilot.app)
        await pilot.press("escape", "r", "f3")
        await until(pilot, lambda: dialog(pilot))
        check(pilot.app)


async def test_the_preview_says_when_the_last_word_is_not_the_customers(world: World, open_app: Opens) -> None:
    case_id = world.add()
    side = a_side(world, case_id, "bank@bank.example")
    say(world, case_id, "Sudah kami kembalikan.", sender_address="bank@bank.example", side_id=side)
    other = world.add()
    say(world, other, "Kirim kode ke sini.", details={"auth": {"dmarc": "fail"}})
    async with open_app(size=MIDDLE) as pilot:
        await until(pilot, lambda: shows(pilot, "↳ not the customer: bank@bank.example"))
        await pilot.press("j")
        await until(pilot, lambda: shows(pilot, "⚠ UNVERIFIED SENDER"))


@pytest.mark.slow
async def test_files_that_were_never_shown_are_not_sent(
    world: World, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desk import services
    from desk.tui.gateway import ConnectionLostError

    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        gateway = pilot.app.gateway
        await gateway.write(
            lambda desk, me: services.draft_files.add(
                desk, me, case_id, DraftKind.REPLY, "rahasia.txt", "text/plain", b"x"
            )
        )
        screen = await opened(pilot, case_id)
        answers = gateway.run

        async def no_answer(_use_case: Any) -> Any:
            raise ConnectionLostError("The database does not answer.")

        monkeypatch.setattr(gateway, "run", no_answer)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        assert not shows(pilot, "rahasia.txt")
        monkeypatch.setattr(gateway, "run", answers)
        await typed(pilot, "Halo")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shows(pilot, "[1] rahasia.txt") and "not shown yet" in notices(pilot))
        assert messages(world) == []
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)


@pytest.mark.slow
async def test_the_drafts_of_both_cases_are_there_after_a_merge(world: World, open_app: Opens) -> None:
    first, second = world.add(), world.add()
    async with open_app(size=SMALL) as pilot:
        await writing(pilot, first)
        await typed(pilot, "untuk satu")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await writing(pilot, second)
        await typed(pilot, "untuk dua")
        await pilot.press("escape", "M", *str(first), "enter")
        await until(pilot, lambda: shows(pilot, "another customer"))
        await pilot.press("m")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == first)
        merged = pilot.app.screen
        await until(pilot, lambda: merged.detail is not None)  # type: ignore[attr-defined]
        await pilot.press("r")
        await until(pilot, lambda: is_composing(merged))  # type: ignore[arg-type]
        text = composer_text(merged)  # type: ignore[arg-type]
        assert "untuk satu" in text
        assert "untuk dua" in text


@pytest.mark.slow
async def test_no_file_that_waited_for_one_third_party_goes_to_another(world: World, open_app: Opens) -> None:
    from desk import services

    case_id = world.add()
    side = a_side(world, case_id, "toko@shop.example")
    say(world, case_id, "Ya?", sender_address="toko@shop.example", side_id=side)
    async with open_app(size=SMALL) as pilot:
        screen = await third_party(pilot, case_id)
        await pilot.app.gateway.write(
            lambda desk, me: services.draft_files.add(
                desk, me, case_id, DraftKind.SIDE, "untuk-bank.txt", "text/plain", b"x"
            )
        )
        await pilot.press("escape", "A")
        await until(pilot, lambda: is_composing(screen) and shows(pilot, "to toko@shop.example"))
        assert not shows(pilot, "untuk-bank.txt")
        await typed(pilot, "Halo")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(messages(world)) == 1)
        await until(pilot, lambda: len(screen.detail.messages) == 3)
        assert screen.detail.messages[-1].attachments == ()
