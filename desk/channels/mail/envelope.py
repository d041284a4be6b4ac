"""The part of an SMTP conversation before the message: from whom, to whom, and who of them the server takes."""

from __future__ import annotations

import smtplib

from desk.channels.mail.composing import Composed
from desk.channels.sending import RefusedError, TryLaterError
from desk.rules.text import clean_text

PATIENT_TRIES = 4
"""How often a message waits for people in copy whom the server puts off; then it goes without them."""

Answer = tuple[int, bytes | str]


def offer_envelope(server: smtplib.SMTP, mail: Composed, attempts: int) -> tuple[tuple[str, str], ...]:
    """Name the sender and everybody who gets the mail; who in copy the server refuses, with its words.

    The letter is the customer's: where the server does not take them, nothing is sent to the others either. While
    it puts somebody in copy off (greylisting), all wait, so that nobody gets the mail twice. Raises `RefusedError`,
    `TryLaterError`, and what smtplib raises when the connection is lost.
    """
    _offer_sender(server, mail)
    require_accepted(server.docmd("RCPT", f"TO:<{mail.to}>"))
    refused = []
    for address in mail.copies:
        code, words = server.docmd("RCPT", f"TO:<{address}>")
        if 200 <= code < 300:
            continue
        if (code < 500 and attempts < PATIENT_TRIES) or code == 421:
            raise TryLaterError(f"{address}: {words_of(code, words)}")
        refused.append((address, words_of(code, words)))
    return tuple(refused)


def _offer_sender(server: smtplib.SMTP, mail: Composed) -> None:
    if mail.needs_utf8 and not server.has_extn("smtputf8"):
        raise RefusedError(f"The mail server does not take addresses like {mail.to} (no SMTPUTF8)")
    options = ["SMTPUTF8"] if mail.needs_utf8 else []
    if server.has_extn("size"):
        options.append(f"size={len(mail.raw)}")  # what is too large is refused before it travels (RFC 1870)
    *first, last = mail.senders
    for sender in first:
        if 200 <= server.mail(sender, options)[0] < 300:
            return
        server.rset()
    require_accepted(server.mail(last, options))


def require_accepted(answer: Answer) -> None:
    """Raise `RefusedError` for 5xx, `TryLaterError` for anything else that is no success."""
    code, words = answer
    if 200 <= code < 300:
        return
    raise (RefusedError if code >= 500 else TryLaterError)(words_of(code, words))


def words_of(code: int, words: bytes | str) -> str:
    """A server's answer, fit to be kept."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return clean_text(f"{code} {text}")
