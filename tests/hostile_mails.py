"""Messages that mean to keep a reader busy, made in any size; the tests and the benchmark read the same ones."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"From: Ann <ann@example.com>\r\nSubject: t\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
BASE64 = HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
REPORT = HEAD + (
    b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
)


def _filled(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: head + piece * (size // len(piece)) + tail


def _nested(size: int) -> bytes:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    return HEAD + b"".join(level % (depth, depth) for depth in range(size // 60)) + b"\r\nx"


KINDS: dict[str, Callable[[int], bytes]] = {
    "honest lines": _filled(PLAIN, b"Halo kak, saldo saya hilang sejak kemarin.\r\n"),
    "one long line": _filled(PLAIN, b"a"),
    "many parts": _filled(MIXED, b"--b\r\n\r\nx\r\n"),
    "parts of HTML": _filled(MIXED, b"--b\r\nContent-Type: text/html\r\n\r\n<p>halo <b>kak</b>\r\n"),
    "foreign delimiters": _filled(MIXED, b"--x\r\n"),
    "nested parts": _nested,
    "nested messages": _filled(HEAD, b"Content-Type: message/rfc822\r\n\r\n", b"\r\nx"),
    "long field": _filled(HEAD + b"X-A: ", b"a", b"\r\n\r\nx"),
    "folded field": _filled(HEAD + b"X-A: a\r\n", b" a\r\n", b"\r\nx"),
    "many fields": _filled(HEAD, b"X-A: a\r\n", b"\r\nx"),
    "encoded words": _filled(b"Subject: ", b"=?utf-8?q?a?= ", b"\r\n\r\nx"),
    "half encoded words": _filled(b"Subject: ", b"=?a?q?", b"\r\n\r\nx"),
    "recipients": _filled(b"To: ", b"a@b.example, ", b"\r\n\r\nx"),
    "open groups": _filled(b"To: ", b"a:", b"\r\n\r\nx"),
    "open quotes": _filled(b"To: ", b'"a', b"\r\n\r\nx"),
    "references": _filled(b"References: ", b"<a@b> ", b"\r\n\r\nx"),
    "parameters": _filled(HEAD + b"Content-Type: text/plain; ", b"a*0*=b; ", b"\r\n\r\nx"),
    "quoted lines": _filled(PLAIN, b"> a\n"),
    "deep quotes": _filled(PLAIN, b">"),
    "answers between quotes": _filled(PLAIN, b"> a\nb\n"),
    "introductions": _filled(PLAIN, b"On 3 Mar 2026, x wrote:\n"),
    "headers in the text": _filled(PLAIN, b"From: a <a@b.example>\nx\n"),
    "colons": _filled(PLAIN, b"a: " * 40 + b"\n"),
    "rules": _filled(PLAIN, b"-- original -\n"),
    "one rule": _filled(PLAIN, b"-"),
    "signatures": _filled(PLAIN + b"hi\n", b"Sent from my iPhone\n"),
    "dots of a signature": _filled(PLAIN + b"hi\nsent ", b"from my "),
    "uuencoded files": _filled(PLAIN, b"begin 644 a\nM\n"),
    "base64 of HTML": lambda size: BASE64 + base64.encodebytes(b"<b>hi</b>" * (size // 12)),
    "open divs": _filled(HTML, b"<div>"),
    "open quotes of HTML": _filled(HTML, b"<blockquote>"),
    "open tables": _filled(HTML, b"<table><tr><td>"),
    "one wide table": _filled(HTML + b"<table><tr>", b"<td>a</td>"),
    "one long table": _filled(HTML + b"<table>", b"<tr><td>a</td><td>b</td></tr>"),
    "open lists": _filled(HTML, b"<ul><li>"),
    "paragraphs": _filled(HTML, b"<p>a"),
    "links": _filled(HTML, b"<a href=http://x.example/>y</a> "),
    "links in links": _filled(HTML, b"<a href=http://x.example/>y"),
    "hidden in hidden": _filled(HTML, b"<div style='display:none'>y"),
    "signatures in signatures": _filled(HTML, b"<div class=signature>y"),
    "unclosed attributes": _filled(HTML, b"<a href='"),
    "signs for less": _filled(HTML, b"<"),
    "entities": _filled(HTML, b"&lt;"),
    "unclosed comments": _filled(HTML, b"<!--"),
    "report": _filled(REPORT, b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n"),
    "bounced text": _filled(b"From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\n", b"a@"),
    "invitation": _filled(HEAD + b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:", b"\r\n a"),
    "flowed": _filled(HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n", b"> a \r\n"),
    "Latin bytes": _filled(HEAD + b"\r\n", b"\xe9\xe8 "),
    "Japanese shifts": _filled(HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", b'\x1b$B$"\x1b(B'),
}
"""Each takes a size in bytes and makes a message of about that size."""
