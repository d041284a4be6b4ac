"""Text that means harm: a small set of our own, and the corpus where it is; in every field that strangers fill."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from tests import attacks

OWN = {
    "escape": "a\x1b[2J\x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07 \x1b]0;t\x07 \x1bP+q\x1b\\ end\x1b[",
    "c1": "\x9b2J \x90q\x9c \x9d0;t\x9c \x85 \x8d",
    "markup": "[bold red]x[/] [@click=app.quit]click[/] x[/] [link=https://evil.example]y[/link]",
    "bidi": "invoice\u202egpj.exe \u2066abc \u2067def\u2069",
    "invisible": "\u200b\u2060\ufeff\u3164\U000e0041\U000e0042",
    "marks": "e" + "\u0301" * 3_000 + " क" + "\u0902" * 500,
    "nul": "a\x00b\rc\x0bd\u2028e\u2029f\x7f",
    "surrogate": "x\ud800y\udfffz",
    "newline": "one\r\nBcc: victim@example.net\r\n\r\nbody",
    "word": "W" * 10_000,
    "wide": "漢" * 3_000,
    "path": "../../../../etc/cron.d/x",
    "device": "CON.txt",
    "template": "{customer_name} {{7*7}} ${jndi:ldap://x} %s %n {0.__class__}",
    "query": '\' OR 1=1 -- NEAR("a b" tag:) channel:[/] * -',
    "token": "[#1] Re: [#2] #3 +case4@",
}
HONEST = (
    "[EXTERNAL] invoice [/b] [1]",
    "محمد عبد الله كتب",
    "שלום עולם",
    "👨‍👩‍👧 family 👍🏽 🇮🇩",
    "D’Angelo O'Brien +62 812",
    "付款失败，但已扣款！",
    'if (a < b) { return "x"; } # code',
)
LONGEST_FIELD = 60_000
ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f]"
)


class Payloads(Mapping[str, bytes]):
    """Every attack by its name, as bytes; lone surrogates are let through as they would come.

    Each is made when it is first asked for: making all of them takes longer than collecting every test.
    """

    def __init__(self) -> None:
        self._lines = {line["id"]: line for line in attacks.lines()}
        self._names = tuple({**OWN, **self._lines})
        self._made: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._made:
            line = self._lines.get(name)
            self._made[name] = attacks.payload(line) if line else OWN[name].encode("utf-8", "surrogatepass")
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


PAYLOADS = Payloads()


def letters(name: str, payload: bytes) -> Iterator[bytes]:
    """The attack as a mail of its own, and in each field of a mail; what is longer than a field only as it is."""
    yield payload
    if len(payload) > LONGEST_FIELD:
        return
    flat, key = re.sub(rb"[\r\n]", b" ", payload), name.encode()

    def head(field: str, sender: bytes = b"", subject: bytes = b"test", to: bytes = b"s@example.org") -> bytes:
        sender = sender or b"Ann <%b@example.com>" % key
        own = b"<%b-%b@example.com>" % (key, field.encode())
        return (
            b"From: " + sender + b"\r\nTo: " + to + b"\r\nSubject: " + subject + b"\r\nMessage-ID: " + own
            + b"\r\nMIME-Version: 1.0\r\n"
        )  # fmt: skip

    utf8 = b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    yield head("subject", subject=flat) + utf8 % b"plain" + payload + b"\r\n"
    yield head("folded", subject=payload) + b"\r\nbody\r\n"
    yield head("html") + utf8 % b"html" + b"<p>" + payload + b"</p>\r\n"
    yield head("name", sender=b'"' + flat.replace(b'"', b"") + b'" <n%b@example.com>' % key) + b"\r\nbody\r\n"
    yield head("address", sender=flat) + b"\r\nbody\r\n"
    yield head("local", sender=b"<" + flat.replace(b">", b"") + b"@example.com>") + b"\r\nbody\r\n"
    yield (
        head("to", to=flat) + b"In-Reply-To: " + flat + b"\r\nReferences: " + flat + b"\r\nDate: " + flat + b"\r\n\r\nx"
    )
    named = flat.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    yield (
        head("file")
        + b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\nContent-Type: application/octet-stream\r\n"
        + b'Content-Disposition: attachment; filename="' + named + b'"\r\n\r\ndata\r\n--bb--\r\n'
    )  # fmt: skip
    yield head("type") + b"Content-Type: " + flat + b"\r\n\r\nbody\r\n"


def lines(name: str, payload: bytes) -> Iterator[bytes]:
    """The attack in each field of a message from another system, and as such a line itself."""
    if len(payload) > LONGEST_FIELD:
        return
    text = payload.decode("utf-8", "replace")
    whole = {"channel": "chat", "external_id": f"{name} {text}"[:400], "text": text, "at": "2026-11-23T12:00:00Z"}
    for kind in ("email", "phone", "handle"):
        said = whole | {"external_id": f"{name} {kind}", "subject": text, "from": {"name": text, kind: text}}
        yield json.dumps(said).encode()
    yield json.dumps(whole | {"from": {"name": text, "handle": f"h{name}"}}).encode()
    yield json.dumps(whole | {text: 1}).encode()
    yield re.sub(rb"[\r\n]", b" ", payload)
