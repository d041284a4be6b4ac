"""The template language: what it writes in each language, and what it does not let through."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Language
from desk.templates.engine import LONGEST, TemplateError, compiled, fill, literal
from desk.templates.values import Moment, Money, Style, Value

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
ID, EN, ZH = (
    Style(each, ZoneInfo("Asia/Jakarta"), NOW) for each in (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
)
MONDAY = Moment(datetime(2026, 11, 30, 2, 0, tzinfo=UTC))
EARLIER = Moment(datetime(2026, 11, 3, 2, 7, tzinfo=UTC))


def said(source: str, style: Style = ID, **values: Value) -> str:
    return fill(source, {name.replace("__", "."): value for name, value in values.items()}, style).text


def test_amounts_are_written_as_each_language_writes_them() -> None:
    rupiah = Money(15_000_000, "IDR")

    assert [said("{{ a }}", style, a=rupiah) for style in (ID, EN, ZH)] == ["Rp 150.000", "IDR 150,000", "IDR 150,000"]
    assert said("{{ a | money }}", ID, a=Money(123_450, "USD")) == "US$1.234,50"
    assert said("{{ a }}", ID, a=Money(-15_000_050, "IDR")) == "-Rp 150.000,50"


def test_moments_are_written_in_the_customers_language_and_zone() -> None:
    assert [said("{{ t }}", style, t=MONDAY) for style in (ID, EN, ZH)] == [
        "Senin, 09.00 WIB",
        "Monday, 09:00 WIB",
        "星期一 09:00 WIB",
    ]
    assert said("{{ t }}", t=EARLIER) == "Selasa, 3 November, 09.07 WIB"
    assert said("{{ t | date }}/{{ t | time }}/{{ t | datetime }}", ZH, t=EARLIER) == (
        "2026年11月3日星期二/09:07 WIB/11月3日星期二 09:07 WIB"
    )


def test_conditions_ask_for_what_is_there() -> None:
    source = "{% if promise %}P{{ promise.until }}{% else %}none{% endif %}{% unless hours.open %}!{% endunless %}"

    assert said(source) == "none!"
    assert said(source, promise__until=MONDAY, hours__open=True) == "PSenin, 09.00 WIB"
    assert said("{% if note %}({{ note }}){% endif %}", note="") == ""


def test_what_has_no_value_stays_open_and_is_named() -> None:
    filled = fill("{{ refund.amount | money }} {{ b | default: 'x' }} {% if c %}{% endif %}", {}, ID)

    assert filled.text.strip() == "{refund.amount} x"
    assert filled.missing == ("refund.amount",)


@given(st.text(alphabet="{}%| ab.", max_size=40))
def test_a_value_is_put_in_once_and_as_it_is(value: str) -> None:
    assert said("<{{ x }}>", x=value) == f"<{value}>"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60))  # texts come in cleaned of it
def test_any_text_can_be_said_literally(text: str) -> None:
    assert said(literal(text)) == text


@given(st.text(alphabet="{}%|if endx.()'1 ", max_size=60))
def test_whatever_is_written_either_compiles_or_says_what_is_wrong(source: str) -> None:
    with suppress(TemplateError):
        fill(source, {"x": "1"}, ID)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{% for a in (1..999999999) %}x{% endfor %}", "no tag 'for'"),
        ("{% if (1..999999999999) contains 'x' %}y{% endif %}", "range"),
        ("{{ (1..9999999) }}", "range"),
        ("{% assign x = 9 %}{% assign x = x | times: x %}", "no tag 'assign'"),
        ("{% capture x %}{% endcapture %}", "no tag 'capture'"),
        ("{% liquid\nassign x = 1 %}", "no tag 'liquid'"),
        ("{% include 'etc/passwd' %}", "no tag 'include'"),
        ("{% render 'x' %}", "no tag 'render'"),
        ("{{ 'a' | append: 'a' | append: 'a' }}", "no filter 'append'"),
        ("{{ x | replace: 'a', 'aa' }}", "no filter 'replace'"),
        ("{{ 9 | times: 999999999 }}", "no filter 'times'"),
        ("{{ x | upcase: 3 }}", "takes nothing like that"),
        ("{{ x[0] }}", "no variable"),
        ("{{ x['y'][z] }}", "no variable"),
        ("{% if x %}" * 9 + "{% endif %}" * 9, "nesting"),
        ("{% if x %}" * 2000, "nesting"),
        ("{{ x", "expected"),
        ("{% if x %}", "endif"),
        ("x" * (LONGEST + 1), "are the most"),
        ("{{ " + "9" * 9000 + " }}", "limit"),
    ],
)
def test_what_loops_computes_or_reaches_elsewhere_is_refused(source: str, why: str) -> None:
    with pytest.raises(TemplateError, match=why):
        compiled(source)


@pytest.mark.parametrize(
    "path", ["__class__", "__class__.__mro__", "value", "value.minor", "_style", "__liquid__", "first", "format"]
)
def test_a_value_is_nothing_to_walk_into(path: str) -> None:
    values: dict[str, Value] = {"a": Money(100, "IDR"), "t": MONDAY, "s": "text", "f": True}
    for name in values:
        assert fill(f"{{{{ {name}.{path} }}}}", values, ID).text == f"{{{name}.{path}}}"


def test_an_error_names_its_line() -> None:
    with pytest.raises(TemplateError) as caught:
        compiled("Halo\n\n{{ a | nope }}")
    assert caught.value.line == 3


def test_comparing_what_cannot_be_compared_is_an_error_and_no_crash() -> None:
    with pytest.raises(TemplateError):
        said("{% if a > 3 %}x{% endif %}", a="text")


def test_the_largest_template_is_filled_in_without_growing_beyond_its_length() -> None:
    source = "{{ x | upcase }}" * (LONGEST // 16)
    before = time.process_time()
    with pytest.raises(TemplateError):
        said(source, x="y" * 500)
    assert said(source, x="y") == "Y" * (LONGEST // 16)
    assert time.process_time() - before < 30  # a bound, not a measure: it takes some hundredths
