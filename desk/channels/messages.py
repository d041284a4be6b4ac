"""Calls, chats and social messages from other systems: one JSON object a line."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from db.folding import UnusableContactError, fold_handle, fold_phone
from db.kinds import Channel, ContactKind, Language
from desk.rules.addressing import NamedCase
from desk.rules.incoming import CallFacts, Incoming
from desk.rules.language import detect
from desk.rules.phones import is_length_of_number, is_withheld, number_in
from desk.rules.recipients import NotAnAddressError, split_address
from desk.rules.text import is_blank


class MessageLineError(ValueError):
    """A line is not a message; the text says which field is wrong and what it should be."""


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote; exactly one way to reach them."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    handle: str | None = None
    tier: Annotated[str, msgspec.Meta(max_length=24, pattern=r"^[a-z0-9-]*$")] | None = None
    """What was agreed with them, in a short word; left out, it stays as it is."""


class CallLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a call; one that was missed is given back."""

    missed: bool = False
    duration_s: Annotated[int, msgspec.Meta(ge=0, le=604_800)] | None = None


class MessageLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message as other systems hand it in; `at` is ISO 8601 with an offset."""

    channel: Channel
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    sender: Sender = msgspec.field(name="from")
    text: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str = ""
    language: Language | None = None
    case: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    call: CallLine | None = None
    """On the channel phone only."""


EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_decoder = msgspec.json.Decoder(MessageLine)


def read_line(raw: bytes) -> Incoming:
    """Read one line. Raises `MessageLineError`."""
    try:
        line = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageLineError(str(error)) from error
    if is_blank(line.external_id):
        raise MessageLineError("Expected something to read - at `$.external_id`")
    if not EARLIEST <= line.at < LATEST:
        raise MessageLineError("Expected a moment between 1990 and 2100 - at `$.at`")
    if line.call is not None and line.channel is not Channel.PHONE:
        raise MessageLineError("Expected `call` on the channel `phone` only - at `$.call`")
    kind, address = _address(line.sender, line.channel)
    subject_and_text = f"{line.subject}\n{line.text}"
    return Incoming(
        channel=line.channel,
        external_id=line.external_id,
        digest=_digest(line, address),
        sender_kind=kind,
        sender_address=address,
        sender_name=line.sender.name,
        sender_tier=line.sender.tier,
        subject=line.subject,
        text=line.text,
        new_text=line.text,
        at=line.at.astimezone(UTC),
        language=line.language or detect(subject_and_text).language,
        named_cases=(NamedCase(line.case),) if line.case is not None else (),
        may_be_answered=line.channel is not Channel.EMAIL or not _is_programs(line.subject),
        call=CallFacts(line.call.missed, line.call.duration_s) if line.call is not None else None,
        details={"call": msgspec.to_builtins(line.call)} if line.call is not None else {},
    )


def read_kept(raw: bytes, channel: Channel) -> Incoming:
    """Read a line that was taken in before; never raises: what cannot be read comes back with `error` set."""
    try:
        return read_line(raw)
    except MessageLineError as error:
        digest = hashlib.sha256(raw).hexdigest()
        return Incoming(channel=channel, digest=digest, text="", new_text="", error=str(error))


def _is_programs(subject: str) -> bool:
    """Whether a mail's subject is a program's; its headers, which say more, are not in a line."""
    from desk.channels.mail.automatic import subject_says_so  # reading mail takes a tenth of a second to import

    return subject_says_so(subject)


def _digest(line: MessageLine, address: str) -> str:
    """The same for the same message however its line was put together: order of fields, blanks, escapes."""
    said = [line.channel, line.external_id, address, line.sender.name, line.subject, line.text]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _address(sender: Sender, channel: Channel) -> tuple[ContactKind, str]:
    """How the sender is reached; the address is empty for a call whose number is withheld."""
    given = [
        (kind, value)
        for kind, value in (
            (ContactKind.EMAIL, sender.email),
            (ContactKind.PHONE, sender.phone),
            (ContactKind.HANDLE, sender.handle),
        )
        if value is not None
    ]
    is_call = channel is Channel.PHONE and sender.phone is not None
    if len(given) != 1 or (is_blank(given[0][1]) and not is_call):
        raise MessageLineError("`from` needs exactly one of `email`, `phone` and `handle` - at `$.from`")
    kind, address = given[0]
    if kind is ContactKind.PHONE:
        address = number_in(address)
        if is_call and is_withheld(address):
            return kind, ""
    _require_answerable(kind, address)
    return kind, address


def _is_number(text: str) -> bool:
    if "@" in text or any(unicodedata.category(sign) == "Cc" for sign in text):
        return False
    try:
        return is_length_of_number(fold_phone(text))
    except UnusableContactError:
        return False


def _require_answerable(kind: ContactKind, address: str) -> None:
    """Raise `MessageLineError` for what no answer could ever go to."""
    if kind is ContactKind.EMAIL:
        try:
            split_address(address.strip())
        except NotAnAddressError:
            raise MessageLineError("Expected an e-mail address alone, without a name - at `$.from.email`") from None
    elif kind is ContactKind.PHONE and not _is_number(address):
        raise MessageLineError(
            "Expected the digits of a telephone number, or nothing for a call that withholds it - at `$.from.phone`"
        )
    elif kind is ContactKind.HANDLE:
        try:
            fold_handle(address)
        except UnusableContactError as error:
            raise MessageLineError(f"Expected a handle: {error} - at `$.from.handle`") from None
