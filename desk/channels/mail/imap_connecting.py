"""The way to an IMAP server: connection and TLS, with certificates checked."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from desk.channels.mail.mailbox_errors import MailboxError, explained
from desk.settings import Mailbox

CONNECT_SECONDS = 20
ANSWER_SECONDS = 60


def client_for(mailbox: Mailbox) -> IMAPClient:
    """A client that is connected and not yet signed in. Raises `MailboxError`."""
    with plainly(mailbox):
        context = _trust(mailbox) if mailbox.security != "none" else None
        client = IMAPClient(
            mailbox.host,
            mailbox.port,
            ssl=mailbox.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        client.normalise_times = False
        try:
            if mailbox.security == "starttls":
                client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
        return client


def _trust(mailbox: Mailbox) -> ssl.SSLContext:
    if not mailbox.ca_file:
        return ssl.create_default_context()
    path = Path(mailbox.ca_file).expanduser()
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl's own errors are such as well
        raise MailboxError(f"`ca_file` {path} cannot be used: {error.strerror or error}.", "tls") from error


@contextmanager
def plainly(mailbox: Mailbox) -> Iterator[None]:
    """Raises errors of the way to the server, and of the server, as `MailboxError`."""
    try:
        yield
    except (IMAPClientError, OSError, UnicodeError) as error:
        raise explained(error, mailbox) from error
