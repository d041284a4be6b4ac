"""The doctor's look at the server that takes our mail: connection, TLS, login; nothing is sent."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator

from desk.channels.mail.mailbox_errors import MailboxError
from desk.channels.mail.smtp import sign_in
from desk.doctor.findings import Finding, note, well, wrong
from desk.settings import Smtp

ABOUT = "smtp"
MOST_SECONDS = 20


def smtp_found(smtp: Smtp) -> Iterator[Finding]:
    """The whole way to the server."""
    if not smtp.host:
        yield note(ABOUT, "No server is set (`mail.smtp.host`), so answers by mail are put into the spool folder.")
        return
    at = f"{smtp.host}:{smtp.port}"
    try:
        with _connected(smtp) as server:
            if smtp.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if smtp.user:
                sign_in(server, smtp)
            server.noop()
    except MailboxError as error:
        yield wrong(ABOUT, str(error))
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        yield wrong(ABOUT, _explained(error, smtp, at))
    else:
        yield well(ABOUT, f"{at} takes mail{f' from {smtp.user}' if smtp.user else ' without a login'}.")


def _connected(smtp: Smtp) -> smtplib.SMTP:
    seconds = min(smtp.timeout_seconds, MOST_SECONDS)
    if smtp.security == "tls":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(smtp.host, smtp.port, timeout=seconds)


def _explained(error: Exception, smtp: Smtp, at: str) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        words = _words(error).replace(smtp.password, "***") if smtp.password else _words(error)
        return f"{at} refuses the login of {smtp.user}: {words}. Check `mail.smtp.user` and `mail.smtp.password`."
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"There is no host {smtp.host}. Check `mail.smtp.host`, and that this machine can resolve names."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {at} cannot be trusted: {error.verify_message}."
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError | smtplib.SMTPServerDisconnected):
        return (
            f"{at} does not speak as expected ({error}). `mail.smtp.security` is {smtp.security!r}: mostly 'tls' goes "
            "with port 465, 'starttls' with 587."
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{at} says: {_words(error)}."
    return f"{at} cannot be reached: {error}. Check `mail.smtp.host` and `mail.smtp.port`."


def _words(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{error.smtp_code} {text}"
