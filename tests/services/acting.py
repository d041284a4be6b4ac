"""What tests of services do again and again: mail in, cases on file, people at the desk."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.kinds import Channel
from db.models import Event, Message
from desk.channels.mail.incoming import read_incoming
from desk.channels.messages import read_kept
from desk.services import cases, events, intake, queue
from desk.services.case_tokens import token_key
from desk.services.desk import Desk
from desk.settings import Mail, Settings
from desk.settings_mailboxes import Mailbox

if TYPE_CHECKING:
    from typing import Any

    from db.rows import AgentRow, CaseDetail

SENDER = "Dewi Lestari <dewi@example.org>"


def mail(
    message_id: str = "first@example.org",
    *,
    sender: str = SENDER,
    to: str = "support@example.com",
    subject: str = "My payment failed",
    text: str = "The money is gone, the shop got nothing.",
    files: tuple[tuple[str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """A mail as it comes in; further headers as keywords, `in_reply_to` for `In-Reply-To`."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = "Mon, 23 Nov 2026 13:00:00 +0000"
    if message_id:
        letter["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    for filename, content in files:
        letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=filename)
    return letter.as_bytes()


def receive(desk: Desk, *raws: bytes, me: AgentRow | None = None) -> intake.IntakeReport:
    """Take mails in."""
    return intake.take_in(desk, me, Channel.EMAIL, [intake.Delivery(raw, "test") for raw in raws], read_incoming)


def receive_line(desk: Desk, channel: Channel, line: bytes) -> intake.IntakeReport:
    """Take a message of another system in."""
    return intake.take_in(desk, None, channel, [intake.Delivery(line, "test")], lambda raw: read_kept(raw, channel))


def arrived(desk: Desk, me: AgentRow, raw: bytes | None = None) -> CaseDetail:
    """The new case that a mail opened."""
    report = receive(desk, raw or mail())
    assert report.new_cases == 1
    return newest(desk, me)


def newest(desk: Desk, me: AgentRow) -> CaseDetail:
    """The case on which a message was filed last."""
    with desk.database.read() as connection:
        case_id = connection.scalar(select(Message.case_id).order_by(Message.id.desc()).limit(1))
    assert case_id is not None
    return cases.open_case(desk, me, case_id)


def many(desk: Desk, number: int) -> None:
    """So many new cases, each of its own customer."""
    receive(desk, *(mail(f"many{each}@example.org", sender=f"c{each}@example.org") for each in range(number)))


def in_queue(desk: Desk, me: AgentRow) -> list[int]:
    """The cases of the queue in its order."""
    return [row.id for row in queue.page(desk, me).rows]


def kinds(desk: Desk, me: AgentRow, case_id: int) -> list[str]:
    """What happened on a case, oldest first."""
    return [event.kind for event in reversed(cases.history(desk, me, case_id))]


def last_event(desk: Desk, me: AgentRow, case_id: int) -> dict[str, Any]:
    """What the newest event of a case says."""
    return dict(cases.history(desk, me, case_id)[0].data)


def with_refunds_mailbox(desk: Desk) -> Desk:
    """The same desk, reading `refunds@example.com` as well."""
    box = Mailbox(host="imap.example.com", user="x", reply_address="refunds@example.com")
    mail_settings = Mail(from_address=desk.settings.mail.from_address, mailboxes={"refunds": box})
    return Desk(desk.database, Settings(data_dir=desk.settings.data_dir, mail=mail_settings), desk.clock)


def key_of(desk: Desk) -> bytes:
    """What the desk signs the names of its cases with."""
    with desk.database.write() as unit:
        return token_key(unit.connection)


def counted(desk: Desk, table: type[Any] = Event) -> int:
    """How many rows a table has."""
    with desk.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def cursor(desk: Desk, me: AgentRow) -> int:
    """The newest event's id."""
    return events.latest(desk, me)
