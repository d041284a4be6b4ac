"""Walking a guide on a case's page by keys: picking, outcomes, sending, noting, ending; error codes; figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from db.kinds import Channel, ContactKind, Language, Status
from desk.services import guides
from desk.services.desk import Desk
from desk.services.guides import Walk
from desk.services.safety import asking
from desk.settings import Settings
from desk.tui.guides.wording import Wording
from tests.services.refund_world import Till
from tests.tui.case_world import composer_text, is_composing, opened, say, typed
from tests.tui.conftest import LARGE, SMALL, Opens, World, screen_lines, screen_meta, screen_text, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from db.rows import AgentRow
    from desk.tui.case.screen import CaseScreen


def chat(world: World, **values: object) -> int:
    """A case by chat whose customer can be answered there."""
    from db.models import Case, ContactPoint

    case_id = world.add(channel=Channel.CHAT, **values)  # type: ignore[arg-type]
    with world.database.write() as unit:
        customer = unit.session.get_one(Case, case_id).customer_id
        unit.session.add(
            ContactPoint(
                customer_id=customer, kind=ContactKind.HANDLE, provider="", value=f"@c{case_id}",
                folded=f"@c{case_id}", created_at=world.clock(),
            )
        )  # fmt: skip
    return case_id


def at_desk(world: World, login: str) -> tuple[Desk, AgentRow]:
    from desk.services.agents import sign_in

    desk = Desk(world.database, Settings(), world.clock)
    return desk, sign_in(desk, login)


def walk_of(world: World, case_id: int) -> Walk | None:
    desk, sari = at_desk(world, "sari")
    return guides.of_case(desk, sari, case_id)


async def begun(pilot: Pilot[None], case_id: int, name: str) -> CaseScreen:
    screen = await opened(pilot, case_id)
    await pilot.press("W")
    await until(pilot, lambda: f"Guide for #{case_id}" in screen_text(pilot.app))
    await typed(pilot, name)
    await pilot.press("enter")
    await until(pilot, lambda: screen._panel.has_focus and screen._walk is not None)
    return screen


@pytest.mark.slow
async def test_a_guide_of_a_chat_is_walked_to_its_end_by_keys(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    async with open_app(size=SMALL) as pilot:
        screen = await begun(pilot, case_id, "app-problem")
        await until(pilot, lambda: "1. Buka ulang aplikasi" in screen_text(pilot.app))
        said = screen_text(pilot.app)
        assert "1 Berhasil" in said
        assert "Mohon tutup aplikasi" in said
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.detail is not None and len(screen.detail.messages) == 2)
        await until(pilot, lambda: "; sent)" in screen_text(pilot.app))
        assert screen._panel.has_focus
        say(world, case_id, "Belum bisa juga.", channel="chat", told=True)
        await until(pilot, lambda: "Belum bisa juga." in screen_text(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: "2. Periksa jaringan" in screen_text(pilot.app))
        await pilot.press("d")
        await until(pilot, lambda: "Note what the customer said" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: "Data seluler" in screen_text(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: "…: Data seluler" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: "The end: ⏎" in screen_text(pilot.app))
        await pilot.press("b")
        await until(pilot, lambda: "2. Periksa jaringan" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: "The end: ⏎" in screen_text(pilot.app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.detail is not None and screen.detail.case.status is Status.SOLVED)
        await until(pilot, lambda: screen._walk is None and screen.conversation.has_focus)
        assert screen.detail is not None
        assert screen.detail.messages[-1].text.startswith("Kendala aplikasi: lima langkah (app-problem, v1)")


@pytest.mark.slow
async def test_words_of_a_letter_go_through_the_composer_and_are_noted_once_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=LARGE) as pilot:
        screen = await begun(pilot, case_id, "statement")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: is_composing(screen) and "dua belas bulan" in composer_text(screen))
        assert "2 d details" not in screen_text(pilot.app)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen._panel.has_focus and "; sent)" in screen_text(pilot.app))
        walk = walk_of(world, case_id)
        assert walk is not None
        assert walk.run.sent == ("self_service",)


async def test_the_panel_is_open_while_it_has_the_keys_and_closed_otherwise(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    async with open_app(size=SMALL) as pilot:
        screen = await begun(pilot, case_id, "app-problem")
        for _turn in range(3):
            await until(pilot, lambda: "1. Buka ulang aplikasi" in screen_text(pilot.app))
            assert "W goes on" not in screen_text(pilot.app)
            screen.conversation.focus()
            await until(pilot, lambda: "W goes on" in screen_text(pilot.app))
            assert "1. Buka ulang aplikasi" not in screen_text(pilot.app)
            screen._panel.focus()


@pytest.mark.slow
async def test_a_step_that_the_wallet_decides_goes_on_by_itself(world: World, open_app: Opens, tmp_path: Path) -> None:
    case_id = chat(world)
    till = Till(tmp_path, world.clock, email=f"c{case_id}@example.com")
    desk, _sari = at_desk(world, "sari")
    async with open_app(size=SMALL) as pilot:
        await begun(pilot, case_id, "close-account")
        await pilot.press("1")
        await until(pilot, lambda: "The wallet is being asked …  ⏎ asks again" in screen_text(pilot.app))
        asking.ask_due(desk, till.with_faults("timeout_before=1"))
        await until(pilot, lambda: "The wallet does not answer" in screen_text(pilot.app))
        till.core.dial("")
        await pilot.press("enter")
        await until(pilot, lambda: "The wallet does not answer" not in screen_text(pilot.app))
        asking.ask_due(desk, till.wallet)
        await until(pilot, lambda: "Masa tunggu" in screen_text(pilot.app))


@pytest.mark.slow
async def test_a_draft_is_not_lost_to_a_step(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    async with open_app(size=SMALL) as pilot:
        screen = await begun(pilot, case_id, "app-problem")
        await pilot.press("escape", "r")
        await until(pilot, lambda: is_composing(screen))
        await typed(pilot, "sebentar")
        await pilot.press("escape", "W")
        await until(pilot, lambda: screen._panel.has_focus)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: is_composing(screen) and "Mohon tutup" in composer_text(screen))
        assert composer_text(screen).startswith("sebentar")
        assert screen.detail is not None
        assert len(screen.detail.messages) == 1


async def test_who_is_slower_sees_what_the_other_one_recorded(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    desk, rio = at_desk(world, "rio")
    walk = guides.begin(desk, rio, case_id, "app-problem")
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await until(pilot, lambda: "Buka ulang aplikasi  W goes on" in screen_text(pilot.app))
        await pilot.press("W")
        await until(pilot, lambda: screen._panel.has_focus)
        guides.record_outcome(desk, rio, walk.run.id, "did_not", seen=walk.run.version)
        await pilot.press("1")
        await until(pilot, lambda: "2. Periksa jaringan" in screen_text(pilot.app))
        now = walk_of(world, case_id)
        assert now is not None
        assert now.run.step in {"network", "fixed"}  # the key came before the news, or after them


@pytest.mark.slow
async def test_a_stopped_guide_goes_on_at_its_step(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    async with open_app(size=SMALL) as pilot:
        screen = await begun(pilot, case_id, "app-problem")
        await pilot.press("2")
        await until(pilot, lambda: "2. Periksa jaringan" in screen_text(pilot.app))
        await pilot.press("x")
        await until(pilot, lambda: screen._walk is None and "Periksa jaringan" not in screen_text(pilot.app))
        await pilot.press("W")
        await until(pilot, lambda: "Guide for" in screen_text(pilot.app))
        await typed(pilot, "app-problem")
        await pilot.press("enter")
        await until(pilot, lambda: "2. Periksa jaringan" in screen_text(pilot.app))


async def test_the_topic_and_the_code_of_a_case_propose_its_guide(world: World, open_app: Opens) -> None:
    case_id = chat(world, text="Muncul LOG-312 di layar.")
    world.change(case_id, topic_key="statement")
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, case_id)
        await until(pilot, lambda: "⚑ LOG-312" in screen_text(pilot.app))
        await pilot.press("W")
        await until(pilot, lambda: "Guide for" in screen_text(pilot.app))
        listed = [line for line in screen_lines(pilot.app) if "  for " in line]
        assert ["for LOG-312" in listed[0], "for statement" in listed[1]] == [True, True]


@pytest.mark.slow
async def test_a_code_in_a_message_is_shown_with_its_meaning_and_its_next_step(world: World, open_app: Opens) -> None:
    case_id = chat(world, text="Bayar gagal, error 102, pesanan PAY-101-8821")
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await until(pilot, lambda: "⚑ PAY-102" in screen_text(pilot.app))
        assert "PAY-101 " not in screen_text(pilot.app)
        assert "K payment-failed" in screen_text(pilot.app)
        await pilot.press("K")
        await until(pilot, lambda: "walk the guide payment-failed" in screen_text(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: is_composing(screen))
        assert composer_text(screen).startswith("Penjual belum mengonfirmasi pembayaran ini.")
        await pilot.press("escape", "K")
        await until(pilot, lambda: "walk the guide payment-failed" in screen_text(pilot.app))
        await pilot.press("1")
        await until(pilot, lambda: screen._walk is not None and screen._panel.has_focus)


async def test_help_shows_the_keys_of_the_guide_while_it_is_walked(world: World, open_app: Opens) -> None:
    case_id = chat(world)
    async with open_app(size=LARGE) as pilot:
        await begun(pilot, case_id, "app-problem")
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys: walking a guide" in screen_text(pilot.app))
        assert "Record what came of the step" in screen_text(pilot.app)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_supervisor_sees_how_far_customers_come(world: World, open_app: Opens, size: tuple[int, int]) -> None:
    case_id = chat(world)
    desk, sari = at_desk(world, "sari")
    walk = guides.begin(desk, sari, case_id, "account-stolen")
    guides.record_outcome(desk, sari, walk.run.id, "frozen", seen=walk.run.version)
    async with open_app(size=size) as pilot:
        await pilot.press("C", "W")
        await until(pilot, lambda: "1 case began it" in screen_text(pilot.app))
        said = screen_text(pilot.app)
        assert "Akun dicuri" in said
        assert "Akun dibekukan 1" in said
        await pilot.press("tab")
        await until(pilot, lambda: "Nobody began it" in screen_text(pilot.app))
        await pilot.press("left_square_bracket", "escape")
        await until(pilot, lambda: "Nobody began it" not in screen_text(pilot.app))


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_hostile_words_stay_words_in_a_guide(world: World, open_app: Opens, size: tuple[int, int]) -> None:
    from tests import attacks
    from tests.hostile.attacks import ACTING, OWN

    corpus = [attacks.payload(line).decode("utf-8", "replace") for line in attacks.lines(archives=False)]
    harmful = [*OWN.values(), *corpus]
    case_id = chat(world, name=OWN["markup"], subject=OWN["escape"], text=f"PAY-102 {OWN['bidi']}")
    desk, sari = at_desk(world, "sari")
    walk = guides.begin(desk, sari, case_id, "app-problem")
    async with open_app(size=size) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("W")
        await until(pilot, lambda: screen._panel.has_focus)
        for text in harmful:
            noted = {"device": text[:4_000], "network": text[:200]}
            with_text = replace(walk.run, collected=noted, agent_name=text[:300])
            screen._panel.show(Walk(with_text, walk.guide), Wording(text[:20_000], Language.ENGLISH, text[:80]))
            await pilot.pause()
            lines = screen_lines(pilot.app)
            assert len(lines) == size[1]
            assert not ACTING.search("".join(lines)), ascii(text[:80])
            assert screen_meta(pilot.app) == [] or all("@click" not in meta for meta in screen_meta(pilot.app))
        await pilot.press("escape", "K")
        await until(pilot, lambda: "walk the guide" in screen_text(pilot.app))
        await pilot.press("3")
        assert not ACTING.search(screen_text(pilot.app).replace("\n", ""))
