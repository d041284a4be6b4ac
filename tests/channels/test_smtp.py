"""Mail out, against a real SMTP server on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from db.kinds import Channel, OutboxState
from db.rows import OutgoingRow
from desk.channels.mail.composing import AddressError, compose
from desk.channels.mail.smtp import SmtpSender
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError
from desk.rules.addressing import signature
from desk.services import cases, replies
from desk.services.desk import Desk
from desk.settings import Mail, Settings, Smtp
from desk.worker import Worker
from tests.clock import START
from tests.services.acting import arrived, key_of, mail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from db.engine import Database
    from tests.clock import SettableClock

ATTACKS = Path(__file__).parents[3] / "shared" / "corpora" / "attacks" / "attacks.jsonl"


class Inbox:  # aiosmtpd calls its methods by these names and with these arguments
    """What a mail server does with a mail: as told, and it keeps what it has taken."""

    def __init__(self) -> None:
        self.raws: list[bytes] = []
        self.envelopes: list[Any] = []
        self.rcpt = self.data = ""
        self.hangs_up = False

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raws]  # type: ignore[misc]

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data:
            return self.data
        self.raws.append(envelope.original_content)
        self.envelopes.append(envelope)
        if self.hangs_up:
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Smtp]:
    controller = Controller(inbox, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, decode_data=False)
    # Port 0: the system chooses a free one, which the controller does not ask for by itself.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    yield Smtp(host="127.0.0.1", port=controller.port, security="none", timeout_seconds=5)
    controller.stop()


@pytest.fixture
def settings_(server: Smtp) -> Mail:
    return Mail(from_address="support@example.com", from_name="Wallet support", smtp=server)


def outgoing(**changed: Any) -> OutgoingRow:
    values: dict[str, Any] = {
        "outbox_id": 1,
        "message_id": 1,
        "case_id": 42,
        "channel": Channel.EMAIL,
        "attempts": 1,
        "external_id": "desk.42.abc@example.com",
        "at": START,
        "agent_name": "Ana",
        "subject": "Re: Refund [#42]",
        "text": "您好，退款已经处理。\n.\n..two dots\nSalam",
        "details": {"to": "dewi@example.org", "to_name": "Dewi"},
    }
    return OutgoingRow(**(values | changed))


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_an_answer_arrives_once_with_the_right_headers(
    sqlite_database: Database, clock: SettableClock, settings_: Mail, inbox: Inbox
) -> None:
    from desk.services import agents

    desk = Desk(sqlite_database, Settings(mail=settings_), clock)
    me = agents.sign_in(desk, "ana")
    page = arrived(desk, me, mail(references="<older@example.org>"))
    replies.reply(desk, me, page.case.id, "您好，退款已经处理。", seen=page.last_message_id)
    Worker(desk).step()
    assert inbox.mails == []
    clock.advance(seconds=10)
    for _ in range(3):
        Worker(desk).step()

    (letter,) = inbox.mails
    message = cases.open_case(desk, me, page.case.id).messages[-1]
    assert message.delivery is not None
    assert message.delivery.state is OutboxState.SENT
    assert str(letter["From"]) == "ana · Wallet support <support@example.com>"
    assert str(letter["To"]) == "Dewi Lestari <dewi@example.org>"
    assert letter["Subject"] == f"Re: My payment failed [#1-{signature(1, key_of(desk))}]"
    assert letter["In-Reply-To"] == "<first@example.org>"
    assert letter["References"].split() == ["<older@example.org>", "<first@example.org>"]
    assert letter["Date"].datetime == START
    assert letter["Message-ID"].startswith("<desk.1.")
    assert text_of(letter) == "您好，退款已经处理。"
    assert inbox.envelopes[0].rcpt_tos == ["dewi@example.org"]


def test_every_line_of_the_text_arrives_as_it_was_written(settings_: Mail, inbox: Inbox) -> None:
    SmtpSender(settings_).send(outgoing())

    assert text_of(inbox.mails[0]) == "您好，退款已经处理。\n.\n..two dots\nSalam"


@pytest.mark.parametrize("subject", ["x" * 900, "退" * 900, "word " * 200, "Re: " + "é " * 400])
def test_no_line_is_longer_than_servers_take(settings_: Mail, inbox: Inbox, subject: str) -> None:
    row = outgoing(
        subject=subject + " [#42]",
        text="x" * 5000,
        details={
            "to": "dewi@example.org",
            "to_name": "退" * 300,
            "references": [f"{'r' * 240}{number}@x.org" for number in range(60)],
            "in_reply_to": "i" * 240 + "@x.org",
        },
    )

    SmtpSender(settings_).send(row)

    assert max(len(line) for line in inbox.raws[0].split(b"\r\n")) <= 998
    assert inbox.mails[0]["Subject"].endswith("[#42]")
    assert len(inbox.mails[0]["References"].split()) == 20


def attacks() -> list[str]:
    lines = ["a\r\nBcc: thief@x.org", "a\nBcc: thief@x.org\n\nbody", "a\r b", "a\u2028Bcc: x", "a\x00b", "a\x0bBcc: b"]
    lines += ["=?utf-8?q?a=0D=0ABcc:_thief@x.org?=", '"<thief@x.org>', "a@b,c@d", "(comment) <x@y>", '\\"; x', "\u202e"]
    if ATTACKS.exists():
        found = (json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines())
        lines += [each["text"] for each in found if each.get("kind") in {"mail-header", "newline"} and "text" in each]
    return lines


@pytest.mark.parametrize("attack", attacks())
def test_no_name_subject_or_reference_becomes_another_header(attack: str) -> None:
    names = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"]
    row = outgoing(
        subject=f"{attack} [#42]",
        agent_name=attack,
        details={
            "to": "dewi@example.org",
            "to_name": attack,
            "in_reply_to": attack,
            "references": [attack, f"{attack}@x.org", "good@x.org"],
        },
    )

    letter = message_from_bytes(compose(row, Mail()).raw, policy=default)

    assert [name for name in letter if name in names] == [name for name in names if name in letter]
    assert set(letter) <= {*names, "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert [address.addr_spec for address in letter["To"].addresses] == ["dewi@example.org"]
    assert [address.addr_spec for address in letter["From"].addresses] == ["support@example.com"]
    assert "good@x.org" in letter["References"]


@pytest.mark.parametrize(
    "to",
    ["", "dewi", "a b@x.org", "a@", "@x.org", "a@x.org\r\nRCPT TO:<b@y>", "a@x.org, b@y.org", "<a@x.org>", "a@é .x"],
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(AddressError):
        compose(outgoing(details={"to": to}), Mail())


def test_an_address_in_another_script_goes_out_as_utf8(settings_: Mail, inbox: Inbox) -> None:
    SmtpSender(settings_).send(outgoing(details={"to": "用户@例子.测试", "to_name": "用户"}))

    assert inbox.envelopes[0].rcpt_tos == ["用户@xn--fsqu00a.xn--0zwm56d"]
    assert "用户@xn--fsqu00a.xn--0zwm56d".encode() in inbox.raws[0]


def test_a_domain_in_another_script_needs_no_special_server(settings_: Mail, inbox: Inbox) -> None:
    SmtpSender(settings_).send(outgoing(details={"to": "user@例子.测试"}))

    assert inbox.envelopes[0].rcpt_tos == ["user@xn--fsqu00a.xn--0zwm56d"]
    assert inbox.raws[0].isascii()


@pytest.mark.parametrize("where", ["rcpt", "data"])
@pytest.mark.parametrize(("answer", "error"), [("451 busy", TryLaterError), ("550 5.1.1 no such user", RefusedError)])
def test_the_servers_words_decide(
    settings_: Mail, inbox: Inbox, where: str, answer: str, error: type[Exception]
) -> None:
    setattr(inbox, where, answer)

    with pytest.raises(error, match=answer):
        SmtpSender(settings_).send(outgoing())
    assert inbox.raws == []


def test_a_server_that_hangs_up_after_the_text_leaves_the_outcome_unknown(settings_: Mail, inbox: Inbox) -> None:
    inbox.hangs_up = True

    with pytest.raises(UnknownOutcomeError):
        SmtpSender(settings_).send(outgoing())


def test_a_server_that_is_not_there_is_tried_later() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings = Mail(smtp=Smtp(host="127.0.0.1", port=port, security="none", timeout_seconds=2))

    with pytest.raises(TryLaterError, match=f"127.0.0.1:{port}"):
        SmtpSender(settings).send(outgoing())


def test_a_server_without_encryption_gets_nothing_when_encryption_is_wanted(server: Smtp, inbox: Inbox) -> None:
    wanted = Mail(smtp=Smtp(host=server.host, port=server.port, security="starttls", timeout_seconds=5))

    with pytest.raises(TryLaterError, match="STARTTLS"):
        SmtpSender(wanted).send(outgoing())
    assert inbox.raws == []


def test_no_password_goes_to_a_server_that_does_not_ask(server: Smtp, inbox: Inbox) -> None:
    with_login = Smtp(host=server.host, port=server.port, security="none", user="u", password="p", timeout_seconds=5)

    with pytest.raises(TryLaterError):
        SmtpSender(Mail(smtp=with_login)).send(outgoing())
