"""In which language a short text is written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Language
from desk.rules.language import detect, identify

INDONESIAN = [
    "saldo gopay ilang 50rb",
    "udah seminggu ga ada kabar",
    "Transfer pending terus nih",
    "min tolong cek dong",
    "payah",
    "Kenapa payment saya declined padahal balance cukup",
    "CS nya slow respon bgt",
    "Pesanan saya dicancel sepihak",
    "app nya error",
]
ENGLISH = [
    "Where is my money",
    "top up failed",
    "my card isn't working",
    "Still waiting for the refund",
    "Can you help?",
]
CHINESE = ["退款", "我的APP打不开", "iPhone11能用吗", "還沒收到", "差评！！"]


@pytest.mark.parametrize(
    ("text", "language"),
    [(t, Language.INDONESIAN) for t in INDONESIAN]
    + [(t, Language.ENGLISH) for t in ENGLISH]
    + [(t, Language.CHINESE) for t in CHINESE]
    + [("返金はいつですか", Language.OTHER), ("Где мои деньги?", Language.OTHER)],
)
def test_the_languages_of_the_desk_are_told_slang_and_all(text: str, language: Language) -> None:
    assert detect(text).language is language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ich habe mein Konto gesperrt, bitte helfen Sie mir.", "de"),
        ("Où est mon argent, s'il vous plaît ?", "fr"),
        ("Waar blijft mijn geld?", "nl"),
        ("Gdzie są moje pieniądze?", "pl"),
        ("¿Dónde está mi dinero?", "es"),
        ("내 돈은 어디에", "ko"),
        ("เงินของฉันอยู่ที่ไหน", "th"),
        ("Де мої гроші?", "uk"),
        ("أين أموالي", "ar"),
        ("איפה הכסף שלי", "he"),
    ],
)
def test_other_languages_of_mail_are_named(text: str, code: str) -> None:
    assert identify(text)[0] == code


@pytest.mark.parametrize("text", ["ok", "", "123", "👍", "https://wallet.example/x"])
def test_a_text_too_short_to_tell_inherits_the_language_around_it(text: str) -> None:
    assert detect(text, default=Language.CHINESE).language is Language.CHINESE
    assert detect(text).certainty < 0.5


@given(st.text(max_size=300))
def test_any_text_has_a_language_and_a_certainty(text: str) -> None:
    found = detect(text)
    assert 0 <= found.certainty <= 1


def test_a_text_takes_less_than_a_millisecond() -> None:
    text = "saya mau transfer uang ke rekening tapi gagal terus, kenapa ya kak? " * 4
    detect(text)
    begin = time.process_time()
    for _ in range(200):
        detect(text)
    assert time.process_time() - begin < 0.2


@pytest.mark.parametrize("text", ["cant login", "dont work", "it wont open", "didnt arrive"])
def test_english_without_its_apostrophes_is_english(text: str) -> None:
    assert detect(text).language is Language.ENGLISH
