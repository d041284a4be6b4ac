"""Any bytes come back as a message or with an error, in bounded time and memory."""

from __future__ import annotations

import base64
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk.channels.mail import ParsedMail, read_mail
from desk.channels.mail.addresses import read_addresses
from tests import attacks as corpus
from tests.hostile_mails import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parent / "mail_samples").glob("*.eml"))]
HEAD = b"From: Ann <ann@example.com>\r\nSubject: t\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
MB = 1 << 20


def assert_storable(mail: ParsedMail) -> None:
    fields = [
        mail.text,
        mail.reply_text,
        mail.subject,
        mail.from_name or "",
        mail.from_email or "",
        mail.message_id or "",
    ]
    fields += [a.filename for a in mail.attachments] + [part for pair in mail.to + mail.cc for part in pair]
    for text in fields:
        assert "\0" not in text
        text.encode("utf-8")
    assert len(mail.stable_digest) == 64


@given(st.binary(max_size=2_000))
@example(b"")
@example(b"\0")
@example(b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n")
def test_any_bytes_are_read_without_an_exception(raw: bytes) -> None:
    assert_storable(read_mail(raw))


@settings(max_examples=80)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_messages_are_read_without_an_error(raw: bytes, data: st.DataObject) -> None:
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position : position + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        damaged = damaged or bytearray(b"\n")
    mail = read_mail(bytes(damaged))
    assert_storable(mail)
    assert mail.error is None or "neither a header nor a body" in mail.error


HUGE = {
    "short lines": lambda: PLAIN + b"a\n" * (4 * MB),
    "one line": lambda: PLAIN + b"a" * (40 * MB),
    "many parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
    "more parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\n\n" * (MB // 2),
    "nested parts": lambda: (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_000))
    ),
    "nested messages": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1_000,
    "long header": lambda: HEAD + b"X: " + b"y" * (5 * MB) + b"\r\n\r\nhi",
    "many fields": lambda: HEAD + b"X: y\r\n" * (MB // 2) + b"\r\nhi",
    "folded field": lambda: HEAD + b"X: y" + b"\r\n y" * MB + b"\r\n\r\nhi",
    "recipients": lambda: HEAD + b"Cc: " + b"u@example.com,\r\n " * 100_000 + b"\r\n\r\nhi",
    "addresses without end": lambda: HEAD + b"To: " + b"(\\(" * 20_000 + b'"\\"' * 20_000 + b"\r\n\r\nhi",
    "encoded words": lambda: HEAD + b"Subject: " + b"=?a?q?" * 20_000 + b"\r\n\r\nhi",
    "introductions": lambda: PLAIN + b"On 1/1/2020 a@b wrote:\n" * 40_000,
    "labels": lambda: PLAIN + b"From: a\n" * 200_000,
    "colons": lambda: PLAIN + b"a:\n" * 60_000,
    "stray base64": lambda: (
        PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n") + b"AAAA!\n" * MB
    ),
    "uuencode": lambda: PLAIN + b"begin 644 a\n" * 100_000,
    "deep html": lambda: HTML + b"<div>" * 200_000,
    "deep tables": lambda: HTML + b"<table><tr><td>" * 50_000,
    "open tags": lambda: HTML + b"<a " * 300_000,
    "links": lambda: HTML + b"<a href=http://x>y</a>" * 20_000,
    "quotes in html": lambda: HTML + b"<blockquote>" * 50_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_messages_take_bounded_time(name: str) -> None:
    raw = HUGE[name]()
    begin = time.process_time()
    mail = read_mail(raw)
    assert time.process_time() - begin < 4  # two seconds on a quiet machine
    assert mail.error is None
    assert mail.subject == "t"
    assert_storable(mail)


def work(raw: bytes) -> float:
    """Seconds of the processor for reading a message, the best of two."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        mail = read_mail(raw)
        times.append(time.process_time() - begin)
        assert mail.error is None
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_four_times_the_size_takes_no_more_than_the_work_of_a_line(kind: str) -> None:
    small, large = work(KINDS[kind](40_000)), work(KINDS[kind](160_000))
    assert large < 9 * small + 0.05  # four would be a straight line, sixteen its square


def test_html_beyond_the_bounds_is_attached_and_not_lost() -> None:
    mail = read_mail(KINDS["parts of HTML"](8_000))
    assert len(mail.attachments) + mail.text.count("halo kak") == 8_000 // len(
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>halo <b>kak</b>\r\n"
    )
    assert "attached, not shown" in " ".join(mail.notes)


def test_what_is_left_out_of_a_huge_message_is_noted() -> None:
    notes = " ".join(read_mail(HUGE["many parts"]()).notes)
    assert "9001 parts beyond the first 1000 were not read" in notes
    assert "nested deeper" in " ".join(read_mail(HUGE["nested parts"]()).notes)
    assert "parts of the header were left out" in read_mail(HUGE["long header"]()).notes


def test_memory_stays_within_a_few_times_the_message() -> None:
    head = PLAIN.replace(b"text/plain", b"application/pdf").replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    raw = head + base64.encodebytes(bytes(12 * MB))
    tracemalloc.start()
    read_mail(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(raw)


def attacks() -> Iterator[tuple[str, bytes]]:
    for line in corpus.lines(archives=False):  # those of mail are made above
        yield line["id"], corpus.payload(line)


@pytest.mark.slow
@pytest.mark.skipif(not corpus.FOLDER.is_dir(), reason="the texts that mean harm are not beside this checkout")
def test_nothing_that_means_harm_fails_or_hangs_in_any_place_of_a_message() -> None:
    for name, text in attacks():
        places = {
            "message": text,
            "subject": b"Subject: " + text + b"\r\n\r\nhi",
            "name": b'From: "' + text + b'" <a@b.example>\r\n\r\nhi',
            "body": PLAIN + text,
            "html": HTML + text,
            "file": HEAD + b'Content-Type: application/pdf; name="' + text + b'"\r\n\r\nhi',
        }
        for place, raw in places.items():
            begin = time.process_time()
            mail = read_mail(raw)
            assert time.process_time() - begin < 2, (name, place)
            assert mail.error is None or "neither a header nor a body" in mail.error, (name, place, mail.error)
            assert_storable(mail)


@pytest.mark.parametrize(
    "name", ["a" * 3_000, "x;" * 3_000, "<victim@example.org>;" * 200, 'a \\" <v@example.org>, ' * 100]
)
def test_a_long_name_in_quotes_gives_no_other_address(name: str) -> None:
    parsed = read_mail(f'From: "{name}" <ann@example.com>\r\n\r\nx'.encode())

    assert parsed.from_email == "ann@example.com"


@pytest.mark.parametrize("field", ['"' + '\\"' * 30_000, '"a' * 20_001, '"' + "\\" * 60_000, '"(' * 30_000])
def test_quotation_marks_without_an_end_are_read_in_time(field: str) -> None:
    begun = time.process_time()
    read_addresses(field, most=100)
    assert time.process_time() - begun < 2
