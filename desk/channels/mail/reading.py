"""Reading one message: any bytes in, what an agent needs to know out, never an exception and never a hang."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from desk.channels.mail.addresses import read_addresses
from desk.channels.mail.authentication import read_authentication
from desk.channels.mail.automatic import is_automatic, read_mailing
from desk.channels.mail.body import BodyReader
from desk.channels.mail.bounces import read_bounce
from desk.channels.mail.charsets import storable
from desk.channels.mail.complaints import read_complaint
from desk.channels.mail.dates import read_date
from desk.channels.mail.identifiers import read_identifiers
from desk.channels.mail.limits import DEFAULT_LIMITS, ReadLimits
from desk.channels.mail.parsed import Address, ParsedMail
from desk.channels.mail.parts import Part, PartReader
from desk.channels.mail.replies import newly_written, without_marks

if TYPE_CHECKING:
    from desk.channels.mail.body import Body
    from desk.channels.mail.fields import Fields


def read_mail(raw: bytes, *, limits: ReadLimits = DEFAULT_LIMITS) -> ParsedMail:
    """Read a message of RFC 5322 and MIME as received; what cannot be read comes back with `error` set.

    Bounded in time and memory by `limits`; `notes` say what was left out or mended.
    """
    mail = ParsedMail()
    notes: list[str] = []
    try:
        if len(raw) > limits.message_bytes:
            raw = raw[: limits.message_bytes]
            notes.append(f"the message was read up to {limits.message_bytes} bytes")
        if b"\n" not in raw and b"\r" in raw:
            raw = raw.replace(b"\r", b"\n")
        reader = PartReader(raw, limits)
        root = reader.read()
        _hint(root)
        mail = _header(mail, root.fields, limits)
        notes.extend(reader.notes)
        if root.fields.cut:
            notes.append("parts of the header were left out")
        body = BodyReader(raw, limits).read(root)
        notes.extend(body.notes)
        mail = _body(mail, root, body, limits)
        if not root.fields and not mail.text.strip():
            mail = replace(mail, error="there is neither a header nor a body")
    except Exception as reason:  # noqa: BLE001 - one bad message must never stop the next one
        mail = replace(mail, error=storable(f"{type(reason).__name__}: {reason}")[:500])
    mail = replace(mail, notes=tuple(dict.fromkeys(notes)))
    return replace(mail, stable_digest=_digest(mail, raw))


def _hint(root: Part) -> None:
    """The charset of the first text part helps to read raw bytes in the header."""
    waiting = [root]
    for part in waiting[:20]:
        if "charset" in part.parameters:
            root.fields.hint = part.parameters["charset"]
            return
        waiting.extend(part.children)


def _header(mail: ParsedMail, fields: Fields, limits: ReadLimits) -> ParsedMail:
    senders = _addresses(fields, "from", limits) or _addresses(fields, "sender", limits)
    if not senders:
        senders = _addresses(fields, "return-path", limits)
    name, address = _sender(senders)
    own = read_identifiers(fields.raw("message-id"), most=1)
    answered = read_identifiers(fields.raw("in-reply-to"), most=10)
    return replace(
        mail,
        message_id=own[0] if own else None,
        in_reply_to=answered[0] if answered else None,
        references=read_identifiers(fields.raw("references"), most=limits.references),
        from_email=address or None,
        from_name=name or None,
        reply_to=_addresses(fields, "reply-to", limits),
        to=_addresses(fields, "to", limits),
        cc=_addresses(fields, "cc", limits),
        subject=fields.text("subject"),
        date=read_date(fields.raw("date")),
        authentication=read_authentication(fields),
    )


def _sender(senders: tuple[Address, ...]) -> Address:
    """The first that has an address; a name alone only where no address is."""
    return next((sender for sender in senders if "@" in sender[1]), senders[0] if senders else ("", ""))


def _addresses(fields: Fields, name: str, limits: ReadLimits) -> tuple[Address, ...]:
    found: list[Address] = []
    for value in fields.all_raw(name):
        found.extend(read_addresses(value, most=limits.addresses - len(found), hint=fields.hint))
        if len(found) >= limits.addresses:
            break
    return tuple(found)


def _body(mail: ParsedMail, root: Part, body: Body, limits: ReadLimits) -> ParsedMail:
    from desk.rules.language import identify

    text = body.text
    if len(text) > limits.text_chars:
        text = text[: limits.text_chars] + "\n[…]"
        body.notes.append(f"text beyond {limits.text_chars} characters was left out")
    reply = newly_written(text)
    text = without_marks(text)
    bounce = read_bounce(root, body, (mail.from_name or "", mail.from_email or ""), mail.subject, mail.message_id)
    language, certainty = identify(reply or text)
    return replace(
        mail,
        text=storable(with_links(text, body.links)),
        reply_text=storable(with_links(reply, body.links)),
        attachments=tuple(body.attachments),
        is_auto=is_automatic(root.fields, mail.subject, text, bounced=bounce is not None),
        is_bounce=bounce is not None,
        bounce=bounce,
        complaint=read_complaint(root, body, mail.message_id),
        mailing=read_mailing(root),
        language=language,
        language_certainty=certainty,
    )


def with_links(text: str, links: list[str]) -> str:
    """The text with the targets of those links listed below that it mentions."""
    listed = [f"[{number}] {link}" for number, link in enumerate(links[:500], 1) if f"[{number}]" in text]
    return text.rstrip() + "\n\n" + "\n".join(listed) if listed else text


def _digest(mail: ParsedMail, raw: bytes) -> str:
    """The same for the same message however it travelled; of the raw bytes where what was read does not tell two apart.

    Two alike with neither an identifier nor a date, or without what was left out of them, may well be two messages:
    one too many can be seen and closed, one too few is lost.
    """
    if mail.error is not None or (not mail.message_id and (mail.date is None or mail.notes)):
        return hashlib.sha256(raw).hexdigest()
    date = mail.date.isoformat() if mail.date else ""
    told = "\0".join((mail.from_email or "", date, mail.subject, mail.text))
    digest = hashlib.sha256(told.encode("utf-8", "replace"))
    for each in mail.attachments:
        digest.update(f"\0{each.filename}\0{each.size}\0".encode("utf-8", "replace"))
        digest.update(each.content)
    return digest.hexdigest()
