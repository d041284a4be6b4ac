"""Hostile text on every way out: data all the way, never an argument, a variable, a path, a header or a recipient."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from db.engine import Database
from db.kinds import Channel, OutboxState, Role
from db.models import OutboxItem
from db.rows import OutgoingRow
from desk.channels.command import CommandSender
from desk.channels.mail.composing import AddressError, HeaderError, compose
from desk.channels.sending import as_json
from desk.channels.spool import SpoolSender
from desk.rules.text import clean_text
from desk.services import agents, cases, replies
from desk.services.desk import Desk
from desk.settings import Mail, Settings, Smtp
from desk.worker import Worker
from tests.clock import START, SettableClock
from tests.hostile.attacks import ACTING, LONGEST_FIELD, PAYLOADS
from tests.services.acting import receive

OURS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "Reply-To", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}  # fmt: skip
TELLS = (
    "import sys, os, json; "
    "said = [sys.argv, dict(os.environ), os.getcwd(), sys.stdin.buffer.read().decode('ascii'), os.listdir('.')]; "
    "open({!r}, 'w').write(json.dumps(said)); print('id-1')"
)
SET_BY_LIBRARIES = {"COLUMNS", "LINES"} - set(os.environ)
"""What readline tells every child of the process that has loaded it, unseen by Python."""


def said(name: str) -> str:
    """An attack as text."""
    return PAYLOADS[name].decode("utf-8", "surrogatepass" if name == "surrogate" else "replace")


def outgoing(text: str, **changed: Any) -> OutgoingRow:
    """A message in which everything that a stranger may have chosen is this text."""
    names = {"to": text, "to_name": text, "in_reply_to": text, "references": [text, text]}
    values: dict[str, Any] = {
        "outbox_id": 1, "message_id": 7, "case_id": 42, "channel": Channel.CHAT, "attempts": 1,
        "external_id": "d@x.org",
        "at": START, "agent_name": text, "subject": text, "text": text, "details": names,
    }  # fmt: skip
    return OutgoingRow(**(values | changed))


@pytest.mark.slow
@pytest.mark.parametrize("name", PAYLOADS)
def test_the_command_gets_one_document_and_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    message = outgoing(said(name))

    sender = CommandSender([sys.executable, "-S", "-c", TELLS.format(str(tmp_path / "told"))])
    assert sender.send(message).provider_id == "id-1"

    arguments, environment, folder, typed, files = json.loads((tmp_path / "told").read_text(encoding="ascii"))
    assert arguments == ["-c"]
    assert {name: environment[name] for name in environment if name not in SET_BY_LIBRARIES} == dict(os.environ)
    assert (folder, files) == (str(tmp_path / "here"), [])
    assert typed.endswith("\n")
    assert typed.count("\n") == 1
    assert json.loads(typed) == as_json(message)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_spooled_message_is_one_file_that_reads_back_and_is_safe_to_look_at(name: str, tmp_path: Path) -> None:
    message = outgoing(said(name))

    assert SpoolSender(tmp_path / "spool").send(message).provider_id == "chat-7.json"

    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["spool", "spool/chat-7.json"]
    written = (tmp_path / "spool" / "chat-7.json").read_text(encoding="utf-8")
    assert json.loads(written) == as_json(message)
    assert ACTING.search(written) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", PAYLOADS)
def test_no_field_of_a_mail_becomes_another(name: str) -> None:
    text = said(name).encode("utf-8", "replace").decode()  # no database holds a lone surrogate
    names = {"to": "dewi@example.org", "to_name": text, "in_reply_to": text, "references": [text, f"{text}@x.org"]}
    mail = compose(outgoing(text, details=names), Mail(from_address="support@example.com"))

    wire = mail.on_the_wire()
    read = message_from_bytes(mail.raw, policy=default)
    assert set(read) <= OURS
    assert len(set(read)) == len(read.keys())
    assert [address.addr_spec for address in read["To"].addresses] == ["dewi@example.org"]
    assert [address.addr_spec for address in read["From"].addresses] == ["support@example.com"]
    plain = read.get_body(("plain",))
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert plain is not None
    assert words(plain.get_content()) == words(clean_text(text))
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert wire.index(b"\r\n.\r\n") == len(wire) - 5


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_recipient_is_one_address_or_none(name: str) -> None:
    text = said(name).encode("utf-8", "replace").decode()
    for to in (text, f"{text}@example.org", f"a@{text}", f"a@{text}.example"):
        try:
            mail = compose(outgoing("", details={"to": to[:2_000]}), Mail(from_address="support@example.com"))
        except (AddressError, HeaderError):
            continue
        assert not set(mail.to) & set("\r\n\x00 <>,;\t")
        assert mail.to.count("@") == 1 or mail.to.startswith('"')
        assert len(message_from_bytes(mail.raw, policy=default)["To"].addresses) == 1


def words(text: str) -> list[str]:
    """What was said: mail has its own line ends, and none inside its last line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


class Inbox:
    """A mail server that keeps what it is told."""

    def __init__(self) -> None:
        self.recipients: list[list[str]] = []
        self.raws: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.recipients.append(envelope.rcpt_tos)
        self.raws.append(envelope.original_content)
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def desk(sqlite_database: Database, tmp_path: Path, inbox: Inbox, clock: SettableClock) -> Iterator[Desk]:
    """A desk whose mail goes to a server on loopback."""
    controller = Controller(inbox, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, decode_data=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    smtp = Smtp(host="127.0.0.1", port=controller.port, security="none", timeout_seconds=5)
    mail = Mail(from_address="support@example.com", smtp=smtp)
    yield Desk(sqlite_database, Settings(data_dir=str(tmp_path), mail=mail), clock)
    controller.stop()


@pytest.mark.slow
def test_an_answer_to_any_stranger_reaches_that_stranger_and_nobody_else(
    desk: Desk, inbox: Inbox, clock: SettableClock
) -> None:
    me = agents.sign_in(desk, "sari")
    agents.add(desk, me, login="x", name="[/] {name}", role=Role.AGENT)
    texts = [said(name) for name in PAYLOADS if len(said(name)) < LONGEST_FIELD]
    expected: list[list[str]] = []
    for number, text in enumerate(texts):
        flat = "".join(text.splitlines()).encode("utf-8", "replace")
        named = flat.replace(b"\\", b"").replace(b'"', b"")
        raw = b'From: "%b" <s%d@example.org>\r\nSubject: %b\r\n' % (named, number, flat)
        raw += b"To: support@example.com\r\nMessage-ID: <%d@example.org>\r\n" % number
        receive(desk, raw + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode("utf-8", "replace"))
        page = cases.open_case(desk, me, number + 1)
        assert page.customer.contacts[0].value == f"s{number}@example.org"
        replies.reply(desk, me, page.case.id, f"> {page.messages[0].text[:5_000]}\nOK", seen=page.last_message_id)
        expected.append([f"s{number}@example.org"])

    clock.advance(seconds=60)
    worker = Worker(desk)
    while worker.step():
        clock.advance(seconds=1)

    assert sorted(inbox.recipients) == sorted(expected)
    for raw in inbox.raws:
        assert set(message_from_bytes(raw, policy=default)) <= OURS
    with desk.database.read() as connection:
        assert set(connection.scalars(select(OutboxItem.state))) == {OutboxState.SENT}
