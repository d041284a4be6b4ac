"""What a mail's header says about its sender and its way: checks that servers made, lists, bulk, complaints."""

from __future__ import annotations

import time

import pytest

from desk.channels.mail import read_mail
from desk.channels.mail.incoming import read_incoming


def message(*lines: str, body: str = "halo") -> bytes:
    return ("\r\n".join(("From: Siti <a@b.example>", *lines)) + "\r\n\r\n" + body).encode()


def results(value: str) -> tuple[str, dict[str, str]]:
    (found,) = read_mail(message(f"Authentication-Results: {value}")).authentication
    return found.by, dict(found.results)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("mx.example; dmarc=pass", {"dmarc": "pass"}),
        ("MX.Example 1; DMARC=Pass; SPF = fail smtp.mailfrom=a@b", {"dmarc": "pass", "spf": "fail"}),
        ("mx.example;\r\n dkim=pass header.d=b.example;\r\n\tspf=none", {"dkim": "pass", "spf": "none"}),
        ("mx.example (a (nested) comment; dmarc=pass); dmarc=fail (p=none; dmarc=pass)", {"dmarc": "fail"}),
        ('mx.example; spf=pass reason="no; dmarc=pass" smtp.mailfrom=a', {"spf": "pass"}),
        ('mx.example; spf=pass reason="a \\" ; dmarc=pass"', {"spf": "pass"}),
        ("mx.example; dkim=fail; dkim=pass; dkim=temperror", {"dkim": "pass"}),
        ("mx.example; dmarc=pass; dmarc=fail; dmarc=pass", {"dmarc": "fail"}),
        ("mx.example; none", {}),
        ("mx.example; x-dmarc=pass; arc=pass; dmarc", {}),
        ("mx.example; dmarc/1=pass", {"dmarc": "pass"}),
        ("mx.example", {}),
    ],
)
def test_results_are_read_as_the_standard_writes_them(value: str, read: dict[str, str]) -> None:
    assert results(value) == ("mx.example", read)


@pytest.mark.parametrize("value", ["", ";", ";;;=", "(((((", '"', "\\", "(" * 5000, ";" * 5000, "a=" * 5000])
def test_what_is_no_result_is_none(value: str) -> None:
    for found in read_mail(message(f"Authentication-Results: {value}")).authentication:
        assert found.results == {}


def test_a_field_without_end_takes_no_time() -> None:
    fields = [f"Authentication-Results: mx.example; {'(; dmarc=pass ' * 20_000}" for _ in range(20)]
    begun = time.perf_counter()

    read_mail(message(*fields))

    assert time.perf_counter() - begun < 2


def test_where_a_field_stands_is_remembered() -> None:
    ours = "Authentication-Results: mx.example; dmarc=fail"
    received = "Received: from a by mx.example; Mon, 23 Nov 2026 13:00:00 +0000"

    def places(*lines: str) -> list[bool]:
        return [each.is_above for each in read_mail(message(*lines)).authentication]

    assert places(ours, received, ours) == [True, False]
    assert places(received, ours, ours) == [False, False]
    assert places(ours, ours) == [False, False]
    assert places(received) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["List-Id: Shops <shops.example.org>"], {"id": "Shops <shops.example.org>"}),
        (["List-Unsubscribe: <mailto:u@x>"], {"unsubscribe": True}),
        (["Precedence: Bulk"], {"precedence": "bulk"}),
        (
            ["List-Id: =?utf-8?B?5ZWG5bqX?= <s.example>", "Precedence: list"],
            {"id": "商店 <s.example>", "precedence": "list"},
        ),
    ],
)
def test_lists_and_bulk_are_told_and_get_no_automatic_answer(lines: list[str], told: dict[str, object]) -> None:
    incoming = read_incoming(message(*lines))

    assert incoming.details["list"] == told
    assert not incoming.may_be_answered
    assert not incoming.is_automatic


@pytest.mark.parametrize("line", ["Precedence: normal", "X-Auto-Response-Suppress: DR", "Return-Path: <a@b.example>"])
def test_what_people_send_may_be_answered(line: str) -> None:
    assert read_incoming(message(line)).may_be_answered


def report(kind: str, *, report_type: str = "feedback-report", of: str = "message/rfc822") -> bytes:
    return message(
        f'Content-Type: multipart/report; report-type={report_type}; boundary="b"',
        body="--b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\n"
        "Original-Rcpt-To: rfc822; <siti@example.org>\r\nOriginal-Rcpt-To: budi@example.org\r\n\r\n"
        f"--b\r\nContent-Type: {of}\r\n\r\nMessage-ID: <ours@example.com>\r\nSubject: Re: x [#7-aaaaaaaa]\r\n"
        "\r\nhello\r\n--b--\r\n",
    )


@pytest.mark.parametrize("of", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize("kind", ["abuse", "Fraud", "opt-out", "virus", "other"])
def test_a_complaint_is_read(kind: str, of: str) -> None:
    mail = read_mail(report(kind, of=of))

    assert mail.complaint is not None
    assert mail.complaint.kind == kind.lower()
    assert mail.complaint.recipients == ("siti@example.org", "budi@example.org")
    assert mail.complaint.original_message_id == "ours@example.com"
    assert not mail.is_bounce
    incoming = read_incoming(report(kind, of=of))
    assert incoming.is_automatic
    assert incoming.report is not None
    assert [each.number for each in incoming.report.named_cases] == [7]


@pytest.mark.parametrize(
    "raw", [report("not-spam"), report("auth-failure"), report(""), report("abuse", report_type="x")]
)
def test_what_complains_about_nothing_is_no_complaint(raw: bytes) -> None:
    assert read_mail(raw).complaint is None
