"""Building outgoing mail that is correct and in which no field can become another (RFC 5322)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from db.rows import OutgoingRow
from desk.rules.text import clean_line
from desk.settings import Mail

MOST_REFERENCES = 20
"""Long threads keep their first and latest ancestors; RFC 5322 lets a client shorten the list."""

MOST_NAME = 100
LONGEST_QUOTED = 50
"""Characters of a name with signs in it: the library folds a longer one, and drops its quotation marks when it does."""

MOST_SUBJECT = 200
"""Characters of a subject: what a folded header can carry on lines that every server takes."""


class AddressError(ValueError):
    """An address that no mail can be sent to."""


class HeaderError(ValueError):
    """A field would not stay one field: the last net below all that is cleaned before."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail with its envelope; `needs_utf8` when an address can't be written in ASCII (RFC 6531)."""

    mail: EmailMessage
    sender: str
    to: str
    needs_utf8: bool

    def on_the_wire(self) -> bytes:
        """The message as it follows DATA, with dots doubled at the beginning of lines (RFC 5321, 4.5.2)."""
        data = self.mail.as_bytes()
        if not data.endswith(b"\r\n"):
            data += b"\r\n"
        return re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"


def compose(message: OutgoingRow, settings: Mail) -> Composed:
    """The mail for a message: plain text in UTF-8, threaded by In-Reply-To and References.

    Raises `AddressError` when the recipient's address is none, `HeaderError`.
    """
    sender = _address(f"{message.agent_name} · {settings.from_name}", settings.from_address)
    to = _address(str(message.details.get("to_name", "")), str(message.details.get("to", "")))
    needs_utf8 = not (sender.addr_spec + to.addr_spec).isascii()
    mail = EmailMessage(policy=SMTPUTF8 if needs_utf8 else SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = _subject(message.subject)
    mail["Date"] = format_datetime(message.at)
    if message.external_id:
        mail["Message-ID"] = f"<{message.external_id}>"
    if in_reply_to := _message_id(message.details.get("in_reply_to")):
        mail["In-Reply-To"] = f"<{in_reply_to}>"
    references = [found for name in message.details.get("references", ()) if (found := _message_id(name))]
    if len(references) > MOST_REFERENCES:
        references = [references[0], *references[1 - MOST_REFERENCES :]]
    if references:
        mail["References"] = " ".join(f"<{name}>" for name in references)
    mail.set_content(message.text + "\n", cte="quoted-printable")
    if message_from_bytes(mail.as_bytes()).keys() != mail.keys() or not _is_read_as(mail, sender, to):
        raise HeaderError("A field of this mail would become another one; it is not sent.")
    return Composed(mail, sender.addr_spec, to.addr_spec, needs_utf8)


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        # The library reads no local part outside ASCII: its form is checked with letters in their place.
        parsed = Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", local) + "@" + domain)
        if not parsed.domain or any(ord(sign) < 33 for sign in parsed.username):
            raise AddressError(f"{address!r} is not an address that mail can be sent to")
        username = parsed.username if local.isascii() else local
        return Address(display_name=_display_name(name, parsed.addr_spec), username=username, domain=parsed.domain)
    except (ValueError, IndexError, MessageError, RecursionError) as error:
        raise AddressError(f"{address!r} is not an address that mail can be sent to") from error


def _display_name(name: str, address: str) -> str:
    """A name that stays one, quoted or not: without its quotation marks a comma would begin another recipient."""
    name = _words(name, MOST_NAME)
    is_short = len(name) + len(address) <= LONGEST_QUOTED
    return name if is_short else " ".join(re.sub(r'[()<>\[\]:;@\\,."]', " ", name).split())


def _is_read_as(mail: EmailMessage, sender: Address, to: Address) -> bool:
    """Whether others will find exactly these addresses in it."""
    read = message_from_string(mail.as_string(), policy=mail.policy)
    found = [[each.addr_spec for each in read[field].addresses] for field in ("From", "To")]
    return found == [[sender.addr_spec], [to.addr_spec]]


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
