"""Strangers' text on screens: nothing acts, nothing is lost from sight, honest text stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from desk.tui import format as form
from desk.tui import safety
from tests import attacks as corpus
from tests.tui.conftest import MIDDLE, Opens, World, screen_lines, screen_meta, screen_text, until

HONEST = (
    "[EXTERNAL] invoice [/b] [1]",
    "محمد عبد الله كتب",
    "می‌خواهم",
    "שלום עולם",
    "👨‍👩‍👧 family ❤️ 🏳️‍🌈 👍🏽 🇮🇩 1️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag",
    "D’Angelo O'Brien <x@example.com> +62 812",
    "Nguyễn Văn Ấn, Zoë, naïve",
    "สวัสดีครับ นี่",
    "हिन्दी क्‍ष",
    "付款失败，但已扣款！",
    "ᠮᠣᠩᠭᠣᠯ ᠤᠨ᠋",
    'if (a < b) { return "x"; }  # code',
)
HARMFUL = (
    "\x1b]0;owned\x07title",
    "\x1b[2J\x1b[H cleared",
    "\x9b31m C1",
    "a\u202egnp.exe",
    "x\u2066y\u2069z",
    "zero\u200bwidth\u2060joined",
    "\x00nul\x7f",
    "e" + "\u0301" * 5000,
    "\ud800 lone",
    "\u3164",
    "tag\U000e0041\U000e0042",
    "line\nbreak\rback\x0bdown\u2028sep",
    "[@click=app.bell]click[/]",
    "x[/]",
    "[link=https://evil.example]here[/link]",
    "W" * 10_000,
    "漢" * 10_000,
)
NEVER = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029}


def attacks() -> Iterator[tuple[str, str]]:
    """The beginning of every text of the corpus with its id, where the corpus is."""
    for line in corpus.lines(archives=False):
        yield line["id"], corpus.payload(line).decode("utf-8", "replace")[:20_000]


def acting(text: str) -> set[str]:
    return {hex(ord(character)) for character in text if ord(character) in NEVER or 0xD800 <= ord(character) < 0xE000}


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert safety.line(text) == text
    assert safety.block(text) == text


@pytest.mark.parametrize("text", HARMFUL, ids=ascii)
def test_nothing_harmful_gets_through(text: str) -> None:
    assert acting(safety.line(text)) == set()
    assert acting(safety.block(text).replace("\n", "")) == set()


def test_what_is_invisible_gets_a_mark() -> None:
    assert safety.line("a\u202eb") == "a⟨RLO⟩b"
    assert safety.line("a\u200bb") == "a⟨ZWSP⟩b"
    assert safety.line("a\u200db") == "a⟨ZWJ⟩b"
    assert safety.line("\x1b[31m") == "␛[31m"
    assert safety.line("\u3164") == "⟨HF⟩"


def test_a_flood_of_marks_ends_after_a_few() -> None:
    assert len(safety.line("e" + "\u0301" * 5000)) < 20


def test_brackets_are_never_markup() -> None:
    content = safety.shown("[@click=app.bell]x[/]")
    assert content.plain == "[@click=app.bell]x[/]"
    assert content.spans == []


def test_every_attack_of_the_corpus_is_disarmed_in_time() -> None:
    for name, text in attacks():
        begun = time.process_time()
        line, block = safety.line(text), safety.block(text)
        assert acting(line) == set(), name
        assert acting(block.replace("\n", "")) == set(), name
        assert time.process_time() - begun < 1, name


@given(st.text(), st.integers(1, 60))
def test_a_field_takes_exactly_its_cells(text: str, width: int) -> None:
    shown = safety.line(text)
    assert cell_len(form.fit(shown, width)) == width
    assert cell_len(form.middle(shown, width)) <= width


@given(st.text())
def test_nothing_acts_after_any_text(text: str) -> None:
    assert acting(safety.line(text)) == set()


@pytest.mark.slow
async def test_hostile_cases_show_on_the_queue_and_act_nowhere(world: World, open_app: Opens) -> None:
    texts = list(HARMFUL) + [text for _, text in attacks()][::8]
    stored = [text.encode("utf-8", "replace").decode()[:900].replace("\x00", "") for text in texts]
    for number, text in enumerate(stored):
        world.add(due=timedelta(minutes=number), name=text[:190] or "–", subject=text, text=text * 3)
    async with open_app(size=MIDDLE, notices=True) as pilot:
        for _ in range(len(stored)):
            await until(pilot, lambda: "@example.com" in screen_text(pilot.app))
            for line in screen_lines(pilot.app):
                assert acting(line) == set(), ascii(line)
                assert cell_len(line) == MIDDLE[0]
            assert not [meta for meta in screen_meta(pilot.app) if "@click" in meta]
            await pilot.press("j")


async def test_a_hostile_notice_is_only_text(world: World, open_app: Opens) -> None:
    async with open_app(notices=True) as pilot:
        pilot.app.notify("[@click=app.bell]x[/] \x1b]52;c;aGk=\x07 \u202eabc", title="[b]t[/]", timeout=30)
        await until(pilot, lambda: "⟨RLO⟩abc" in screen_text(pilot.app))
        assert "[@click=app.bell]x[/]" in screen_text(pilot.app)
        assert acting(screen_text(pilot.app).replace("\n", "")) == set()
        assert not [meta for meta in screen_meta(pilot.app) if "@click" in meta]


def test_the_last_net_catches_what_a_widget_let_through() -> None:
    from rich.segment import Segment
    from textual.color import Color

    caught = safety.LastNet().apply([Segment("a\x1b[2Jb\u202ec")], Color(0, 0, 0))
    assert acting("".join(segment.text for segment in caught)) == set()


def test_every_character_that_nobody_sees_is_marked_in_a_line() -> None:
    from db.folding import is_invisible

    hieroglyphs = range(0x13430, 0x13440)  # they place the signs around them
    codes = [code for code in range(0x110000) if is_invisible(chr(code)) and code not in hieroglyphs]

    assert [hex(code) for code in codes if chr(code) in safety.line(f"a{chr(code)}b")] == []
    assert [hex(code) for code in codes if chr(code) in safety.line(chr(code))] == []
