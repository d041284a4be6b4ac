"""Rules of incidents: every edge of their life, what matches, what looks like a code, and when a rise is sudden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from db.kinds import IncidentKind, IncidentState
from desk.rules.incidents import (
    EDGES,
    ENDED,
    IncidentStateError,
    Signs,
    Who,
    check_edge,
    codes_in,
    key_of,
    turned,
    why_matching,
)
from desk.rules.rising import judge
from desk.rules.words import folded

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STATES = some.sampled_from(list(IncidentState))


@given(STATES, STATES, some.sampled_from(list(Who)))
def test_only_the_tables_edges_can_be_taken_and_what_has_ended_stays_ended(
    before: IncidentState, after: IncidentState, who: Who
) -> None:
    if who in EDGES.get((before, after), ()):
        check_edge(before, after, who)
        assert before not in ENDED
    else:
        with pytest.raises(IncidentStateError):
            check_edge(before, after, who)


@given(some.sampled_from(list(IncidentKind)), STATES, some.integers(-100, 100), some.none() | some.integers(-100, 100))
def test_time_takes_only_its_own_edges(kind: IncidentKind, state: IncidentState, start: int, end: int | None) -> None:
    ends = None if end is None else NOW + timedelta(hours=end)
    after = turned(kind, state, NOW + timedelta(hours=start), ends, NOW)
    if after is not state:
        check_edge(state, after, Who.TIME)


def test_a_case_matches_by_topic_words_or_codes_on_the_channels_named() -> None:
    signs = Signs(channels=("email",), topics=("transfer",), words=("gagal kirim", "transf*"), codes=("PAY-503",))
    text = folded("Maaf, transfer saya PAY-503!")
    assert why_matching(signs, channel="email", topics=("transfer",), text=text) == (
        "names PAY-503, says “transf”, is about transfer"
    )
    assert why_matching(signs, channel="chat", topics=("transfer",), text=text) == ""
    assert why_matching(signs, channel="email", topics=(), text=folded("my card")) == ""
    assert why_matching(Signs(), channel="email", topics=("transfer",), text=text) == ""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("It says E1042, then PAY-503 and BANK_TIMEOUT", ("E1042", "PAY-503", "BANK_TIMEOUT")),
        ("付款失败 E1042。", ("E1042",)),
        ("E1 E12345678 +62812345 Rp150.000 iPhone15 hello", ()),
        ("A11 A11 B22 C33 D44", ("A11", "B22", "C33")),
    ],
)
def test_what_looks_like_an_error_code(text: str, codes: tuple[str, ...]) -> None:
    assert codes_in(text) == codes


def test_keys_are_made_of_titles_and_are_each_taken_once() -> None:
    assert key_of("Bank transfers: FAIL!", ()) == "bank-transfers-fail"
    assert key_of("Bank transfers fail", {"bank-transfers-fail"}) == "bank-transfers-fail-2"
    assert key_of("转账", ()) == "incident"


@given(some.integers(0, 300), some.integers(0, 2000), some.floats(1, 100), some.floats(0, 5))
def test_more_cases_are_never_less_unusual_and_a_busy_desk_never_more(
    cases: int, before: int, exposure: float, busy: float
) -> None:
    one, more = judge(cases, before, exposure, busy), judge(cases + 5, before, exposure, busy)
    assert 0 <= more.chance <= one.chance + 1e-6
    assert one.chance <= 1
    assert judge(cases, before, exposure, busy + 1).chance >= one.chance - 1e-6


def test_a_rise_is_sudden_against_what_was_usual() -> None:
    assert judge(30, 40, 8).is_sudden
    assert not judge(8, 40, 8).is_sudden, "a few more are chance"
    assert not judge(30, 200, 8).is_sudden, "as every week"
    assert not judge(7, 0, 40).is_sudden, "too few to matter"
    assert judge(12, 0, 40).is_sudden, "what never came before"
    assert not judge(50, 0, 0).is_sudden, "without history nobody knows"
