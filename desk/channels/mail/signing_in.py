"""Signing in at an IMAP server: with a password, or with an OAuth2 access token (RFC 7628, and XOAUTH2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imapclient.exceptions import IMAPClientError

from desk.channels.mail.mailbox_errors import SignInError, explained, sign_in_refused
from desk.settings import Mailbox

if TYPE_CHECKING:
    from imapclient import IMAPClient


def sign_in(client: IMAPClient, mailbox: Mailbox, secret: str) -> None:
    """Sign in the strongest way that both sides know. Raises `MailboxError`."""
    try:
        if mailbox.uses_token:
            _with_token(client, mailbox, secret)
        else:
            _with_password(client, mailbox, secret)
    except IMAPClientError as error:
        raise sign_in_refused(error, mailbox, secret) from None  # its context may quote the secret
    except OSError as error:
        raise explained(error, mailbox) from None


def xoauth2(user: str, token: str) -> bytes:
    """What the mechanism XOAUTH2 sends, before it is put into base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()


def oauthbearer(user: str, token: str, host: str, port: int) -> bytes:
    """What the mechanism OAUTHBEARER sends (RFC 7628, 3.1), before it is put into base64."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()


def _with_token(client: IMAPClient, mailbox: Mailbox, token: str) -> None:
    if client.has_capability("AUTH=XOAUTH2"):
        client.sasl_login("XOAUTH2", _first(xoauth2(mailbox.user, token), then=b""))
    elif client.has_capability("AUTH=OAUTHBEARER"):
        said = oauthbearer(mailbox.user, token, mailbox.host, mailbox.port)
        client.sasl_login("OAUTHBEARER", _first(said, then=b"\x01"))
    else:
        raise SignInError(f"{mailbox.host} does not take OAuth2 tokens. Use a password, or check `host`.")


def _with_password(client: IMAPClient, mailbox: Mailbox, password: str) -> None:
    if client.has_capability("AUTH=PLAIN"):  # unlike LOGIN it takes letters of every script
        client.plain_login(mailbox.user, password)
    elif client.has_capability("LOGINDISABLED"):
        raise SignInError("The server takes no password on this connection. Set `security` to 'tls' or 'starttls'.")
    elif not (mailbox.user + password).isascii():
        raise SignInError("The server takes only user names and passwords in ASCII.")
    else:
        client.login(mailbox.user, password)


def _first(said: bytes, *, then: bytes) -> Callable[[bytes], bytes]:
    """Answers the first challenge, and any further one, which only tells why it was refused, with `then`."""
    answers = [said]
    return lambda _challenge: answers.pop() if answers else then
