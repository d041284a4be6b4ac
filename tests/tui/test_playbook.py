"""A stolen account by keys at 80x24: frozen at once, gone through step by step, opened again by a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import Role
from desk.services import agents
from desk.services.desk import Desk
from desk.services.refunds import listing
from desk.services.safety import acting, asking, playbook
from desk.settings import Settings
from tests.services.refund_world import ACCOUNT, Till
from tests.tui.case_world import notices
from tests.tui.conftest import screen_text, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Opens, World


@pytest.mark.slow
async def test_a_stolen_account_is_frozen_by_two_keys_and_gone_through(
    world: World, open_app: Opens, tmp_path: Path
) -> None:
    case_id = world.add(text="Ponsel saya dicuri, ada transaksi bukan saya.")
    till = Till(tmp_path, world.clock, email=f"c{case_id}@example.com")
    desk = Desk(world.database, Settings(), world.clock)
    boss = agents.sign_in(desk, "sari")
    agents.add(desk, boss, login="tono", name="Tono", role=Role.SENIOR)
    theirs, own = till.pays(150_000, days_ago=0.5), till.pays(20_000)
    async with open_app() as pilot:

        async def seen(*texts: str) -> None:
            await until(pilot, lambda: all(text in screen_text(pilot.app) for text in texts))

        def wallet_answers() -> None:
            world.clock.advance(seconds=15)
            asking.ask_due(desk, till.wallet)

        await pilot.press("enter")
        await seen("Ponsel saya dicuri")
        await pilot.press("P")
        await seen("freezes the account at once", "phone lost or stolen")
        await pilot.press("1")
        await seen("freeze the account", "asked, not confirmed yet", "report SR-")
        wallet_answers()
        await seen("● freeze the account", "frozen")
        await pilot.press("j", "enter")
        await seen("… identity challenge")
        wallet_answers()
        wallet_answers()
        await seen("● identity challenge", "● last sign-ins and devices", "transactions: own")
        await pilot.press("o")
        await seen("whose transactions? 2", "Rp150.000", "Rp20.000")
        await pilot.press("d")
        await seen("not theirs")
        await pilot.press("o")
        await seen("0 open, 1 disowned")
        await pilot.press("D")
        await until(pilot, lambda: "1 in dispute" in notices(pilot))
        await pilot.press("escape", *"jjjj", "enter")
        wallet_answers()
        await seen("● disputes about what was disowned", "● sign out every device")
        await pilot.press(*"jjjj", "enter")
        await seen("Open the account again: why")
        await pilot.press(*"it is her", "enter")
        await seen("waits for a second person")
        await pilot.press("y")
        await until(pilot, lambda: "takes a second person" in notices(pilot))
        await pilot.press(*"kk", "c")
        await seen("Laporan Anda tentang akun yang dicuri", "SR-", "^g")
    assert listing.of_case(desk, boss, case_id)[0].transaction == theirs.id != own.id
    book = playbook.required(desk, boss, case_id)
    acting.agree(desk, agents.sign_in(desk, "tono"), book.acts[-1].id)
    asking.ask_due(desk, till.wallet)
    assert till.core.account(ACCOUNT).state == "active"
