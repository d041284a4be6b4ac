"""Sending mail over SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress

from db.rows import OutgoingRow
from desk.channels.mail.composing import AddressError, Composed, HeaderError, compose
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError
from desk.rules.text import clean_text
from desk.settings import Mail


class SmtpSender:
    """One connection a message; a support desk sends few enough that a kept one would mostly be stale."""

    def __init__(self, settings: Mail) -> None:
        self._mail = settings
        self._smtp = settings.smtp

    def send(self, message: OutgoingRow) -> str | None:
        """Hand the mail to the server; 4xx and a lost connection are tried later, 5xx never."""
        try:
            mail = compose(message, self._mail)
        except (AddressError, HeaderError) as error:
            raise RefusedError(str(error)) from error
        server = self._connected()
        try:
            self._transmit(server, mail)
            with suppress(OSError, smtplib.SMTPException):
                server.quit()  # the mail has been taken: how the farewell goes does not matter any more
        finally:
            server.close()
        return message.external_id

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
            raise TryLaterError(_words(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"{smtp.host}:{smtp.port} cannot be used: {error}") from error
        return server

    def _introduce(self, server: smtplib.SMTP) -> None:
        if self._smtp.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if self._smtp.user:
            server.login(self._smtp.user, self._smtp.password)

    def _transmit(self, server: smtplib.SMTP, mail: Composed) -> None:
        options = ["SMTPUTF8"] if mail.needs_utf8 else []
        if mail.needs_utf8 and not server.has_extn("smtputf8"):
            raise RefusedError(f"The mail server does not take addresses like {mail.to} (no SMTPUTF8)")
        try:
            self._expect(server.mail(mail.sender, options))
            self._expect(server.docmd("RCPT", f"TO:<{mail.to}>"))
            code, words = server.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"The mail server hung up before the message: {error}") from error
        if code != 354:
            self._expect((code if code >= 400 else 451, words))
        try:
            server.send(mail.on_the_wire())
            answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # The text was on its way: only the server knows whether it has taken it.
            raise UnknownOutcomeError(f"The mail server hung up after the message: {error}") from error
        self._expect(answer)

    @staticmethod
    def _expect(answer: tuple[int, bytes | str]) -> None:
        code, words = answer
        if 200 <= code < 300:
            return
        raise (RefusedError if code >= 500 else TryLaterError)(_words(code, words))


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return clean_text(f"{code} {text}")
