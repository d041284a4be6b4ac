"""Checks of written answers, one by one, in three languages; and that they keep quiet about good ones."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from db.kinds import Language
from desk.rules.hours import HoursPlan
from desk.rules.quality import CHECKS, Written, findings

ID, EN, ZH = Language.INDONESIAN, Language.ENGLISH, Language.CHINESE
JAKARTA = ZoneInfo("Asia/Jakarta")
OFFICE = HoursPlan("email", "E-mail", JAKARTA, dict.fromkeys(range(5), ((8 * 60, 17 * 60),)))
MONDAY_EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=JAKARTA)
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=JAKARTA)
FRIDAY_NOON = datetime(2026, 11, 27, 12, 0, tzinfo=JAKARTA)
ANSWERS = sorted((Path(__file__).parents[2] / "seeds" / "answers").glob("*.toml"))


def found(text: str, language: Language = EN, *, now: datetime = MONDAY_MORNING, files: int = 0) -> set[str]:
    written = Written(text, language, now.astimezone(UTC), OFFICE, files, frozenset({"amount"}))
    return {finding.check for finding in findings(written)}


@pytest.mark.parametrize(
    ("check", "text", "language"),
    [
        ("secret", "Your card 4111 1111 1111 1111 is fine.", EN),
        ("secret", "PIN Anda 482913, mohon disimpan.", ID),
        ("secret", "您的验证码是483920。", ZH),
        ("variable", "Hello {customer.name}, we look into it.", EN),
        ("variable", "Kami kembalikan {amount} besok lusa.", ID),
        ("variable", "[姓名]，您好！", ZH),
        ("variable", "We return ____ to you.", EN),
        ("internal", "TODO ask finance. We will look into it.", EN),
        ("internal", "Jangan dikirim dulu, tunggu Sari.", ID),
        ("internal", "内部备注：客户很生气。", ZH),
        ("language", "Thank you for telling us, we are looking into it now.", ID),
        ("language", "Terima kasih sudah memberi tahu, kami sedang memeriksanya sekarang.", EN),
        ("language", "Terima kasih sudah memberi tahu, kami sedang memeriksanya sekarang.", ZH),
        ("attachment", "Please find attached the statement.", EN),
        ("attachment", "Terlampir mutasi rekening Anda.", ID),
        ("attachment", "请查收附件。", ZH),
        ("greeting", "Hello , thank you for writing.", EN),
        ("greeting", "Halo Pak, terima kasih sudah menunggu.", ID),
        ("greeting", "，您好！感谢您的来信。", ZH),
        ("greeting", "Dear None, thank you.", EN),
    ],
)
def test_a_check_finds_what_it_is_named_after(check: str, text: str, language: Language) -> None:
    assert check in found(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We will never ask for your PIN or your one-time code.", EN),
        ("Call us on 0812 3456 7890, reference 4111111111111112.", EN),
        ("Hello, thank you for writing.", EN),
        ("Halo, mohon tunggu sebentar ya.", ID),
        ("您好！请稍等。", ZH),
        ("Please do not send your PIN by mail.", EN),
        ("Please attach a screenshot of the error.", EN),
        ("Thank you for the receipt that you attached.", EN),
        ("Mohon lampirkan foto struk.", ID),
        ("您发来的附件我们已收到。", ZH),
        ("> Here is my card 4111-1111-1111-1112\nThank you.", EN),
        ("> TODO {customer.name}\nThank you, we have looked into it.", EN),
        ("ok", ID),
        ("The app shows {error} and nothing else.", EN),
    ],
)
def test_good_answers_are_left_alone(text: str, language: Language) -> None:
    assert found(text, language) == set()


@pytest.mark.parametrize(
    ("text", "language", "now"),
    [
        ("We will get back to you tonight.", EN, MONDAY_EVENING),
        ("Kami akan menghubungi Anda hari ini.", ID, MONDAY_EVENING),
        ("我们今天会回复您。", ZH, MONDAY_EVENING),
        ("We will call you within 2 hours.", EN, MONDAY_EVENING),
        ("Kami akan membalas dalam 30 menit.", ID, MONDAY_EVENING),
        ("我们会在2小时内联系您。", ZH, MONDAY_EVENING),
        ("Kami akan menelepon Anda pukul 20.00 hari ini.", ID, MONDAY_MORNING),
        ("We will call you tomorrow.", EN, FRIDAY_NOON),
        ("我们明天会联系您。", ZH, FRIDAY_NOON),
    ],
)
def test_a_promise_for_a_time_at_which_nobody_works_is_found(text: str, language: Language, now: datetime) -> None:
    assert found(text, language, now=now) == {"promise"}


@pytest.mark.parametrize(
    ("text", "language", "now"),
    [
        ("We will get back to you today.", EN, MONDAY_MORNING),
        ("Kami akan membalas dalam 2 jam.", ID, MONDAY_MORNING),
        ("Kami akan menelepon Anda pukul 14.00 hari ini.", ID, MONDAY_MORNING),
        ("We will answer tomorrow by 17:00.", EN, MONDAY_EVENING),
        ("我们明天会联系您。", ZH, MONDAY_EVENING),
        ("You wrote to us today, thank you.", EN, MONDAY_EVENING),
        ("Kami akan mengabari Anda secepatnya.", ID, MONDAY_EVENING),
    ],
)
def test_a_promise_that_can_be_kept_is_left_alone(text: str, language: Language, now: datetime) -> None:
    assert found(text, language, now=now) == set()


def test_a_file_that_goes_along_settles_what_the_text_says_of_it() -> None:
    assert found("Please find attached the statement.", files=1) == set()


def test_words_that_no_dictionary_has_are_named() -> None:
    text = "We recieve it."
    (finding,) = findings(Written(text, EN, MONDAY_MORNING, misspelt=((3, 10),)))
    assert (finding.check, finding.says) == ("spelling", "spelling: recieve")


def test_what_is_said_of_a_secret_does_not_repeat_it() -> None:
    (finding,) = findings(Written("PIN: 482913", EN, MONDAY_MORNING), {"secret"})
    assert "482913" not in finding.says


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_no_shipped_answer_raises_a_false_alarm(path: Path) -> None:
    answer = tomllib.loads(path.read_text(encoding="utf-8"))
    for code in ("id", "en", "zh"):
        text = re.sub(r"\{\{[^}]+\}\}", "Budi", answer[code]["text"])
        assert found(text, Language(code), files=0) == set(), code


def test_every_check_is_named_by_what_it_finds() -> None:
    assert list(CHECKS) == [
        "secret", "variable", "internal", "language", "promise", "attachment", "greeting", "spelling",
    ]  # fmt: skip
