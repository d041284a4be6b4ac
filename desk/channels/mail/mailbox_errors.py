"""What is wrong with a mailbox on a server, in plain words and with what to do about it."""

from __future__ import annotations

import re
import socket
import ssl
from typing import Literal

from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from desk.rules.text import clean_line
from desk.settings import Mailbox

Stage = Literal["secret", "name", "connection", "tls", "login", "folder", "server"]
_AS_BYTES = re.compile(r"""\bb(['"])(.*)\1""")

_TOLD: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Stage, str], ...] = (
    (
        (socket.gaierror, UnicodeError),
        "name",
        "There is no host {host} ({words}). Check `host`, and that this machine can resolve names.",
    ),
    (
        ssl.SSLCertVerificationError,
        "tls",
        "The certificate of {at} cannot be trusted: {words}. If the server has a certificate of its own making, "
        "name a file with it in `ca_file`; if not, somebody may stand in between.",
    ),
    (
        ssl.SSLError,
        "tls",
        "{at} does not answer in TLS ({words}). `security` is {security}: mostly tls goes with port 993, and "
        "starttls with 143.",
    ),
    (ConnectionRefusedError, "connection", "Nothing listens at {at}. Check `host` and `port`, or start the server."),
    (
        TimeoutError,
        "connection",
        "{at} does not answer in time. Check `host` and `port`, and whether a firewall is in between.",
    ),
    (IMAPClientAbortError, "server", "The connection to {at} broke off ({words}). It is tried again by itself."),
    (OSError, "connection", "{at} cannot be reached: {words}."),
)
"""Kinds of errors, the first that fits, with how far the way was open and what to say."""


class MailboxError(Exception):
    """A mailbox cannot be used now; `stage` says how far the way to it was open."""

    def __init__(self, words: str, stage: Stage = "server") -> None:
        super().__init__(clean_line(words, 1000))
        self.stage: Stage = stage


class SignInError(MailboxError):
    """The server does not let us in; trying often may lock the account."""

    def __init__(self, words: str) -> None:
        super().__init__(words, "login")


class RefusedByServerError(MailboxError):
    """The server understood and said no; the connection is as good as before."""


class NoFolderError(MailboxError):
    """There is no folder of that name."""

    def __init__(self, words: str) -> None:
        super().__init__(words, "folder")


def explained(error: Exception, mailbox: Mailbox) -> MailboxError:
    """An error of the way to a server, or of the server, as ours."""
    at = f"{mailbox.host}:{mailbox.port}"
    for kinds, stage, told in _TOLD:
        if isinstance(error, kinds):
            words = told.format(at=at, host=mailbox.host, security=mailbox.security, words=_words(error))
            return MailboxError(words, stage)
    return RefusedByServerError(f"The server at {at} says: {_words(error)}")


def sign_in_refused(error: Exception, mailbox: Mailbox, secret: str) -> MailboxError:
    """What it means that signing in went wrong; the secret is never in the words."""
    behind = error.__context__ if isinstance(error, LoginError) else error
    if not isinstance(behind, IMAPClientError) or isinstance(behind, IMAPClientAbortError):
        return explained(behind if isinstance(behind, Exception) else error, mailbox)
    words = _words(error).replace(secret, "***") if secret else _words(error)
    if "UNAVAILABLE" in words.upper() or "temporar" in words.lower():
        return MailboxError(f"The server cannot check logins now: {words}. It is tried again by itself.", "login")
    if isinstance(behind, CapabilityError):
        return SignInError(f"The server knows no such way to sign in: {words}.")
    fix = (
        "Check that the token is fresh and made for IMAP"
        if mailbox.uses_token
        else "Check `user` and the password; some providers want an app password, or OAuth2 (`token_command`)"
    )
    return SignInError(f"The server refuses the login of {mailbox.user}: {words}. {fix}.")


def _words(error: Exception) -> str:
    """An error's own words, without Python's dress."""
    if isinstance(error, ssl.SSLError):
        text = getattr(error, "verify_message", "") or error.reason or str(error)
    else:
        text = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return _AS_BYTES.sub(r"\2", text).strip().rstrip(".")
