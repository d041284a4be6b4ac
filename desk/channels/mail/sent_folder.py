"""Copies of sent mail in the mailbox's folder for them, and the search there for what may have been sent."""

from __future__ import annotations

from desk.channels.mail.imap import connected
from desk.channels.mail.mailbox_errors import MailboxError
from desk.settings import Mailbox


def append_to_sent(mailbox_settings: Mailbox, raw: bytes, message_id: str) -> None:
    """Put a copy of a sent mail into the Sent folder, unless it is there already.

    Doing it again is safe: a copy that the provider or an earlier try has put there is found by its Message-ID.
    Nothing is sent, and no folder is made. Raises `MailboxError`: then there is no copy, or it is not known whether.
    """
    name = _bare(message_id)
    with connected(mailbox_settings) as connection:
        folder = connection.sent_folder()
        connection.open(folder, to_change=False)
        if not connection.find(name):
            connection.append(folder, raw)


def find_in_sent(mailbox_settings: Mailbox, message_id: str) -> bool:
    """Whether the Sent folder has a mail of this Message-ID (with or without angle brackets). Raises `MailboxError`."""
    name = _bare(message_id)
    with connected(mailbox_settings) as connection:
        connection.open(connection.sent_folder(), to_change=False)
        return connection.find(name)


def _bare(message_id: str) -> str:
    name = message_id.strip().removeprefix("<").removesuffix(">")
    if not name or not name.isprintable() or not name.isascii():
        raise MailboxError(f"{message_id!r} is no Message-ID that could be looked for.")
    return name


__all__ = ["MailboxError", "append_to_sent", "find_in_sent"]
