"""The phone's screens, by keys."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from db.errors import DatabaseBusyError
from db.kinds import Channel
from desk import services
from desk.services import callbacks, calls
from desk.services.desk import Desk
from desk.settings import Settings
from desk.tui.phone.call import CallScreen
from desk.tui.phone.callbacks import CallbacksScreen
from tests.services.acting import mail, receive, receive_line
from tests.tui.case_world import typed
from tests.tui.conftest import LARGE, SMALL, Opens, World, screen_lines, screen_text, until

if TYPE_CHECKING:
    from db.rows import AgentRow


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00")


@pytest.fixture
def desk(world: World) -> Desk:
    """Monday, 10:00 in Jakarta, as services see it."""
    world.clock.moment = wib("2026-11-23T10:00")
    world.keep_hours()
    return Desk(world.database, Settings(), world.clock)


@pytest.fixture
def sari(desk: Desk) -> AgentRow:
    from desk.services import agents

    return agents.sign_in(desk, "sari")


def rang(desk: Desk, **more: Any) -> None:
    line = {
        "channel": "phone", "external_id": "pbx-1", "from": {"name": "Budi [x]", "phone": "+62 812-3456-7890"},
        "text": "Saldo terpotong", "at": desk.clock().isoformat(), "language": "id",
    } | more  # fmt: skip
    receive_line(desk, Channel.PHONE, json.dumps(line).encode())


async def call(pilot: Any, number: str) -> CallScreen:
    await pilot.press("f8")
    await until(pilot, lambda: "incoming call: number" in screen_text(pilot.app))
    await typed(pilot, number)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, CallScreen) and "phone open" in screen_text(pilot.app))
    screen = pilot.app.screen
    assert isinstance(screen, CallScreen)
    return screen


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_number_shows_who_rings_their_case_the_hours_and_the_script(
    world: World, desk: Desk, open_app: Opens, size: tuple[int, int]
) -> None:
    rang(desk)
    async with open_app(size=size) as pilot:
        await call(pilot, "0812 3456 7890")
        await until(pilot, lambda: "TIDAK" in screen_text(pilot.app))
        shown = screen_text(pilot.app)
        assert "Budi [x]" in shown
        assert "▌ #1" in shown
        assert "a new case" in shown
        world.clock.advance(seconds=75)
        await until(pilot, lambda: "1:15 ●" in screen_lines(pilot.app)[0])


@pytest.mark.slow
async def test_a_call_is_wrapped_up_with_one_key_for_its_outcome_and_one_for_what_follows(
    world: World, desk: Desk, sari: AgentRow, open_app: Opens
) -> None:
    rang(desk)
    async with open_app(size=SMALL) as pilot:
        await call(pilot, "081234567890")
        await until(pilot, lambda: "▌ #1" in screen_text(pilot.app))
        await typed(pilot, "Paid twice")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "how did the call end?" in screen_text(pilot.app))
        await pilot.press("h")
        await until(pilot, lambda: "and then?" in screen_text(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CallScreen) and calls.mine(desk, sari) is None)
    with desk.database.read() as connection:
        row = connection.exec_driver_sql("SELECT status FROM support_case WHERE id = 1").one()
        text = connection.exec_driver_sql("SELECT text FROM message ORDER BY id DESC LIMIT 1").scalar()
    assert (row[0], text) == ("solved", "Paid twice")


async def test_tab_does_not_leave_the_notes_of_a_call(world: World, desk: Desk, open_app: Opens) -> None:
    async with open_app(size=SMALL) as pilot:
        screen = await call(pilot, "0812 3456 7890")
        await typed(pilot, "satu")
        await pilot.press("tab", "x", "shift+tab", "y")
        await until(pilot, lambda: screen._writing.text == "satu    xy")


async def test_notes_are_kept_when_the_screen_is_left_and_the_call_is_offered_on_the_next_start(
    world: World, desk: Desk, sari: AgentRow, open_app: Opens
) -> None:
    async with open_app(size=SMALL) as pilot:
        await call(pilot, "0899 1111")
        await typed(pilot, "Halo")
        await until(pilot, lambda: getattr(calls.mine(desk, sari), "notes", "") == "Halo")
    world.clock.advance(hours=1)
    async with open_app(size=SMALL, notices=True) as pilot:
        await until(pilot, lambda: "not wrapped up" in screen_text(pilot.app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallScreen) and "■ ended" in screen_text(pilot.app))
        assert "Halo" in screen_text(pilot.app)


async def test_a_call_back_is_rung_from_its_list(world: World, desk: Desk, sari: AgentRow, open_app: Opens) -> None:
    rang(desk, call={"missed": True})
    world.clock.moment = wib("2026-11-23T10:35")
    async with open_app(size=SMALL) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallbacksScreen) and "NOW" in screen_text(pilot.app))
        assert "1 call-back · 1 due now" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "calling back" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "how did the call end?" in screen_text(pilot.app))
        await pilot.press("n")
        await until(pilot, lambda: "tried 1×" in screen_text(pilot.app))
    (callback,) = callbacks.waiting(desk, sari)
    assert (callback.attempts, callback.agent_name) == (1, "Sari Dewi")


async def test_a_call_back_is_given_another_slot_from_its_list(
    world: World, desk: Desk, sari: AgentRow, open_app: Opens
) -> None:
    rang(desk, call={"missed": True})
    async with open_app(size=SMALL, notices=True) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: "1 call-back" in screen_text(pilot.app))
        before = callbacks.waiting(desk, sari)[0].slot_start
        await pilot.press("m", *"15:00", "enter")  # typed before the dialog is there
        await until(pilot, lambda: callbacks.waiting(desk, sari)[0].slot_start > before)
        await until(pilot, lambda: "the customer is told" in screen_text(pilot.app))


async def choose_who(pilot: Any, text: str, *, sees: str) -> None:
    await pilot.press("f4")
    await until(pilot, lambda: "who is on the line?" in screen_text(pilot.app))
    await typed(pilot, text)
    await until(pilot, lambda: sees in screen_text(pilot.app))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, CallScreen))


async def test_a_withheld_number_is_given_to_a_customer_by_part_of_their_name_and_filed_on_their_case(
    world: World, desk: Desk, sari: AgentRow, open_app: Opens
) -> None:
    rang(desk)
    async with open_app(size=SMALL) as pilot:
        await call(pilot, "")
        await typed(pilot, "Paid twice")
        await choose_who(pilot, "bud", sees="Budi [x]")
        await until(pilot, lambda: "▌ #1" in screen_text(pilot.app))
        assert "number withheld  Budi [x]" in screen_lines(pilot.app)[0]
        await choose_who(pilot, "", sees="takes your choice back")
        await until(pilot, lambda: "nobody known: F4" in screen_text(pilot.app) and "#1" not in screen_text(pilot.app))
        await pilot.press("f4", *"#1", "enter")  # typed before anything is there
        await until(pilot, lambda: "▌ #1" in screen_text(pilot.app))
    async with open_app(size=SMALL) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "▌ #1" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "how did the call end?" in screen_text(pilot.app))
        await pilot.press("h")
        await until(pilot, lambda: "and then?" in screen_text(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CallScreen) and calls.mine(desk, sari) is None)
    with desk.database.read() as connection:
        texts = connection.exec_driver_sql("SELECT text FROM message WHERE case_id = 1 ORDER BY id").scalars().all()
    assert texts == ["Saldo terpotong", "Paid twice"]


async def test_whether_a_number_is_kept_as_the_customers_is_asked_when_the_call_is_wrapped_up(
    world: World, desk: Desk, sari: AgentRow, open_app: Opens
) -> None:
    rang(desk)
    rang(desk, external_id="pbx-2", **{"from": {"name": "Eve", "phone": "+62 8990"}})
    async with open_app(size=SMALL) as pilot:
        for key, knows in (("n", "nobody known"), ("y", "Budi [x]")):
            await call(pilot, "0899 1111")
            await until(pilot, lambda: "nobody known" in screen_text(pilot.app))
            await choose_who(pilot, "0812 3456 7890", sees="1 case")
            await until(pilot, lambda: "▌ #1" in screen_text(pilot.app))
            await pilot.press("ctrl+g", "h", "n")
            await until(pilot, lambda: "keep 0899 1111 as Budi [x]'s?" in screen_text(pilot.app))
            await pilot.press(key)
            await until(pilot, lambda: calls.mine(desk, sari) is None)
            await until(pilot, lambda: not isinstance(pilot.app.screen, CallScreen))
            await call(pilot, "0899 1111")
            await until(pilot, lambda knows=knows: knows in screen_text(pilot.app))
            await pilot.press("ctrl+g", "x")
            await until(pilot, lambda: calls.mine(desk, sari) is None)
            await until(pilot, lambda: not isinstance(pilot.app.screen, CallScreen))
        await call(pilot, "0899 1111")
        await choose_who(pilot, "eve", sees="Eve")
        await until(pilot, lambda: "Eve  (number of Budi [x])" in screen_lines(pilot.app)[0])
        await pilot.press("ctrl+g", "h", "n")  # nothing is asked: it stays Budi's
        await until(pilot, lambda: calls.mine(desk, sari) is None)


async def test_while_nobody_can_read_who_it_is_now_the_screen_names_nobody_else(
    desk: Desk, sari: AgentRow, open_app: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_arguments: object) -> None:
        raise DatabaseBusyError("The database is busy")

    receive(desk, mail("a@x", sender="Alice <alice@example.org>"), mail("b@x", sender="Bob <bob@example.org>"))
    async with open_app(size=SMALL) as pilot:
        await call(pilot, "0812 999 8888")
        await choose_who(pilot, "alice@example.org", sees="Alice")
        await until(pilot, lambda: "8888  Alice" in screen_lines(pilot.app)[0])
        monkeypatch.setattr(services.callers, "caller", busy)
        await choose_who(pilot, "bob@example.org", sees="Bob")
        await until(pilot, lambda: "8888  …" in screen_lines(pilot.app)[0])
        assert "Alice" not in screen_text(pilot.app)
