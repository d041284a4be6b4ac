"""What every sender of outbound messages looks like, and which one takes a message."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from db.kinds import Channel
from desk.rules.refunds.contacts import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.rows import OutgoingRow
    from desk.settings import Settings


class TryLaterError(Exception):
    """It could not be sent now; nothing has left. The message holds the other side's words."""


class RefusedError(Exception):
    """The other side will never take this message; nothing has left. The message holds its words."""


class UnknownOutcomeError(Exception):
    """The connection broke where nobody can tell whether the message was taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side has taken a message: `provider_id` is its name there, if it has one.

    `refused` are people in copy whom it does not reach, with the other side's words; `no_copy` tells why our own
    mailbox has no copy, where it should have one.
    """

    provider_id: str | None = None
    refused: tuple[tuple[str, str], ...] = ()
    no_copy: str = ""


def unnoted() -> None:
    """For a sender whose progress nobody keeps."""


class Sender(Protocol):
    """Sends one message."""

    def send(self, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """Give the message to the outside world.

        `begun` is called at the last moment at which nothing can have left; what it raises ends the sending there, and
        is raised on. Raises `TryLaterError`, `RefusedError` or `UnknownOutcomeError`.
        """


def sender_for(settings: Settings, channel: Channel, way: str = "") -> Sender:
    """The sender in force for a channel: SMTP for mail, the configured command for others, else the spool folder.

    `way` is how a merchant is asked that is not asked by mail: `webhook` or `drop`.
    """
    if way == Way.WEBHOOK:
        from desk.channels.webhook import WebhookSender

        return WebhookSender(settings.refunds)
    if way == Way.DROP:
        from desk.channels.drop import DropSender

        return DropSender(settings.drop_folder)
    if channel is Channel.EMAIL and settings.mail.smtp.host:
        from desk.channels.mail.sender import MailSender

        return MailSender(settings.mail)
    if channel is not Channel.EMAIL and settings.outbox.command:
        from desk.channels.command import CommandSender

        return CommandSender(settings.outbox.command)
    from desk.channels.spool import SpoolSender

    return SpoolSender(settings.spool_folder)


def as_json(message: OutgoingRow) -> dict[str, object]:
    """A message as commands and the spool folder get it; times are ISO 8601 in UTC, what is in files is base64."""
    return {
        "id": message.message_id,
        "case": message.case_id,
        "channel": message.channel.value,
        "to": message.details.get("to", ""),
        "to_name": message.details.get("to_name", ""),
        "cc": message.details.get("cc", []),
        "bcc": message.details.get("bcc", []),
        "reply_to": message.details.get("reply_to"),
        "automatic": bool(message.details.get("automatic")),
        "agent": message.agent_name,
        "subject": message.subject,
        "text": message.text,
        "at": message.at.isoformat(),
        "message_id": message.external_id,
        "in_reply_to": message.details.get("in_reply_to"),
        "references": list(message.details.get("references", ())),
        "attempt": message.attempts,
        "files": [
            {
                "filename": each.filename,
                "content_type": each.content_type,
                "content": b64encode(each.content).decode("ascii"),
            }
            for each in message.files
        ],
    }
