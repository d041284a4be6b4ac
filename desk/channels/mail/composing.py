"""Building outgoing mail that is correct and in which no field can become another (RFC 5322)."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from db.rows import OutgoingRow
from desk.rules.text import clean_line
from desk.settings import Mail

MOST_REFERENCES = 20
"""Long threads keep their first and latest ancestors; RFC 5322 lets a client shorten the list."""


class AddressError(ValueError):
    """An address that no mail can be sent to."""


def compose(message: OutgoingRow, settings: Mail) -> EmailMessage:
    """The mail for a message: plain text in UTF-8, threaded by In-Reply-To and References.

    Raises `AddressError` when the recipient's address is none.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(f"{clean_line(message.agent_name)} · {settings.from_name}", settings.from_address)
    mail["To"] = _address(str(message.details.get("to_name", "")), str(message.details.get("to", "")))
    mail["Subject"] = clean_line(message.subject)
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
    return mail


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=clean_line(name, 200), addr_spec=address)
    except (ValueError, IndexError) as error:
        raise AddressError(f"{address!r} is not an address that mail can be sent to") from error


def _message_id(name: object) -> str | None:
    """The id if it can stand in a header as it is, else nothing: a stranger chose it."""
    if not isinstance(name, str) or not name or len(name) > 250:
        return None
    return name if name.isascii() and name.isprintable() and not set(name) & set(' <>()"\\,;') else None
