"""Reading and completing what is typed into the search line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rows_search import Condition, Field, SearchQuery, Sought, Vocabulary
from desk.rules.search_completion import complete
from desk.rules.search_operators import NAMES, OPERATORS, SearchSyntaxError
from desk.rules.search_query import MOST_CHARACTERS, no_condition, parse

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""Already the 24th in Jakarta."""


def read(text: str) -> SearchQuery:
    return parse(text, zone=JAKARTA, now=NOW)


def hint(text: str) -> tuple[str, int]:
    with pytest.raises(SearchSyntaxError) as raised:
        read(text)
    return raised.value.hint, raised.value.position


def test_words_phrases_and_exclusions() -> None:
    assert read('saldo "dana kembali" -spam -"uji coba"').words == (
        Sought("saldo"),
        Sought("dana kembali", exact=True),
        Sought("spam", excluded=True),
        Sought("uji coba", exact=True, excluded=True),
    )


def test_typographic_quotes_are_quotes_and_an_open_one_reaches_to_the_end() -> None:
    assert read("“dana kembali”").words == (Sought("dana kembali", exact=True),)
    assert read('saldo "dana kemb').words == (Sought("saldo"), Sought("dana kemb", exact=True))


def test_conditions_take_alternatives_and_exclusion() -> None:
    query = read('channel:Email,chat -tag:"vip gold",fraud')
    assert query.conditions == (
        Condition(Field.CHANNEL, ("email", "chat")),
        Condition(Field.TAG, ("vip gold", "fraud"), excluded=True, position=19),
    )


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-01", datetime(2026, 10, 31, 17, tzinfo=UTC)),
        ("today", datetime(2026, 11, 23, 17, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 22, 17, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 16, 17, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 9, 17, tzinfo=UTC)),
    ],
)
def test_days_begin_at_midnight_where_the_agent_is(value: str, moment: datetime) -> None:
    for name, field in (("before", Field.BEFORE), ("since", Field.SINCE), ("after", Field.SINCE)):
        assert read(f"{name}:{value}").conditions == (Condition(field, moment=moment),)


def test_a_number_with_its_sign_alone_is_a_reference() -> None:
    assert read("#1042 status:open").reference == 1042
    assert read("saldo #1042").words == (Sought("saldo"), Sought("#1042"))
    for other in ('"#1042"', "#0", "#042", "#٣", "#" + "9" * 30, "#1042x", "1042"):
        assert read(other).reference is None


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("saldo statsu:open", "did you mean status:", 6),
        ("chanel:email", "did you mean channel:", 0),
        ("status:opne", "did you mean status:open", 0),
        ("channel:pigeon", "phone, email, chat, social", 0),
        ("a priority:5", "1, 2, 3, 4", 2),
        ("before:2026-02-30", "is no day", 0),
        ("since:soon", "is no day", 0),
        ("before:9999-12-31 since:0001-01-01", "is no day", 18),
        ("tag:", "tag:vip", 0),
        ("— …", "letters or digits", 0),
        ("x" * (MOST_CHARACTERS + 1), "shorten", MOST_CHARACTERS),
        ("a " * 51, "leave some out", 100),
    ],
)
def test_a_query_that_cannot_be_read_says_what_and_where(text: str, words: str, position: int) -> None:
    said, where = hint(text)
    assert words in said
    assert where == position


@pytest.mark.parametrize(
    "text", ["body:secret", "https://example.com/a?b=c", "re:refund", "order:12", "NEAR(a", "12:30"]
)
def test_what_only_looks_like_an_operator_is_words(text: str) -> None:
    assert read(text).words == (Sought(text),)


def test_every_operator_accepts_its_own_example() -> None:
    for name, field in NAMES.items():
        assert read(f"{name}:{OPERATORS[field].example}").conditions[0].field is field


TYPED = st.lists(
    st.sampled_from([*(f"{name}:" for name in NAMES), '"', "-", "#", ",", ":", " ", "“", "today", "open", "12", "退款"])
    | st.text(max_size=5),
    max_size=12,
).map("".join)


@pytest.mark.slow
@given(TYPED)
def test_no_text_raises_anything_else(text: str) -> None:
    error = None
    try:
        read(text)
    except SearchSyntaxError as raised:
        error = raised
    assert error is None or (error.hint.isprintable() and 0 <= error.position <= len(text))


VOCABULARY = Vocabulary(agents=("rina", "joko"), tags=("vip", "VIP gold", "fraud"), topics=("refund", "login"))


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("st", ["status:"]),
        ("saldo -ch", ["saldo -channel:"]),
        ("channel:e", ["channel:email"]),
        ("status:open,wai", ["status:open,waiting_customer", "status:open,waiting_merchant"]),
        ("assignee:", ["assignee:me", "assignee:none", "assignee:rina", "assignee:joko"]),
        ("-tag:v", ["-tag:vip", '-tag:"VIP gold"']),
        ('tag:"vip g', ['tag:"VIP gold"']),
        ("topic:R", ["topic:refund"]),
        ("since:t", ["since:today"]),
        ("is:o", ["is:overdue"]),
        ("", []),
        ("status:open ", []),
        ('"st', []),
        ("nonsense:x", []),
    ],
)
def test_completion_goes_on_with_what_stands_before_the_cursor(text: str, completed: list[str]) -> None:
    found = complete(text, len(text), VOCABULARY)
    assert [text[: each.start] + each.text + text[each.end :] for each in found] == completed


def test_completion_says_what_open_takes_in() -> None:
    (found,) = complete("status:op", 9, VOCABULARY)
    assert (found.text, found.help) == ("open", "new ones too: what needs somebody")


@pytest.mark.parametrize(
    ("text", "name"),
    [("foo:bar", "foo:"), ("saldo foo:bar", "foo:"), ("channel:email", ""), ('"foo:bar"', ""), ("https://x", "")],
)
def test_a_name_that_is_no_condition_can_be_told(text: str, name: str) -> None:
    assert no_condition(text) == name


def test_completion_looks_no_further_than_the_cursor() -> None:
    assert [each.text for each in complete("pri saldo", 3, VOCABULARY)] == ["priority:"]


@given(TYPED, st.integers(-3, 40))
def test_completion_never_fails_and_replaces_within_the_text(text: str, cursor: int) -> None:
    for each in complete(text, cursor, VOCABULARY):
        assert 0 <= each.start <= each.end <= len(text)
