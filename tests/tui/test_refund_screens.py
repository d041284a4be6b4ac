"""Refunds by keys at 80x24: opened on a case, shown on its card, and worked on in their lanes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from db.kinds import DraftKind, EventKind
from db.kinds_refunds import RefundState
from db.rows import EventRow
from desk.rules.refunds import life
from desk.services import agents, drafts, wallets
from desk.services.desk import Desk
from desk.services.refunds import listing
from desk.settings import Settings
from desk.tui.case.event_words import event_words
from tests.clock import START
from tests.services.acting import mail, receive
from tests.services.refund_world import Till
from tests.tui.case_world import notices
from tests.tui.conftest import screen_text, until

if TYPE_CHECKING:
    from pathlib import Path

    from desk.wallet.port import Wallet
    from tests.tui.conftest import Opens, World


def test_every_step_that_somebody_takes_has_words_in_the_history() -> None:
    for edge in life.EDGES:
        for by in edge.by:
            data = {"refund": 3, "act": edge.act, "by": by.value, "said": "[b]x", "after": {"amount": 15_000_000}}
            told = event_words(EventRow(1, START, EventKind.REFUND_STEP.value, None, 1, data))
            assert told.startswith("refund 3: ")
            assert "went on" not in told, (edge.act, by)


@pytest.mark.slow
async def test_a_refund_is_opened_by_one_key_and_found_in_its_lane(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.add(text="Bayar Rp 150.000 di Toko Maju, barang belum sampai.")
    till = Till(tmp_path, world.clock, email=f"c{case_id}@example.com")
    monkeypatch.setattr(wallets, "wallet_of", lambda _desk: till.wallet)
    till.pays(99_000, days_ago=0.5)
    till.pays(150_000)
    async with open_app() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Toko Maju" in screen_text(pilot.app))
        await pilot.press("dollar_sign")
        for step, key, seen in (
            (1, "1", "Rp150.000"), (2, "enter", "not received"), (3, "enter", "how much of Rp150.000"),
            (5, "1", "customer is told"),
        ):  # fmt: skip
            await until(pilot, lambda step=step: f"{step} of 5" in screen_text(pilot.app))
            assert seen in screen_text(pilot.app)
            await pilot.press(key)
        await until(pilot, lambda: "with merchant" in notices(pilot))
        await pilot.press("v")
        await until(pilot, lambda: "●◐○○○ with merchant until" in screen_text(pilot.app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "All 1" in screen_text(pilot.app) or "All 0" in screen_text(pilot.app))
        await pilot.press("dollar_sign")
        await until(pilot, lambda: "Rp150.000  Toko Maju" in screen_text(pilot.app))
        await pilot.press("m")
        await until(pilot, lambda: "refund@toko-maju.example" in screen_text(pilot.app))
        assert "evidence for not as described" in " ".join(screen_text(pilot.app).split())
        assert "Rp150.000  Toko Maju" in screen_text(pilot.app)
        await pilot.press("escape", "C")
        await until(pilot, lambda: "as the customer reads it" in screen_text(pilot.app))
        await pilot.press(*"done", "enter")
        await until(pilot, lambda: "No refund waits here" in screen_text(pilot.app))
    desk = Desk(world.database, Settings(), world.clock)
    assert listing.show(desk, agents.sign_in(desk, "sari"), 1).refund.state is RefundState.CANCELLED


@pytest.mark.slow
async def test_files_are_chosen_by_their_number_and_late_merchants_are_reminded_after_a_look(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (("bukti.jpg", b"x"), ("ktp.jpg", b"y"))
    letter = mail(sender="c1@example.com", text="Barang dari Toko Maju rusak, Rp 150.000.", files=files)
    receive(Desk(world.database, Settings(), world.clock), letter)
    till = Till(tmp_path, world.clock, email="c1@example.com")
    monkeypatch.setattr(wallets, "wallet_of", lambda _desk: till.wallet)
    till.pays(150_000)
    async with open_app() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Toko Maju" in screen_text(pilot.app))
        await pilot.press("dollar_sign")
        for step, key in ((1, "1"), (2, "enter"), (3, "enter")):
            await until(pilot, lambda step=step: f"{step} of 5" in screen_text(pilot.app))
            await pilot.press(key)
        await until(pilot, lambda: "1 [x] bukti.jpg" in screen_text(pilot.app))  # what is not as described needs them
        await pilot.press("2", "enter")
        await until(pilot, lambda: "customer is told" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: "with merchant" in notices(pilot))
        world.clock.advance(hours=22)
        await pilot.press("escape", "dollar_sign")
        await until(pilot, lambda: "files: bukti.jpg" in screen_text(pilot.app))
        assert "ktp.jpg" not in screen_text(pilot.app)
        await pilot.press("R")
        await until(pilot, lambda: "[x] Toko Maju  1 refund" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "1 reminder sent" in notices(pilot))


async def test_sending_an_answer_about_a_refund_opens_it_first(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.add(text="Bayar Rp 150.000 di Toko Maju, barang belum sampai.")
    till = Till(tmp_path, world.clock, email=f"c{case_id}@example.com")
    monkeypatch.setattr(wallets, "wallet_of", lambda _desk: till.wallet)
    till.pays(150_000)
    desk = Desk(world.database, Settings(), world.clock)
    me = agents.sign_in(desk, "sari")
    drafts.save(desk, me, case_id, DraftKind.REPLY, "We ask for it now.", answers=("refund.sent@1:en",))
    async with open_app() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Toko Maju" in screen_text(pilot.app))
        await pilot.press("r")
        await until(pilot, lambda: "We ask for it now." in screen_text(pilot.app))
        await pilot.press("ctrl+enter")
        for step, key in ((1, "1"), (2, "enter"), (3, "enter"), (5, "2")):
            await until(pilot, lambda step=step: f"{step} of 5" in screen_text(pilot.app))
            await pilot.press(key)
        await until(pilot, lambda: "draft" in notices(pilot))
        assert listing.of_case(desk, me, case_id)[0].state is RefundState.DRAFT
        await pilot.press("ctrl+enter")
        await until(pilot, lambda: listing.of_case(desk, me, case_id)[0].state is not RefundState.DRAFT)


async def test_nobody_waits_for_a_wallet_that_takes_its_time(
    world: World, open_app: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.add(text="Bayar Rp 150.000 di Toko Maju.")
    till = Till(tmp_path, world.clock, email=f"c{case_id}@example.com")
    till.pays(150_000)
    answers = threading.Event()

    def slow_wallet(_desk: Desk) -> Wallet:
        assert answers.wait(30)
        return till.wallet

    monkeypatch.setattr(wallets, "wallet_of", slow_wallet)
    async with open_app() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Toko Maju" in screen_text(pilot.app))
        await pilot.press("dollar_sign")
        await until(pilot, lambda: "Asking the wallet" in notices(pilot))
        await pilot.press("i")
        await until(pilot, lambda: "NOTE" in screen_text(pilot.app))  # other work goes on
        await pilot.press(*"12")
        answers.set()
        await until(pilot, lambda: "$ on its page shows them" in notices(pilot))
        assert "1 of 5" not in screen_text(pilot.app)
        assert "12" in screen_text(pilot.app)
        await pilot.press("escape", "dollar_sign")
        await until(pilot, lambda: "1 of 5" in screen_text(pilot.app))
