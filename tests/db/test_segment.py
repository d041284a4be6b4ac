"""How text is cut into the words that search stores and looks for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.segment import (
    GAP,
    PLACES,
    REPEATS,
    SENDER,
    TAIL,
    TERMS_BYTES,
    WORD_LENGTH,
    Phrase,
    document_terms,
    extended_terms,
    joined_numbers,
    phrase,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Saldo TERPOTONG, #1042!", "saldo terpotong 1042"),
        ("Café Ünï İstanbul ﬁ ﬁ", "cafe uni istanbul fi fi"),
        ("re\u200bfund a\u00adb\u00adc \u202eabc\u202c x\U000e0041y n\x00ul", "refund abc abc xy nul"),
        ("申请退款", "申请 请退 退款 款"),
        ("款", "款"),
        ("退款100元refund", "退款 款 100 元 refund"),
        ("한국어 안녕", "한국 국어 어 안녕 녕"),
        ("ｶﾞｷ カ\u3099", "ガキ キ ガ"),
        ("مُحَمَّد ٠٨١٢", "محمد 0812"),
        ("हिन्दी", "हिन्दी"),
        ("budi.s+shop@example.com", "budi s shop example com"),
        ("\ud800 \ufffe ¶ ¤ — …", ""),
    ],
)
def test_words_are_letters_and_digits_in_one_spelling(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_of_a_very_long_word_the_beginning_is_kept() -> None:
    assert words("x" * 10_000 + " y") == ["x" * WORD_LENGTH, "y"]


def test_a_phrase_ends_before_the_lone_sign_that_may_have_a_neighbour() -> None:
    assert phrase("请退款", open_end=False) == Phrase(("请退", "退款"))
    assert phrase("退款 refund", open_end=True) == Phrase(("退款", "款", "refund"), open=True)
    assert phrase("款", open_end=False) == Phrase(("款",), open=True)
    assert phrase("— !", open_end=True) is None


def test_numbers_are_also_kept_without_their_separators() -> None:
    assert joined_numbers("telp +62 812-3456-7890, 0812 3456 7890") == ["6281234567890"]
    assert joined_numbers("Rp1.250.000 1,250,000.50 2026-11-23 12:30 v1.2.3") == ["1250000"]


def test_parts_are_kept_apart() -> None:
    assert document_terms("saldo", "", "hilang") == f"saldo {GAP} hilang {GAP}"


def test_senders_have_words_of_their_own_and_stand_once() -> None:
    terms = document_terms("halo", senders=["Budi S"])
    assert f"{SENDER}budi {SENDER}s {GAP} budi s" in terms
    assert extended_terms(terms, senders=["budi s"]) == terms


def test_a_text_added_later_stands_as_if_it_had_been_there() -> None:
    assert extended_terms(document_terms("a b"), "c 退款") == document_terms("a b", "c 退款")


def test_a_word_said_too_often_stands_in_order_only_as_often_as_both_engines_can_hold() -> None:
    assert document_terms("ya " * 1000).split().count("ya") == REPEATS


def test_of_a_very_long_case_every_different_word_is_kept_up_to_a_limit() -> None:
    text = " ".join(f"w{number % 30_000}" for number in range(60_000))
    terms = document_terms(text, "zzz").split()
    assert terms[PLACES] == GAP
    assert len(terms) == PLACES + 2 * TAIL
    assert len(set(terms)) == PLACES + TAIL + 1


@given(st.lists(st.text(max_size=60), max_size=5))
def test_terms_are_words_gaps_and_spaces_only(parts: list[str]) -> None:
    terms = document_terms(*parts)
    terms.encode()
    assert all(word == GAP or all(sign.isalnum() or ord(sign) > 127 for sign in word) for word in terms.split())
    assert terms == " ".join(terms.split())
    assert terms == terms.lower()


@given(st.text(alphabet=st.characters(exclude_categories=["Lo"]), max_size=60))
def test_cutting_words_again_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(alphabet="退款申请a1 \u200b", max_size=12), st.text(alphabet="退款a1 ", max_size=6))
def test_what_stands_in_a_text_is_found_in_its_words(text: str, more: str) -> None:
    sought = phrase(text, open_end=False)
    if sought is None:
        return
    stored, count = words(more + text + more), len(sought.words)
    rows = [tuple(stored[at : at + count]) for at in range(len(stored) - count + 1)]
    glued = any(sign.isascii() and sign.isalnum() for sign in (more[-1:], more[:1]))
    whole = any(row == sought.words for row in rows)
    begun = sought.open and any(row[:-1] == sought.words[:-1] and row[-1].startswith(sought.words[-1]) for row in rows)
    assert whole or begun or glued


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0316" * 100_000,
        "ก" + "\u0e38\u0e48" * 100_000,
        "\u202e" * 200_000,
        "+62 " * 50_000,
        "+62" + " " * 200_000,
        "1.000" * 40_000,
        "(" * 200_000,
        "退款" * 100_000,
        "\ufdfa" * 200_000,
        "x" * 5_000_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    terms = document_terms(text)
    assert time.process_time() - started < 2
    assert len(terms.encode()) <= TERMS_BYTES
