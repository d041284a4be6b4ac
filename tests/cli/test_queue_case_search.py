"""`desk queue`, `desk case`, `desk search`: documents for scripts, and text that is safe for terminals."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from desk.commands.output import cells
from tests.cli.conftest import chat, document, letter, lines

Run = Callable[..., Result]
CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "attacks"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe \u2066x [@click=app.quit]x[/] \u200b \x00 a\rb"


@pytest.fixture
def url(run: Run, database_url: str) -> str:
    """A desk with three chats and a mail."""
    chats = [chat(number, at=f"2026-11-23T1{number}:00:00Z") for number in range(3)]
    assert run("intake", "message", "-", url=database_url, typed=lines(*chats)).exit_code == 0
    assert run("intake", "mail", "-", url=database_url, typed=letter()).exit_code == 0
    return database_url


def test_the_queue_is_a_document_with_most_urgent_first(run: Run, url: str) -> None:
    told = document(run("queue", "--json", url=url))
    assert told["counts"]["all"] == 4
    assert [each["due_at"] for each in told["cases"]] == sorted(each["due_at"] for each in told["cases"])
    first = told["cases"][0]
    assert (first["reference"], first["channel"], first["status"]) == ("#1", "chat", "new")
    assert (first["customer"]["name"], first["assignee"]) == ("王小明", None)
    assert first["created_at"].endswith("Z")


def test_a_lane_and_a_limit_narrow_the_queue(run: Run, url: str) -> None:
    assert [each["channel"] for each in document(run("queue", "--lane", "email", "--json", url=url))["cases"]] == [
        "email"
    ]
    told = document(run("queue", "--limit", "3", "--json", url=url))
    assert (len(told["cases"]), told["has_more"]) == (3, True)


def test_the_queue_goes_on_behind_the_first_page(run: Run, sqlite_url: str) -> None:
    run("intake", "message", "-", url=sqlite_url, typed=lines(*map(chat, range(130))))
    told = document(run("queue", "--limit", "120", "--json", url=sqlite_url))
    assert len({each["id"] for each in told["cases"]}) == 120
    assert told["has_more"]


def test_columns_stay_in_place_beside_wide_characters(run: Run, sqlite_url: str) -> None:
    narrow, wide = chat(1, subject="Saldo"), chat(2, subject="付款失败")
    narrow["from"]["name"] = "Wang"
    run("intake", "message", "-", url=sqlite_url, typed=lines(narrow, wide))
    head, first, second = run("queue", url=sqlite_url).stdout.splitlines()[1:]
    place = head.index("SUBJECT")
    assert {cells(first[: first.index("Saldo")]), cells(second[: second.index("付款失败")])} == {place}


def test_desk_alone_prints_the_queue_where_there_is_no_terminal(run: Run, url: str) -> None:
    result = run(url=url)
    assert result.exit_code == 0
    assert "#1" in result.stdout
    assert "terminal" in result.output, "it says how to open the screens"


@pytest.mark.parametrize("reference", ["4", "#4", "0004"])
def test_a_case_is_a_document_with_all_that_was_said(run: Run, url: str, reference: str) -> None:
    told = document(run("case", reference, "--json", url=url))
    assert (told["id"], told["subject"], told["customer"]["contacts"][0]["value"]) == (4, "Saldo 1", "budi@example.com")
    (message,) = told["messages"]
    assert (message["kind"], message["text"].strip()) == ("inbound", "Saldo saya terpotong dua kali.")
    assert message["from"] == {"name": "Budi", "address": "budi@example.com"}


def test_a_message_can_be_had_as_it_was_received(run: Run, url: str) -> None:
    number = document(run("case", "4", "--json", url=url))["messages"][0]["id"]
    assert run("case", "4", "--raw", str(number), url=url).stdout_bytes == letter()
    other = run("case", "1", "--raw", str(number), url=url)
    assert (other.exit_code, other.stdout) == (1, "")


@pytest.mark.parametrize(
    ("reference", "code"), [("99", 1), ("999999999999", 1), ("0", 1), ("abc", 2), ("-1", 2), ("１", 2), ("1; DROP", 2)]
)
def test_what_is_no_case_is_said_in_one_sentence(run: Run, url: str, reference: str, code: int) -> None:
    result = run("case", reference, url=url)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr


def test_search_finds_chinese_and_indonesian(run: Run, url: str) -> None:
    assert {each["id"] for each in document(run("search", "付款", "--json", url=url))["cases"]} == {1, 2, 3}
    assert [each["id"] for each in document(run("search", "terpotong", "dua", "--json", url=url))["cases"]] == [4]
    assert document(run("search", "saldo", "-terpotong", "--json", url=url))["cases"] == []
    assert "Nothing found" in run("search", "zebra", url=url).stdout
    assert "foo: is no condition" in run("search", "foo:bar", url=url).stdout
    assert "is no condition" not in run("search", "zebra", url=url).stdout
    assert len(document(run("search", "channel:chat", "status:open", "--json", url=url))["cases"]) == 3


def test_search_goes_on_behind_the_first_page(run: Run, sqlite_url: str) -> None:
    run("intake", "message", "-", url=sqlite_url, typed=lines(*map(chat, range(130))))
    told = document(run("search", "付款", "--limit", "120", "--json", url=sqlite_url))
    assert len({each["id"] for each in told["cases"]}) == 120
    assert told["has_more"]


@pytest.mark.parametrize("query", ["status:opne", "assignee:nobody-here", "before:2026-02-30", "channel:"])
def test_a_search_that_cannot_be_read_gets_a_hint(run: Run, url: str, query: str) -> None:
    result = run("search", query, url=url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_times_are_local_in_text_and_utc_in_documents(
    run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    try:
        run("intake", "message", "-", url=sqlite_url, typed=lines(chat(1)))
        text = run("case", "1", url=sqlite_url, env={"TZ": "Asia/Jakarta"}).stdout
        assert "2026-11-23 12:00" in text
        assert document(run("case", "1", "--json", url=sqlite_url))["messages"][0]["at"] == "2026-11-23T05:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nothing_that_a_stranger_wrote_acts_on_the_terminal(run: Run, sqlite_url: str) -> None:
    attack = chat(1, subject=HOSTILE, text=HOSTILE) | {"from": {"name": HOSTILE, "handle": HOSTILE}}
    run("intake", "message", "-", url=sqlite_url, typed=lines(attack))
    for words in (["queue"], ["case", "1"], ["search", "click"], ["search", HOSTILE.replace("\x00", "")], []):
        shown = run(*words, url=sqlite_url).output
        assert not set(shown) & set("\x00\x07\x1b\x9b\r\u202e\u2066\u200b"), words
    assert "[@click=app.quit]" in run("case", "1", url=sqlite_url).stdout, "brackets stay as they are"


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the collection of attacks is not here")
def test_no_known_attack_gets_through(run: Run, sqlite_url: str) -> None:
    attacks = [json.loads(line) for line in (CORPUS / "attacks.jsonl").read_text().splitlines()]
    texts = [each["text"] for each in attacks if len(each.get("text", "")) in range(1, 20_000)]
    sent = [
        json.dumps(chat(number, subject=text[:900], text=text) | {"from": {"name": text[:150], "handle": f"@{number}"}})
        for number, text in enumerate(text.encode("utf-8", "replace").decode() for text in texts)
    ]
    result = run("intake", "message", "-", url=sqlite_url, typed="\n".join(sent))
    assert result.exit_code == 0, result.output
    shown = run("queue", "--limit", "10000", url=sqlite_url).output
    assert len(shown.splitlines()) == len(texts) + 2, "a case stays one line"
    for number in range(1, len(texts) + 1, 7):
        shown += run("case", str(number), url=sqlite_url).output
    controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A]
    assert not set(shown) & {*controls, *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"}


def test_letters_that_are_not_what_they_seem_are_marked(run: Run, sqlite_url: str) -> None:
    raw = (
        letter(body="Lihat http://xn--pypal-4ve.com/x")
        .replace(b"Budi <", "Bаnk <".encode())
        .replace(b"budi@", "раy@".encode())
    )
    run("intake", "mail", "-", url=sqlite_url, typed=raw)
    run("intake", "message", "-", url=sqlite_url, typed=lines(chat(1)))

    shown = run("case", "1", url=sqlite_url).stdout

    assert "Bаnk ⚠ mixed letters: а (Cyrillic)" in shown
    assert shown.count("раy@example.com ⚠ mixed letters: ра (Cyrillic)") == 2
    assert "xn--pypal-4ve.com ⚠ mixed letters: а (Cyrillic), pаypal.com" in shown
    assert run("queue", url=sqlite_url).stdout.count("⚠ Bаnk") == 1
    assert "⚠" not in run("case", "2", url=sqlite_url).stdout
