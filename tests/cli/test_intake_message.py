"""`desk intake message`: JSON lines from other systems."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from desk.commands.message_lines import MOST_LINE_BYTES, arrivals
from tests.cli.conftest import chat, document, lines

Run = Callable[..., Result]


def test_calls_chats_and_posts_become_cases_of_their_channels(run: Run, database_url: str) -> None:
    call = chat(2) | {"channel": "phone", "from": {"name": "Dewi", "phone": "+62 812 3456 7890"}}
    result = run("intake", "message", "-", "--json", url=database_url, typed=lines(chat(1), call))
    assert result.exit_code == 0
    assert document(result)["new_cases"] == 2
    assert document(run("queue", "--json", url=database_url))["counts"] == {
        "all": 2, "phone": 1, "email": 0, "chat": 1, "social": 0, "mine": 0,
    }  # fmt: skip


def test_a_bad_line_is_told_with_its_number_and_the_good_ones_are_stored(run: Run, sqlite_url: str) -> None:
    bad = chat(2) | {"at": "2026-11-23T12:00:00"}
    text = lines(chat(1)) + "{not json\n\n" + lines(bad, chat(3))
    result = run("intake", "message", "-", "--json", url=sqlite_url, typed=text)
    assert result.exit_code == 65
    told = document(result)
    assert (told["taken_in"], told["refused"]) == (2, 2)
    assert [each["place"] for each in told["reasons"]] == ["line 2", "line 4"]
    assert "desk: line 4: " in result.stderr
    assert "$.at" in result.stderr


def test_a_sender_who_could_never_be_answered_is_told_with_the_number_of_the_line(run: Run, sqlite_url: str) -> None:
    senders = ({"email": "a@b.c\r\nBcc: v@x.y"}, {"email": "not an address"}, {"phone": "abc"})
    bad = [chat(number, **{"from": sender}) for number, sender in enumerate(senders)]
    result = run("intake", "message", "-", "--json", url=sqlite_url, typed=lines(*bad, chat(9)))
    told = document(result)
    assert (result.exit_code, told["taken_in"], told["refused"]) == (65, 1, 3)
    assert [each["place"] for each in told["reasons"]] == ["line 1", "line 2", "line 3"]
    assert "line 3: Expected the digits of a telephone number" in result.stderr


def test_a_missed_call_with_a_withheld_number_is_a_case_without_a_call_back(run: Run, database_url: str) -> None:
    call = {"channel": "phone", "from": {"name": "Dewi", "phone": "anonymous"}, "call": {"missed": True}}
    calls = (chat(1) | call, chat(2) | call | {"from": {"phone": ""}})
    result = run("intake", "message", "-", "--json", url=database_url, typed=lines(*calls))
    assert (result.exit_code, document(result)["new_cases"]) == (0, 2)
    shown = document(run("case", "1", "--json", url=database_url))
    assert shown["customer"]["name"] == "Dewi"
    assert not any("callback" in each["kind"] for each in shown.get("history", ()))


def test_the_same_lines_twice_add_nothing(run: Run, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "chats.jsonl").write_text(lines(chat(1), chat(2)), encoding="utf-8")
    for taken_in, known in ((2, 0), (0, 2)):
        told = document(run("intake", "message", tmp_path / "chats.jsonl", "--json", url=database_url))
        assert (told["taken_in"], told["known"]) == (taken_in, known)


def test_a_line_over_a_megabyte_is_refused_and_the_next_is_read(run: Run, sqlite_url: str) -> None:
    text = lines(chat(1, text="x" * MOST_LINE_BYTES), chat(2))
    result = run("intake", "message", "-", "--json", url=sqlite_url, typed=text)
    assert (result.exit_code, document(result)["taken_in"]) == (65, 1)
    assert "line 1: is longer than 1 MB" in result.stderr


def test_what_strangers_wrote_into_a_bad_line_does_not_reach_the_terminal(run: Run, sqlite_url: str) -> None:
    result = run(
        "intake", "message", "-", url=sqlite_url, typed='{"\\u001b]0;owned\\u0007": 1}\n{"channel": "\x1b[2J"}\n'
    )
    assert "\x1b" not in result.output


def test_lines_from_an_open_pipe_are_there_at_once() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as file:
        arriving = arrivals(file)
        os.write(writer, b"one\ntwo\nthr")
        assert next(arriving) == [(1, b"one"), (2, b"two")]
        os.write(writer, b"ee\n")
        assert next(arriving) == [(3, b"three")]
        os.write(writer, b"four")
        os.close(writer)
        assert list(arriving) == [[(4, b"four")]]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_is_bounded_in_memory(end: bytes) -> None:
    numbered = [line for batch in arrivals(io.BytesIO(b"x" * 5 * MOST_LINE_BYTES + end)) for line in batch]
    assert numbered == [(1, None)]


def test_a_missed_call_is_taken_in_to_be_given_back_and_only_on_the_phone(run: Run, database_url: str) -> None:
    now = datetime.now(UTC).isoformat()
    call = chat(2) | {"channel": "phone", "from": {"phone": "+62 812 3456 7890"}, "text": "", "at": now}
    missed = call | {"call": {"missed": True, "duration_s": 0}}
    result = run("intake", "message", "-", "--json", url=database_url, typed=lines(missed, chat(3, call={})))
    told = document(result)
    assert (told["new_cases"], told["refused"]) == (1, 1)
    assert "$.call" in result.stderr
    assert document(run("queue", "--json", url=database_url))["counts"]["phone"] == 0, "it rests until its slot"


def test_what_another_system_hands_over_now_is_confirmed_and_history_is_not(run: Run, database_url: str) -> None:
    now = datetime.now(UTC).isoformat()
    post = chat(3, at=now) | {
        "channel": "social",
        "from": {"name": "Wei", "handle": "wei"},
        "text": "我的付款失败了，怎么办？",
    }
    typed = lines(chat(1, at=now), chat(2, at="2026-01-05T08:00:00Z") | {"from": {"handle": "dewi"}}, post)
    assert run("intake", "message", "-", url=database_url, typed=typed).exit_code == 0
    told = {number: document(run("case", str(number), "--json", url=database_url))["messages"] for number in (1, 2, 3)}
    assert [len(told[number]) for number in (1, 2, 3)] == [2, 1, 2]
    assert "#1" in told[1][1]["text"]
    assert "编号为 #3" in told[3][1]["text"]
    assert "邮件" not in told[3][1]["text"].split("\n")[0]


def test_mail_that_another_system_hands_over_now_is_confirmed_with_a_promise_but_no_programs(
    run: Run, database_url: str
) -> None:
    now = datetime.now(UTC).isoformat()
    senders = ("dewi@example.org", "eve@example.org", "noreply@shop.example")
    subjects = ("Saldo terpotong", "Out of office", "Saldo")
    typed = lines(
        *(
            chat(number, channel="email", at=now, subject=subject) | {"from": {"email": sender}}
            for number, (sender, subject) in enumerate(zip(senders, subjects, strict=True), 1)
        ),
        chat(4, channel="email", at="2026-01-05T08:00:00Z") | {"from": {"email": "old@example.org"}},
    )
    confirming = {"DESK_MAIL__ACKNOWLEDGE": "true"}
    assert run("intake", "message", "-", url=database_url, typed=typed, env=confirming).exit_code == 0
    told = [document(run("case", number, "--json", url=database_url)) for number in "1234"]
    assert [len(each["messages"]) for each in told] == [2, 1, 1, 1]
    assert "#1" in told[0]["messages"][1]["text"]
    assert len(document(run("sla", "show", "1", "--json", url=database_url))["promises"]) == 1


def test_lines_of_a_file_are_history_however_new_they_are(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "chats.jsonl").write_text(lines(chat(1, at=datetime.now(UTC).isoformat())), encoding="utf-8")
    assert run("intake", "message", tmp_path / "chats.jsonl", url=sqlite_url).exit_code == 0
    assert len(document(run("case", "1", "--json", url=sqlite_url))["messages"]) == 1


def test_who_cannot_be_answered_on_the_channel_is_not_confirmed_and_nothing_is_lost(
    run: Run, database_url: str
) -> None:
    now = datetime.now(UTC).isoformat()
    who = ({"phone": "+6281234567890"}, {"email": "dewi@example.org"})
    typed = lines(*(chat(number, at=now) | {"from": each} for number, each in enumerate(who, 1)))
    told = document(run("intake", "message", "-", "--json", url=database_url, typed=typed))
    assert (told["taken_in"], told["unparsed"]) == (2, 0)
    for number in ("1", "2"):
        (message,) = document(run("case", number, "--json", url=database_url))["messages"]
        assert message["text"] == chat()["text"]
