"""Sending mail over SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl

from db.rows import OutgoingRow
from desk.channels.mail.composing import AddressError, compose
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError
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
        except AddressError as error:
            raise RefusedError(str(error)) from error
        server = self._connected()
        try:
            self._transmit(server, mail.as_bytes(), str(message.details["to"]))
        finally:
            server.close()
        return message.external_id

    def _connected(self) -> smtplib.SMTP:
        smtp = self._smtp
        context = ssl.create_default_context()
        try:
            if smtp.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context
                )
            else:
                server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
            if smtp.security == "starttls":
                server.starttls(context=context)
            if smtp.user:
                server.login(smtp.user, smtp.password)
        except smtplib.SMTPResponseException as error:
            raise TryLaterError(_words(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"{smtp.host}:{smtp.port} cannot be used: {error}") from error
        return server

    def _transmit(self, server: smtplib.SMTP, data: bytes, to: str) -> None:
        try:
            server.ehlo_or_helo_if_needed()
            self._expect(server.mail(self._mail.from_address))
            self._expect(server.rcpt(to))
        except (OSError, smtplib.SMTPException) as error:
            raise TryLaterError(f"The mail server hung up before the message: {error}") from error
        try:
            code, words = server.data(data)
        except smtplib.SMTPDataError as error:
            self._expect((error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            # The text was on its way: only the server knows whether it has taken it.
            raise UnknownOutcomeError(f"The mail server hung up after the message: {error}") from error
        else:
            self._expect((code, words))

    @staticmethod
    def _expect(answer: tuple[int, bytes | str]) -> None:
        code, words = answer
        if 200 <= code < 300:
            return
        raise (RefusedError if code >= 500 else TryLaterError)(_words(code, words))


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"
