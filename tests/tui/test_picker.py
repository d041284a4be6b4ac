"""Picking a canned answer, by keys."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from db.kinds import Channel, Language
from db.rows import AnswerRow, AnswerTextRow
from desk.tui.answers.listing import AnswerList
from desk.tui.answers.picker import AnswerPicker
from desk.tui.answers.ranking import entries, ranked
from tests.tui.case_world import composer_text, is_composing, notices, opened, typed
from tests.tui.conftest import SMALL, Opens, World, screen_text, until

ID, EN, ZH = Language.INDONESIAN, Language.ENGLISH, Language.CHINESE


def an_answer(key: str, *, channels: tuple[str, ...] = (), **titles: str) -> AnswerRow:
    texts = {Language(name): AnswerTextRow(title, f"Isi {key}") for name, title in titles.items()}
    return AnswerRow(key, 1, None, channels, {}, texts)


CATALOGUE = (
    an_answer("payment-failed.double", id="Pembayaran terpotong dua kali", en="Payment charged twice"),
    an_answer("refund.how-to", id="Cara mengajukan pengembalian dana", en="How to request a refund", zh="如何申请退款"),
    an_answer("statement.request", en="Request a statement"),
    an_answer("phone.script", channels=("phone",), id="Naskah telepon"),
)


def found(query: str, language: Language = ID) -> list[str]:
    return [entry.answer.key for entry in ranked(entries(CATALOGUE, Channel.CHAT, language, EN), query)]


def test_answers_of_the_channel_and_language_come_first() -> None:
    assert found("") == ["payment-failed.double", "refund.how-to", "statement.request", "phone.script"]


def test_title_text_and_key_are_searched_in_any_language_with_slips_of_the_fingers() -> None:
    assert found("terpotong")[0] == "payment-failed.double"
    assert found("dobel")[0] == "payment-failed.double"
    assert found("charged twice") == ["payment-failed.double"]
    assert found("pengembalain")[0] == "refund.how-to"
    assert found("退款", ZH) == ["refund.how-to"]
    assert found("pfd")[:1] == ["payment-failed.double"]
    assert found("xyzzy") == []


def test_a_fallback_language_is_visible() -> None:
    listing = AnswerList()
    shown = entries(CATALOGUE, Channel.CHAT, ID, EN)
    listing.show(shown, ID)
    remarks = {entry.answer.key: listing._remark(entry) for entry in shown}
    assert remarks["statement.request"] == "(en: no id text)"
    assert remarks["phone.script"] == "(for phone)"
    assert remarks["refund.how-to"] == ""


def test_answers_of_the_cases_topic_stand_above_others() -> None:
    catalogue = (*CATALOGUE, replace(CATALOGUE[1], key="zz.topic", topic_key="refund"))
    assert entries(catalogue, Channel.CHAT, ID, EN, "refund")[0].answer.key == "zz.topic"


async def picking(pilot: Any, case_id: int) -> tuple[Any, AnswerPicker]:
    screen = await opened(pilot, case_id)
    await pilot.press("c")
    await until(pilot, lambda: isinstance(pilot.app.screen, AnswerPicker) and "account.close" in screen_text(pilot.app))
    picker = pilot.app.screen
    assert isinstance(picker, AnswerPicker)
    return screen, picker


@pytest.mark.slow
async def test_enter_inserts_an_answer_with_the_customers_name(world: World, open_app: Opens) -> None:
    case_id = world.add(name="Budi Santoso")
    async with open_app(size=SMALL) as pilot:
        screen, _ = await picking(pilot, case_id)
        await typed(pilot, "lima langkah")
        await until(pilot, lambda: "Halo Budi Santoso," in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: is_composing(screen) and "Halo Budi Santoso," in composer_text(screen))
        assert "Sari Dewi" in composer_text(screen)
        assert "{" not in composer_text(screen)


@pytest.mark.slow
async def test_what_is_missing_is_asked_for_before_an_answer_is_inserted(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen, picker = await picking(pilot, case_id)
        await typed(pilot, "dobel")
        await until(pilot, lambda: "Nama penjual" in screen_text(pilot.app))
        await pilot.press("enter")
        assert pilot.app.screen is picker
        await typed(pilot, "Toko Maju")
        await pilot.press("tab")
        await typed(pilot, "Rp150.000")
        await pilot.press("enter")
        await typed(pilot, "kemarin")
        await until(pilot, lambda: "pembayaran ke Toko Maju sebesar Rp150.000" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "ke Toko Maju sebesar Rp150.000 pada kemarin" in composer_text(screen))


@pytest.mark.slow
async def test_a_copy_keeps_its_variables_open_and_cannot_be_sent(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen, _ = await picking(pilot, case_id)
        await typed(pilot, "dobel")
        await until(pilot, lambda: "Nama penjual" in screen_text(pilot.app))
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "{merchant}" in composer_text(screen))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Still open in the text: merchant, amount" in notices(pilot))
        assert screen._composer._writing.selected_text == "{merchant}"


@pytest.mark.slow
async def test_a_customer_cannot_write_our_templates(world: World, open_app: Opens) -> None:
    case_id = world.add(name="{agent.name}{{x}}", subject="{merchant}")
    async with open_app(size=SMALL) as pilot:
        screen, _ = await picking(pilot, case_id)
        await typed(pilot, "lima langkah")
        await until(pilot, lambda: "Halo (agent.name){(x)}," in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: composer_text(screen).startswith("Halo (agent.name){(x)},"))


async def test_the_customers_language_comes_first_and_a_key_shows_others(world: World, open_app: Opens) -> None:
    case_id = world.add(language=Language.CHINESE)
    async with open_app(size=SMALL) as pilot:
        await picking(pilot, case_id)
        assert "e-mail · zh" in screen_text(pilot.app)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "e-mail · id" in screen_text(pilot.app))


async def test_ctrl_l_in_the_composer_picks_too_and_c_types_a_c(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("r")
        await until(pilot, lambda: is_composing(screen))
        await pilot.press("c")
        assert composer_text(screen) == "c"
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerPicker))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert composer_text(screen) == "c"
