"""Mail that we write: it says to every reader exactly what was written, and nothing in it can become anything else."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rows import OutgoingFile
from desk.channels.mail import read_mail
from desk.channels.mail.composing import compose
from desk.rules.text import clean_text
from desk.settings import Mail, Mailbox
from tests.channels.test_smtp import attacks, outgoing

if TYPE_CHECKING:
    from email.message import EmailMessage

TO = {"to": "dewi@example.org", "to_name": "Dewi"}


def letter_of(**changed: Any) -> EmailMessage:
    details = TO | changed.pop("details", {})
    settings = changed.pop("settings", Mail())
    raw = compose(outgoing(details=details, **changed), settings).raw
    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["From me to you", ".", "..", ".hidden", "> quoted", "-- ", "退款" * 400, "x" * 3000, "", " ", "\t", "="]
    ),
    st.text(alphabet="From .=>\n", max_size=30),
)
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: clean_text("\n".join(lines)).rstrip())


@pytest.mark.slow
@given(TEXTS)
def test_what_was_written_is_what_is_read(text: str) -> None:
    raw = compose(outgoing(text=text, details=TO), Mail()).raw

    assert part(message_from_bytes(raw, policy=default), "plain") == text  # type: ignore[arg-type]


@given(TEXTS)
def test_on_the_wire_it_is_short_lines_of_ascii_that_nobody_has_a_reason_to_change(text: str) -> None:
    mail = compose(outgoing(text=text, details=TO), Mail())

    lines = mail.raw.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert mail.raw.isascii()
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    body = mail.raw.partition(b"\r\n\r\n")[2]
    assert not re.search(rb"(?m)^(\.|From )", body)


@pytest.mark.parametrize(
    "text",
    [
        "Dear Dewi,\n\nyour refund is on its way.\n\n  1. two days\n  2. three days\n\n-- \nAna",
        "您好，\n\n退款已经处理。" + "很" * 600,
        "From the bank we know\n.\n..two dots\n> you wrote\nNo, I did not",
        "Look at https://example.org/a?b=1&c=2 please",
    ],
)
def test_our_own_reader_reads_our_own_mail_as_it_was_written(text: str) -> None:
    mail = read_mail(compose(outgoing(text=text, details=TO), Mail()).raw)

    assert mail.text.rstrip("\n") == text
    assert mail.error is None


class _Seen(HTMLParser):
    """What a browser would see: elements with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(text: str) -> _Seen:
    found = _Seen()
    found.feed(part(letter_of(text=text), "html"))
    found.close()
    return found


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">bank</a>',
    "</p></body><h1>Your bank</h1>",
    "<!-- --> <![CDATA[ x ]]> <?php ?>",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "javascript:alert(1) data:text/html,x file:///etc/passwd",
    'https://x.example/"onmouseover="alert(1)',
    "https://x.example/<b>",
    "https://bank.example@evil.example/login",
    "https://bаnk.example/ (a Cyrillic letter)",
    "[link](https://x.example) **bold**",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    found = seen(f"You wrote:\n{text}\n\nWe look into it.")

    assert {tag for tag, _ in found.elements} <= {"html", "head", "meta", "body", "p", "br", "a"}
    for tag, attributes in found.elements:
        assert set(attributes) <= {"p": {"dir"}, "a": {"href"}, "meta": {"charset"}}.get(tag, set())
        href = attributes.get("href")
        assert href is None or (re.match(r"https?://", href) and "@" not in href and href in text)
    assert text.replace(" ", "") in found.text.replace("\u00a0", "").replace(" ", "")


@pytest.mark.slow
@given(st.text(alphabet="<>&\"'/=! ahref:sp.\n", max_size=80))
def test_no_text_becomes_markup(text: str) -> None:
    found = seen(clean_text(text))

    assert {tag for tag, _ in found.elements} <= {"html", "head", "meta", "body", "p", "br", "a"}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.org/a?b=1&c=2.", ["https://example.org/a?b=1&c=2"]),
        ("(https://example.org/x_(y))", ["https://example.org/x_(y)"]),
        ("http://a.example, HTTPS://b.example/!", ["http://a.example", "HTTPS://b.example/"]),
        ("请看 https://example.org/退款。", ["https://example.org/"]),
        ("https://bank.example@evil.example", []),
        ("ftp://a.example www.b.example", []),
    ],
)
def test_a_link_leads_where_it_says(text: str, links: list[str]) -> None:
    assert [attributes["href"] for tag, attributes in seen(text).elements if tag == "a"] == links


