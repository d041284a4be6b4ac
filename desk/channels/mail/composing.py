"""Building outgoing mail that is correct and in which no field can become another (RFC 5322)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

from db.folding import without_invisible
from db.rows import OutgoingRow
from desk.channels.mail.outgoing_parts import add_body
from desk.rules.recipients import NotAnAddressError, split_address
from desk.rules.text import clean_line
from desk.settings import Mail

MOST_REFERENCES = 20
"""Long threads keep their first and latest ancestors; RFC 5322 lets a client shorten the list."""

MOST_NAME = 100
MOST_SUBJECT = 200
"""Characters of a subject: what a folded header can carry on lines that every server takes."""


class AddressError(ValueError):
    """An address that no mail can be sent to."""


class HeaderError(ValueError):
    """A field would not stay one field: the last net below all that is cleaned before."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail as bytes, with its envelope; `needs_utf8` when an address can't be written in ASCII (RFC 6531).

    `senders` are the envelope's: the first that the server takes. Empty is the null sender. `copies` are in copy,
    seen and unseen.
    """

    raw: bytes
    senders: tuple[str, ...]
    to: str
    copies: tuple[str, ...]
    needs_utf8: bool

    def on_the_wire(self) -> bytes:
        """The message as it follows DATA, with dots doubled at the beginning of lines (RFC 5321, 4.5.2)."""
        data = self.raw if self.raw.endswith(b"\r\n") else self.raw + b"\r\n"
        return re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"


def compose(message: OutgoingRow, settings: Mail) -> Composed:
    """The mail for a message, threaded by In-Reply-To and References, from the address that answers for its mailbox.

    Its text comes as it was written and as simple HTML. Who is in `details["bcc"]` is in the envelope only.
    Raises `AddressError` when a recipient's address is none, `HeaderError`.
    """
    details = message.details
    sender = _sender(message, settings)
    to = _address(str(details.get("to_name", "")), str(details.get("to", "")))
    seen, unseen = _addresses(details.get("cc")), _addresses(details.get("bcc"))
    everybody = (sender, to, *seen, *unseen)
    needs_utf8 = not all(each.addr_spec.isascii() for each in everybody)
    policy = SMTPUTF8 if needs_utf8 else SMTP
    mail = EmailMessage(policy=policy)
    mail["From"] = sender
    mail["To"] = to
    if seen:
        mail["Cc"] = seen
    _add_reply_to(mail, details, sender)
    mail["Subject"] = _subject(message.subject)
    mail["Date"] = format_datetime(message.at)
    if message.external_id:
        mail["Message-ID"] = f"<{message.external_id}>"
    _add_thread(mail, details)
    automatic = bool(details.get("automatic"))
    if automatic:
        # RFC 3834; the second keeps Exchange from answering with an absence note.
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    add_body(mail, message.text, message.files)
    raw = _checked(mail)
    copies = tuple(dict.fromkeys(each.addr_spec for each in (*seen, *unseen) if each.addr_spec != to.addr_spec))
    senders = ("", sender.addr_spec) if automatic else (sender.addr_spec,)
    return Composed(raw, senders, to.addr_spec, copies, needs_utf8)


def _sender(message: OutgoingRow, settings: Mail) -> Address:
    address, name = settings.answers_as(message.details.get("mailbox"))
    # Some readers show a name with an address in it as if that were the sender.
    agent = message.agent_name.replace("@", " ")
    return _address(f"{agent} · {name}" if agent.strip() else name, address)


def _add_reply_to(mail: EmailMessage, details: Any, sender: Address) -> None:
    reply_to = str(details.get("reply_to") or "")
    if reply_to and reply_to != sender.addr_spec:
        mail["Reply-To"] = _address(sender.display_name, reply_to)


def _add_thread(mail: EmailMessage, details: Any) -> None:
    if in_reply_to := _message_id(details.get("in_reply_to")):
        mail["In-Reply-To"] = f"<{in_reply_to}>"
    references = [found for name in details.get("references", ()) if (found := _message_id(name))]
    if len(references) > MOST_REFERENCES:
        references = [references[0], *references[1 - MOST_REFERENCES :]]
    if references:
        mail["References"] = " ".join(f"<{name}>" for name in references)


def _checked(mail: EmailMessage) -> bytes:
    raw = mail.as_bytes()
    if BytesHeaderParser().parsebytes(raw).keys() != mail.keys():
        raise HeaderError("A field of this mail would become another one; it is not sent.")
    return raw


def _addresses(written: object) -> tuple[Address, ...]:
    """The addresses of a list of `[name, address]`, each once."""
    if not isinstance(written, list | tuple):
        return ()
    found = [_address(str(name), str(address)) for name, address in written]
    return tuple({each.addr_spec: each for each in reversed(found)}.values())[::-1]


def _address(name: str, address: str) -> Address:
    try:
        username, domain = split_address(address)
    except NotAnAddressError as error:
        raise AddressError(str(error)) from error
    return Address(display_name=_words(without_invisible(name), MOST_NAME), username=username, domain=domain)


def _words(text: str, limit: int) -> str:
    """Words for a header; what looks like an encoded word is taken apart: the library would decode it to anything."""
    return clean_line(text, limit).replace("=?", "= ?")


def _subject(subject: str) -> str:
    token = re.search(r" \[#\d+(?:-[a-z2-7]{8})?\]$", subject)
    rest = subject[: token.start()] if token else subject
    return _words(rest, MOST_SUBJECT) + (token[0] if token else "")


def _message_id(name: object) -> str | None:
    """The id if it can stand in a header as it is, else nothing: a stranger chose it."""
    if not isinstance(name, str) or not name or len(name) > 250:
        return None
    plain = name.isascii() and name.isprintable() and "=?" not in name
    return name if plain and not set(name) & set(' <>()"\\,;') else None
