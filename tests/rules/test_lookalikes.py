"""Look-alikes: what is not what it seems is marked, and honest writing in any script is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.lookalikes import mark, marks_in

HONEST = [
    "budi@example.com", "Budi Santoso", "D'Angelo O’Brien", "Łukasz Żółć", "Đặng Thị Hoa", "Müller-Straße", "",
    "محمد عبد الله", "محمد Ali", "שלום כהן", "王小明", "王小明 (Ming)", "iPhone用户", "東京タワーカフェ", "小明。",
    "ソニーSony銀行", "你好。世界", "김민수", "LG전자", "Иван Петров", "Иван Petrov", "Роса", "оса", "Mr. Д. Иванов",
    "Ελένη Παπαδοπούλου", "Сосна Сара", "देवी लक्ष्मी", "สมชาย", "👨‍👩‍👧 family", "ꦲꦏ꧀ꦱꦫ", "用户@例子.广告",
    "иван@почта.рф", "сосна@почта.рф", "info@münchen.de", "support@exarnple.com", "ｗａｌｌｅｔ用户",
    "№5 “Ω-Consult”", "@", "@.", "a@", "a@mu\u0308nchen.de",
]  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_honest_writing_is_not_marked(text: str) -> None:
    assert mark(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("раypal@example.com", "⚠ mixed letters: ра (Cyrillic)"),
        ("support@pаypal.com", "⚠ mixed letters: а (Cyrillic), xn--pypal-4ve.com"),
        ("pаypal.com", "⚠ mixed letters: а (Cyrillic), xn--pypal-4ve.com"),
        ("support@xn--pypal-4ve.com", "⚠ mixed letters: а (Cyrillic), pаypal.com"),
        ("ann@XN--mnchen-3ya.de", "⚠ münchen.de"),
        ("ann@xn--80ak6aa92e.com", "⚠ all letters of аррӏе are Cyrillic, аррӏе.com"),
        ("ann@аррӏе.com", "⚠ all letters of аррӏе are Cyrillic, xn--80ak6aa92e.com"),
        ("ｅｖｉｌ.example。com", "⚠ evil.example.com"),
        ("ann@ｅｖｉｌ.example", "⚠ evil.example"),
        ("Bаnk Support", "⚠ mixed letters: а (Cyrillic)"),
        ("Wαllet", "⚠ mixed letters: α (Greek)"),
        ("ann@𝗉𝖺𝗒.com", "⚠ pay.com"),
        ("客服раypal@example.com", "⚠ mixed letters: ра (Cyrillic)"),
        ("a@xn--a-pin.com", "⚠ ⟨RLO⟩a.com"),
        ("Αдмин", "⚠ mixed letters: Α (Greek)"),
    ],
)
def test_what_is_not_what_it_seems_is_marked_with_the_form_that_differs(text: str, said: str) -> None:
    assert mark(text) == said


@pytest.mark.parametrize("label", ["xn--", "xn--\u00e4", "xn--99999999999999", "xn--a.b..c", "\ud800.com", "a" * 300])
def test_a_host_that_cannot_be_decoded_fails_nothing(label: str) -> None:
    assert isinstance(mark(f"a@{label}"), str)


def test_links_and_addresses_in_a_text_are_marked_once_each() -> None:
    text = "请看 http://pаypal.com/登录 和 http://pаypal.com/x, mail раypal@example.com or gооgle.com. Честно."

    assert marks_in(text) == [
        "pаypal.com ⚠ mixed letters: а (Cyrillic), xn--pypal-4ve.com",
        "раypal@example.com ⚠ mixed letters: ра (Cyrillic)",
        "gооgle.com ⚠ mixed letters: о (Cyrillic), xn--ggle-55da.com",
    ]


def test_a_wide_link_is_marked() -> None:
    assert marks_in("http://ｅｖｉｌ.example。com") == ["ｅｖｉｌ.example。com ⚠ evil.example.com"]


@pytest.mark.parametrize(
    "text",
    [
        "请访问 https://example.com。App 里也有，Ωmega",
        "1.请重启手机 2.更新App。谢谢，v2.0版本 Ж",
        "см.README.md и example.com.",
        "https://ru.example.org/Москва?x=а https://www.例子.cn/页",
        "Halo, lihat https://example.com/a(b). Ж",
        "写信给 a@example.com，谢谢，Ωmega",
        "写信给a@example.com Ж",
    ],
)
def test_honest_links_are_not_marked(text: str) -> None:
    assert marks_in(text) == []


@given(st.text(alphabet=st.characters(), max_size=200))
def test_nothing_fails_it(text: str) -> None:
    assert isinstance(mark(text), str)
    assert len(marks_in(text)) <= 3


@pytest.mark.parametrize(
    "text", ["a." * 50_000 + "я", "ж@" * 50_000, "http://ж" * 20_000, "ж-" * 50_000, "a@b." * 30_000 + "я"]
)
def test_it_takes_time_in_proportion_to_the_text(text: str) -> None:
    begun = time.process_time()
    marks_in(text)
    assert time.process_time() - begun < 2
