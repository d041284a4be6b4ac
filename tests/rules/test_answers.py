"""How canned answers are filled in, and what keeps a draft from being sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Channel, Language, Role, Status
from db.rows import AgentRow, AnswerRow, AnswerTextRow, CaseDetail, CaseRow, CustomerRow
from desk.rules.answers import (
    Question,
    declared_variables,
    fill,
    known_values,
    open_variables,
    places_open,
    questions,
    text_for,
)

WHEN = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
SARI = AgentRow(1, "sari", "Sari", Role.AGENT)
DOUBLE = AnswerRow(
    key="payment-failed.double",
    version=2,
    topic_key=None,
    channels=(),
    variables={
        "merchant": {"required": True, "ask": {"id": "Nama penjual", "en": "Merchant"}},
        "amount": {"required": True, "ask": {}},
    },
    texts={
        Language.INDONESIAN: AnswerTextRow(
            "Terpotong dua kali", "Halo {{ customer.name }}, ke {{ merchant }} {{ amount }}."
        ),
        Language.ENGLISH: AnswerTextRow("Charged twice", "Hello {{ customer.name }}, to {{ merchant }}."),
    },
)


def detail(name: str = "Budi Santoso", subject: str = "Saldo terpotong") -> CaseDetail:
    case = CaseRow(
        id=10422, channel=Channel.EMAIL, status=Status.OPEN, priority=1, customer_id=1, customer_name=name,
        subject=subject, topic_key=None, language=Language.INDONESIAN, created_at=WHEN, updated_at=WHEN,
        due_at=None, snoozed_until=None, assignee_id=None, assignee_name=None, version=1,
    )  # fmt: skip
    customer = CustomerRow(1, name, Language.INDONESIAN, WHEN, ())
    return CaseDetail(case, customer, (), 0, (), (), None, None, ())


def test_values_take_the_places_of_variables_and_the_rest_is_reported() -> None:
    filled = fill("Halo {customer.name}, {merchant} {amount}", {"customer.name": "Budi"})
    assert filled.text == "Halo Budi, {merchant} {amount}"
    assert filled.missing == ("merchant", "amount")


def test_doubled_braces_are_braces() -> None:
    assert fill("{{customer.name}} {x}", {"customer.name": "Budi", "x": "y"}).text == "{customer.name} y"


def test_a_value_is_never_read_as_a_template() -> None:
    assert fill("{a}{b}", {"a": "{b}", "b": "{{a}}"}).text == "{b}{{a}}"


@given(st.dictionaries(st.sampled_from(["a", "b", "c.d"]), st.text()), st.text(alphabet="{}abcd. "))
def test_filling_never_fails_and_leaves_open_only_what_has_no_value(values: dict[str, str], text: str) -> None:
    assert not set(fill(text, values).missing) & set(values)


@given(st.text())
def test_a_value_arrives_as_it_is(value: str) -> None:
    assert fill("<{x}>", {"x": value}).text == f"<{value}>"


def test_what_the_desk_knows_fills_a_greeting() -> None:
    values = known_values(detail(), SARI, Language.INDONESIAN)
    assert values["customer.name"] == "Budi Santoso"
    assert values["agent.name"] == "Sari"
    assert values["case.reference"] == "#10422"
    assert values["channel"] == "e-mail"


def test_an_invisible_name_is_not_known_but_asked_for() -> None:
    assert "customer.name" not in known_values(detail(name="\u200b\u2060"), SARI, Language.ENGLISH)


def test_a_known_value_is_one_clean_line() -> None:
    subject = known_values(detail(subject="a\r\nBcc: x\x1b[31m"), SARI, Language.ENGLISH)["case.subject"]
    assert "\n" not in subject
    assert "\x1b" not in subject


@pytest.mark.parametrize(
    ("language", "fallback", "expected"),
    [
        (Language.INDONESIAN, Language.ENGLISH, Language.INDONESIAN),
        (Language.CHINESE, Language.ENGLISH, Language.ENGLISH),
        (Language.OTHER, Language.CHINESE, Language.INDONESIAN),
    ],
)
def test_the_customers_language_comes_first_then_the_fallback_then_any(
    language: Language, fallback: Language, expected: Language
) -> None:
    assert text_for(DOUBLE, language, fallback)[0] is expected


def test_what_the_desk_does_not_know_is_asked_for_in_the_answers_language() -> None:
    used = ("customer.name", "merchant", "refund", "refund.amount")
    asked = questions(DOUBLE, used, ("refund.amount",), {"customer.name": "Budi"}, Language.INDONESIAN)
    assert asked == (
        Question("merchant", "Nama penjual", required=True),
        Question("refund.amount", "refund.amount", required=True),
    )


def test_a_draft_with_a_declared_variable_left_open_is_found_with_its_place() -> None:
    declared = declared_variables([DOUBLE])
    (place,) = places_open("ke {merchant}!", declared)
    assert (place.name, place.start, place.end) == ("merchant", 3, 13)
    assert open_variables("{amount} {amount}", declared) == ("amount",)


def test_braces_that_are_not_ours_never_keep_a_message_back() -> None:
    assert open_variables("your code {code} and {merchant}") == ()
    assert open_variables("\n> {merchant} {customer.name}\n", declared_variables([DOUBLE])) == ()


def test_a_name_that_looks_like_a_variable_never_keeps_a_message_back() -> None:
    odd = detail("{agent.name}", "{amount} {customer.name}")
    values = known_values(odd, SARI, Language.INDONESIAN)
    text = fill("Halo {customer.name}: {case.subject}", values).text
    assert text == "Halo (agent.name): (amount) (customer.name)"
    assert open_variables(text, declared_variables([DOUBLE])) == ()


def test_variables_of_the_desk_keep_a_message_back_in_any_draft() -> None:
    assert open_variables("Halo {customer.name}") == ("customer.name",)
