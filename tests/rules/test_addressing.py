"""How a case is named in mail and recognised again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk.rules.addressing import NamedCase, named_cases, reply_address, reply_subject, signature

KEY = b"a key of the tests"
TOKEN = f"[#7-{signature(7, KEY)}]"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("My payment failed", f"Re: My payment failed {TOKEN}"),
        ("Re: My payment failed", f"Re: My payment failed {TOKEN}"),
        ("AW: Zahlung", f"AW: Zahlung {TOKEN}"),
        ("回复：付款失败", f"回复：付款失败 {TOKEN}"),
        ("Re: My payment [#7] failed", f"Re: My payment  failed {TOKEN}"),
        (f"Re: failed {TOKEN}", f"Re: failed {TOKEN}"),
        ("Re: failed [#7-aaaaaaaa]", f"Re: failed {TOKEN}"),
        ("about [#8]", f"Re: about [#8] {TOKEN}"),
        ("", f"Re:  {TOKEN}"),
    ],
)
def test_an_answer_has_one_mark_and_one_token(subject: str, expected: str) -> None:
    assert reply_subject(subject, 7, KEY) == expected


def test_a_long_subject_keeps_its_token_within_a_line() -> None:
    subject = reply_subject("x" * 2000, 7, KEY)

    assert subject.endswith(f" {TOKEN}")
    assert len(subject) <= 998


@given(some.integers(1, 10**18 - 1), some.binary(min_size=1, max_size=64))
def test_what_we_wrote_is_recognised_as_ours_however_its_letters_came_back(case_id: int, key: bytes) -> None:
    in_subject = named_cases(reply_subject("help", case_id, key).upper(), [])
    in_address = named_cases("", [reply_address("support@example.com", case_id, key).upper()])

    assert [each.number for each in (*in_subject, *in_address)] == [case_id, case_id]
    assert all(each.is_ours(key) for each in (*in_subject, *in_address))


@given(some.integers(1, 10**6), some.text("abcdefghijklmnopqrstuvwxyz234567", min_size=8, max_size=8))
def test_a_made_up_signature_is_not_ours(case_id: int, made_up: str) -> None:
    assert NamedCase(case_id, made_up).is_ours(KEY) == (made_up == signature(case_id, KEY))


@pytest.mark.parametrize("other", [NamedCase(8, signature(7, KEY)), NamedCase(7), NamedCase(7, "sígnéd")])
def test_the_signature_of_another_case_or_none_is_not_ours(other: NamedCase) -> None:
    assert not other.is_ours(KEY)
    assert not NamedCase(7, signature(7, b"")).is_ours(b""), "a desk without a key has signed nothing"


@pytest.mark.parametrize("subject", ["Re: help [#42]", "[#42] [#42]", "a[#42]b"])
def test_a_number_in_the_subject_names_a_case(subject: str) -> None:
    assert named_cases(subject, []) == (NamedCase(42),)


def test_an_address_of_ours_names_a_case_before_the_subject_does() -> None:
    named = named_cases("[#2]", ["other@x.org", "Support+Case1@example.com"])

    assert [each.number for each in named] == [1, 2]


@pytest.mark.parametrize(
    "subject", ["#42", "[42]", "[#0]", "[#-1]", "[#４２]", "[#" + "9" * 30 + "]", "[# 42]", "[#4-x]"]
)
def test_what_only_looks_like_a_token_names_nothing(subject: str) -> None:
    assert named_cases(subject, ["case42@example.com", "+case@x", "+case4-zzz@x"]) == ()
