"""LMTP (RFC 2033), by which a mail server delivers: an answer for each recipient, and 250 only for what is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aiosmtpd.lmtp import LMTP

from db.errors import DatabaseUnavailableError

Take = Callable[[bytes, Sequence[str]], None]
"""Stores a message for these recipients; when it returns, the message is durably stored."""

STORED = "250 2.1.5 Stored"
AWAY = "451 4.3.0 The database is away, try again later"
FAULT = "451 4.3.0 A fault of the desk, try again later"
log = logging.getLogger(__name__)


class Protocol(LMTP):
    """One connection of a mail server; `most_bytes` bounds a message."""

    def __init__(self, take: Take, most_bytes: int) -> None:
        self.line_length_limit = most_bytes  # a mail with long lines is a mail; to refuse it would lose it
        super().__init__(
            _Handler(take), data_size_limit=most_bytes, enable_SMTPUTF8=True, hostname="localhost", ident="desk LMTP"
        )
        self._answers = 0

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  (aiosmtpd finds commands by these names)
        """Take a message; everything that is said after it is said once for each recipient."""
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: str | bytes) -> None:
        """Send an answer."""
        text = status if isinstance(status, str) else status.decode()
        if self._answers:
            text = "\r\n".join([text] * self._answers)
        elif text.startswith("354") and self.envelope:
            self._answers = len(self.envelope.rcpt_tos)
        await super().push(text)


class _Handler:
    """What becomes of a message; aiosmtpd calls its methods by these names."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we can: RFC 2033 asks for both."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Store the message, then say so; whatever goes wrong may go well later, so that it is never refused."""
        sender = (envelope.mail_from or "").encode("utf-8", "surrogateescape")
        raw = b"Return-Path: <" + sender + b">\r\n" + envelope.original_content
        try:
            await asyncio.to_thread(self._take, raw, list(envelope.rcpt_tos))
        except DatabaseUnavailableError as error:
            log.warning("a message was put off: %s", error)
            return AWAY
        except Exception:
            log.exception("a message was put off")
            return FAULT
        return STORED

    async def handle_exception(self, _error: Exception) -> str:
        """What a fault of the protocol is answered with."""
        log.exception("a mail server was put off")
        return FAULT
