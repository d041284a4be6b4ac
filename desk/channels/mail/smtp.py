"""Sending mail over SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress

from db.rows import OutgoingRow
from desk.channels.mail.composing import AddressError, Composed, HeaderError, compose
from desk.channels.mail.envelope import offer_envelope, require_accepted, words_of
from desk.channels.mail.mailbox_errors import MailboxError
from desk.channels.mail.secrets import secret_of
from desk.channels.mail.signing_in import xoauth2
from desk.channels.sending import RefusedError, Taken, TryLaterError, UnknownOutcomeError, unnoted
from desk.settings import Mail, Smtp

FAREWELL_SECONDS = 2.0


class SmtpSender:
    """One connection a message; a support desk sends few enough that a kept one would mostly be stale."""

    def __init__(self, settings: Mail) -> None:
        self._mail = settings
        self._smtp = settings.smtp

    def send(self, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """Hand the mail to the server; 4xx and a lost connection are tried later, 5xx never.

        People in copy whom the server will never take are left out and named in what comes back.
        """
        return self.deliver(self.composed(message), message, begun)

    def composed(self, message: OutgoingRow) -> Composed:
        """The mail for a message. Raises `RefusedError` when it can never be one."""
        try:
            return compose(message, self._mail)
        except (AddressError, HeaderError) as error:
            raise RefusedError(str(error)) from error

    def deliver(self, mail: Composed, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """As `send`, for a mail that is composed."""
        server = self._connected()
        try:
            refused = self._transmit(server, mail, message.attempts, begun)
            with suppress(OSError, smtplib.SMTPException):
                # The mail has been taken: how the farewell goes, or how long it takes, must not matter any more.
                if server.sock is not None:
                    server.sock.settimeout(FAREWELL_SECONDS)
                server.quit()
        finally:
            server.close()
        return Taken(message.external_id, refused)

    def _connected(self) -> smtplib.SMTP:
        smtp = self._smtp
        try:
            if smtp.security == "tls":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context
                )
            else:
                server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
            try:
                self._introduce(server)
            except BaseException:
                server.close()
                raise
        except smtplib.SMTPResponseException as error:
            raise TryLaterError(words_of(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"{smtp.host}:{smtp.port} cannot be used: {error}") from error
        return server

    def _introduce(self, server: smtplib.SMTP) -> None:
        if self._smtp.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if self._smtp.user:
            try:
                sign_in(server, self._smtp)
            except MailboxError as error:
                raise TryLaterError(f"{self._smtp.host}: {error}") from error

    @staticmethod
    def _transmit(
        server: smtplib.SMTP, mail: Composed, attempts: int, begun: Callable[[], object]
    ) -> tuple[tuple[str, str], ...]:
        try:
            refused = offer_envelope(server, mail, attempts)
            code, words = server.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"The mail server hung up before the message: {error}") from error
        if code != 354:
            require_accepted((code if code >= 400 else 451, words))
        begun()  # a server forgets a message whose end it has not seen (RFC 5321, 4.1.1.4): until here nothing has left
        try:
            server.send(mail.on_the_wire())
            answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # The text was on its way: only the server knows whether it has taken it.
            raise UnknownOutcomeError(f"The mail server hung up after the message: {error}") from error
        require_accepted(answer)
        return refused


def sign_in(server: smtplib.SMTP, smtp: Smtp) -> None:
    """Sign in with the secret that settings name. Raises `MailboxError` where there is none, and what smtplib does."""
    secret = secret_of(smtp)
    if not smtp.uses_token:
        server.login(smtp.user, secret)
        return
    answers = [xoauth2(smtp.user, secret).decode()]  # a second challenge only tells why it was refused
    server.ehlo_or_helo_if_needed()
    server.auth("XOAUTH2", lambda _challenge=None: answers.pop() if answers else "")
