"""Text from outside: no control byte survives unseen, and nothing else is touched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.text import clean_line, clean_text, is_blank

HONEST = ["Halo [promo] 50%", "退款！", "مرحبا بكم", "👨‍👩‍👧 family", "naïve", "x[/] [@click=app.quit]", "a\tb"]
ANYTHING = st.text(alphabet=st.characters())


def controls(text: str, kept: str = "") -> list[str]:
    return [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs"} and sign not in kept]


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@given(ANYTHING)
def test_no_control_byte_survives_in_a_text(text: str) -> None:
    assert controls(clean_text(text), "\n\t") == []
    assert clean_text(clean_text(text)) == clean_text(text)


@given(ANYTHING, st.integers(1, 50))
def test_a_line_is_one_line_of_bounded_length(text: str, limit: int) -> None:
    line = clean_line(text, limit)

    assert controls(line) == []
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_controls_are_shown_as_pictures() -> None:
    assert clean_text("a\x1b[2Jb\0\x7f\x9b") == "a␛[2Jb␀␡\\x9b"


def test_line_ends_of_every_kind_are_one() -> None:
    assert clean_text("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\u200d", "\u202e", "\u3000", "\u0301"])
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " . ", "退", "👍", "\u200ba"])
def test_what_can_be_seen_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("name", ["\u2800", " \u200b\u3164", "\U0001d173", "\u17b4\u17b5", "\u180e\u034f"])
def test_an_invisible_name_is_not_a_name(name: str) -> None:
    assert is_blank(name)
    assert not is_blank(name + "王")
