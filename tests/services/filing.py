"""What tests of filing do again and again: live mail, answers that went out, reports about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from db.kinds import Channel, MessageKind
from db.models import Case, ContactPoint, Message, OutboxItem
from desk.channels.mail.incoming import read_incoming
from desk.services import cases, intake, outbox, replies

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

EVE = "Eve <eve@example.net>"
REPORT = intake.IntakeReport


def receive_live(desk: Desk, *raws: bytes, mailbox: str = "") -> intake.IntakeReport:
    """Take mails in that arrive just now."""
    deliveries = [intake.Delivery(raw, "test", mailbox, live=True) for raw in raws]
    return intake.take_in(desk, None, Channel.EMAIL, deliveries, read_incoming)


def acknowledgements(desk: Desk) -> list[Message]:
    """The automatic confirmations, oldest first."""
    with desk.database.write() as unit:
        query = select(Message).where(Message.kind == MessageKind.OUTBOUND, Message.agent_id.is_(None))
        return list(unit.session.scalars(query.order_by(Message.id)))


def contact(desk: Desk, address: str = "dewi@example.org") -> ContactPoint:
    """What is on file of an address."""
    with desk.database.write() as unit:
        return unit.session.scalars(select(ContactPoint).where(ContactPoint.folded == address)).one()


def all_cases(desk: Desk) -> list[Case]:
    """Every case, oldest first."""
    with desk.database.write() as unit:
        return list(unit.session.scalars(select(Case).order_by(Case.id)))


def messages(desk: Desk, case_id: int) -> list[Message]:
    """The messages of a case, oldest first."""
    with desk.database.write() as unit:
        return list(unit.session.scalars(select(Message).where(Message.case_id == case_id).order_by(Message.id)))


def item_of(desk: Desk, message_id: int) -> OutboxItem:
    """A message's place in the outbox."""
    with desk.database.write() as unit:
        return unit.session.scalars(select(OutboxItem).where(OutboxItem.message_id == message_id)).one()


def sent(desk: Desk, me: AgentRow, case: CaseDetail, clock: SettableClock) -> OutgoingRow:
    """An answer on the case that has left."""
    page = cases.open_case(desk, me, case.case.id)
    replies.reply(desk, me, case.case.id, "We look into it.", seen=page.last_message_id)
    clock.advance(seconds=10)
    return sent_now(desk)


def sent_now(desk: Desk) -> OutgoingRow:
    """Send what is due; the last message of it."""
    rows = outbox.lease(desk, "worker")
    for row in rows:
        outbox.settle_sent(desk, row.outbox_id, "worker", row.external_id)
    return rows[-1]


def bounce(
    message_id: str = "",
    *,
    to: str = "dewi@example.org",
    status: str = "5.1.1",
    own_id: str = "bounce@mx.example.org",
    returned: str = "",
    kind: str = "failed",
) -> bytes:
    """A report of failed delivery (RFC 3464); `returned` is more of the header that came back."""
    original = f"Message-ID: <{message_id}>\r\n" if message_id else ""
    recipient = f"Final-Recipient: rfc822; {to}\r\n" if to else ""
    return (
        f"From: MAILER-DAEMON@mx.example.org\r\nTo: support@example.com\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <{own_id}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"{recipient}Action: {kind}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}"
        f"From: support@example.com\r\n{returned}\r\nWe look into it.\r\n--b--\r\n"
    ).encode()


def complaint(message_id: str, *, kind: str = "abuse", to: str = "dewi@example.org") -> bytes:
    """A feedback report (RFC 5965)."""
    recipient = f"Original-Rcpt-To: <{to}>\r\n" if to else ""
    return (
        "From: <feedback@provider.example>\r\nTo: support@example.com\r\nSubject: FW: Re: My payment failed\r\n"
        "Message-ID: <report@provider.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: P/1\r\n"
        f"Version: 1\r\n{recipient}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message_id}>\r\nFrom: support@example.com\r\n"
        "Subject: Re: My payment failed\r\n\r\nWe look into it.\r\n--b--\r\n"
    ).encode()
