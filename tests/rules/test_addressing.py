"""How a case is named in mail and recognised again."""

from __future__ import annotations

import pytest

from desk.rules.addressing import quoted_cases, reply_subject


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("My payment failed", "Re: My payment failed [#7]"),
        ("Re: My payment failed", "Re: My payment failed [#7]"),
        ("AW: Zahlung", "AW: Zahlung [#7]"),
        ("回复：付款失败", "回复：付款失败 [#7]"),
        ("Re: My payment [#7] failed", "Re: My payment  failed [#7]"),
        ("Re: failed [#7]", "Re: failed [#7]"),
        ("", "Re:  [#7]"),
    ],
)
def test_an_answer_has_one_mark_and_one_token(subject: str, expected: str) -> None:
    assert reply_subject(subject, 7) == expected


def test_a_long_subject_keeps_its_token_within_a_line() -> None:
    subject = reply_subject("x" * 2000, 7)

    assert subject.endswith(" [#7]")
    assert len(subject) <= 998


@pytest.mark.parametrize("subject", ["Re: help [#42]", "[#42] [#42]", "a[#42]b"])
def test_a_token_in_the_subject_names_a_case(subject: str) -> None:
    assert quoted_cases(subject, []) == (42,)


def test_an_address_of_ours_names_a_case_before_the_subject_does() -> None:
    assert quoted_cases("[#2]", ["other@x.org", "Support+Case1@example.com"]) == (1, 2)


@pytest.mark.parametrize("subject", ["#42", "[42]", "[#0]", "[#-1]", "[#４２]", "[#" + "9" * 30 + "]", "[# 42]"])
def test_what_only_looks_like_a_token_names_nothing(subject: str) -> None:
    assert quoted_cases(subject, ["case42@example.com", "+case@x"]) == ()