def test_paragraphs_lines_and_indents_are_kept_in_html() -> None:
    html = part(letter_of(text="One\ntwo\n\n  three\n\n\nfour  five"), "html")

    assert html.count("<p ") == 3
    assert "One<br>\ntwo" in html
    assert "\u00a0 three" in html
    assert "four\u00a0 five" in html


def test_files_arrive_with_their_names_and_bytes() -> None:
    files = (
        OutgoingFile("Rechnung für März – 退款.pdf", "application/pdf", b"%PDF\r\n.\r\nFrom \x00\xff"),
        OutgoingFile("note.txt", "text/plain", b"no newline"),
        OutgoingFile("old.eml", "message/rfc822", b"Subject: x\r\n\r\nhi"),
        OutgoingFile("empty", "", b""),
    )

    mail = read_mail(compose(outgoing(files=files, details=TO), Mail()).raw)

    assert [(each.filename, each.content) for each in mail.attachments] == [
        (each.filename, each.content) for each in files
    ]
    assert [each.content_type for each in mail.attachments] == [
        "application/pdf",
        "text/plain",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert mail.text.startswith("您好")


@pytest.mark.parametrize("attack", attacks())
def test_no_file_name_type_or_copy_becomes_another_header(attack: str) -> None:
    letter = letter_of(
        files=(OutgoingFile(attack, attack, b"x"), OutgoingFile(f"{attack}.pdf", f"text/plain; {attack}", b"y")),
        details={"cc": [[attack, "budi@example.org"]], "reply_to": "support+case42-abcdefgh@example.com"},
    )

    headers = {"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}
    assert set(letter.keys()) == headers
    assert [address.addr_spec for address in letter["Cc"].addresses] == ["budi@example.org"]
    assert [address.addr_spec for address in letter["Reply-To"].addresses] == ["support+case42-abcdefgh@example.com"]
    found = list(letter.iter_attachments())
    assert len(found) == 2
    for each in found:
        assert set(each.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
        assert each.get_content_type() in {"application/octet-stream", "text/plain"}
        assert not set(each.get_filename() or "") & set('/\\\r\n\0"')


def test_who_is_in_blind_copy_is_on_the_envelope_only() -> None:
    row = outgoing(details=TO | {"cc": [["Budi", "budi@example.org"]], "bcc": [["Boss", "boss@example.net"]]})

    mail = compose(row, Mail())

    assert (mail.to, mail.copies) == ("dewi@example.org", ("budi@example.org", "boss@example.net"))
    assert b"boss" not in mail.raw.lower()


def test_who_is_named_twice_gets_it_once() -> None:
    twice = [["", "dewi@example.org"], ["", "budi@example.org"]]

    assert compose(outgoing(details=TO | {"cc": twice, "bcc": twice}), Mail()).copies == ("budi@example.org",)


def test_automatic_mail_says_so_and_asks_for_no_answer() -> None:
    row = outgoing(agent_name="", details=TO | {"automatic": True})

    mail = compose(row, Mail())
    letter = message_from_bytes(mail.raw, policy=default)

    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert mail.senders == ("", "support@example.com")  # no bounce of it comes back, where the server takes that
    assert str(letter["From"]) == "Wallet support <support@example.com>"
    assert letter_of()["Auto-Submitted"] is None
    assert read_mail(mail.raw).is_auto


def test_an_answer_is_from_the_address_of_its_mailbox() -> None:
    box = Mailbox(host="imap.example.com", user="x", reply_address="refunds@example.net", from_name="Refunds")
    settings = Mail(mailboxes={"refunds": box})

    assert str(letter_of(settings=settings, details={"mailbox": "refunds"})["From"]).endswith(
        "Refunds <refunds@example.net>"
    )
    assert letter_of(settings=settings, details={"mailbox": "gone"})["From"].addresses[0].domain == "example.com"


def test_a_name_cannot_pass_for_an_address() -> None:
    letter = letter_of(agent_name="ceo@bank.example", details={"to_name": "\u202eevil\u202c Dewi"})

    assert letter["From"].addresses[0].display_name == "ceo bank example · Wallet support"
    assert letter["To"].addresses[0].display_name == "evil Dewi"
