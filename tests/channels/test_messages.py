"""Lines of JSON from other systems: read in full, or refused by the name of the field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from db.kinds import Channel, ContactKind, Language
from desk.channels.messages import MessageLineError, read_kept, read_line
from desk.rules.addressing import NamedCase

GOOD: dict[str, Any] = {
    "channel": "chat",
    "external_id": "c-1",
    "from": {"name": "Dewi", "handle": "@dewi"},
    "text": "Saya belum menerima pengembalian dana",
    "at": "2026-11-23T20:14:00+07:00",
}


def line(**changed: Any) -> bytes:
    values = GOOD | changed
    return json.dumps({name: value for name, value in values.items() if value is not ...}).encode()


def test_a_line_is_read_in_full() -> None:
    message = read_line(line(subject="Dana", case=42))

    assert (message.channel, message.external_id, message.named_cases) == (Channel.CHAT, "c-1", (NamedCase(42),))
    assert (message.sender_kind, message.sender_address, message.sender_name) == (ContactKind.HANDLE, "@dewi", "Dewi")
    assert message.at == datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
    assert message.language is Language.INDONESIAN


def test_a_language_that_is_told_is_believed() -> None:
    assert read_line(line(language="zh")).language is Language.CHINESE


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel": "fax"}, "$.channel"),
        ({"channel": ...}, "channel"),
        ({"external_id": ""}, "$.external_id"),
        ({"external_id": " \u200b"}, "$.external_id"),
        ({"external_id": 7}, "$.external_id"),
        ({"from": {"name": "Dewi"}}, "$.from"),
        ({"from": {"email": "a@b", "phone": "1"}}, "$.from"),
        ({"from": {"email": " "}}, "$.from"),
        ({"from": {"fax": "1"}}, "fax"),
        ({"text": None}, "$.text"),
        ({"at": "yesterday"}, "$.at"),
        ({"at": "2026-11-23T20:14:00"}, "$.at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "$.at"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "$.at"),
        ({"language": "klingon"}, "$.language"),
        ({"case": 0}, "$.case"),
        ({"case": 2**40}, "$.case"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_the_field_that_is_wrong_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(MessageLineError) as caught:
        read_line(line(**changed))

    assert field in str(caught.value)


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        ({"email": "a@b.c\r\nBcc: v@x.y"}, "$.from.email"),
        ({"email": "not an address"}, "$.from.email"),
        ({"email": "Dewi <dewi@example.org>"}, "$.from.email"),
        ({"email": "dewi@@example.org"}, "$.from.email"),
        ({"email": "dewi@example.org\x00"}, "$.from.email"),
        ({"phone": "abc"}, "$.from.phone"),
        ({"phone": "+"}, "$.from.phone"),
        ({"phone": "+62812345678901234567"}, "$.from.phone"),
        ({"phone": "0812 3456\r\nBcc: 1"}, "$.from.phone"),
        ({"phone": "dewi2@example.org"}, "$.from.phone"),
        ({"phone": "anonymous"}, "$.from.phone"),
        ({"phone": ""}, "$.from"),
        ({"handle": "@"}, "$.from.handle"),
        ({"handle": "x" * 400}, "$.from.handle"),
    ],
)
def test_a_sender_who_could_never_be_answered_is_refused(sender: dict[str, str], field: str) -> None:
    with pytest.raises(MessageLineError) as caught:
        read_line(line(**{"from": sender}))

    assert field in str(caught.value)


@pytest.mark.parametrize(
    "number",
    [
        "+62 812-3456-7890", "(021) 555 0123", "0812.3456.7890", "0062812345678", "+62 (0)812 345", "021/5550123",
        "+62 21 5550123 ext. 12", "+62215550123;ext=12", "0215550123x5", "021 5550123 #7", "tel:+62-812-3456",
        "112", "10086", "42", "０８１２３４５", "+62\u00a0812\u2011345", "\u202a+62 812 345\u202c",
        "+62 812 3456 7890 (HP)", "+62812345678,,123#", "tel:863-1234;phone-context=+1-914-555",
    ],
)  # fmt: skip
def test_numbers_are_taken_as_telephone_systems_write_them(number: str) -> None:
    for channel in ("phone", "chat"):
        read = read_line(line(channel=channel, **{"from": {"phone": number}}))
        assert (read.sender_kind, read.sender_address) == (ContactKind.PHONE, number)


@pytest.mark.parametrize(
    "number",
    [
        "sip:+62812345@10.0.0.7:5060",
        "sips:+62812345@pbx.example.com;user=phone",
        "<sip:+62812345@pbx.example>",
        '"Budi" <sip:+62812345@pbx.example>;tag=1',
    ],
)
def test_of_a_sip_address_its_number_is_taken(number: str) -> None:
    assert read_line(line(channel="phone", **{"from": {"phone": number}})).sender_address == "+62812345"


@pytest.mark.parametrize(
    "number",
    [
        "",
        " ",
        "anonymous",
        "Restricted",
        "sip:anonymous@anonymous.invalid",
        "PRIVATE",
        "Private Number",
        "No Caller ID",
        "N/A",
        "-",
        "未知号码",
    ],
)
def test_a_call_may_withhold_its_number(number: str) -> None:
    read = read_line(line(channel="phone", **{"from": {"name": "Dewi", "phone": number}}))

    assert (read.sender_kind, read.sender_address, read.sender_name) == (ContactKind.PHONE, "", "Dewi")


@pytest.mark.parametrize("address", ["dewi@example.org", "Dewi.S+x@EXAMPLE.org", "o'hara@example.org", "王@例子.中国"])
def test_addresses_are_taken_as_they_are(address: str) -> None:
    assert read_line(line(channel="email", **{"from": {"email": address}})).sender_address == address


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"null", b'{"channel":"chat"' + b"[" * 10_000])
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(MessageLineError):
        read_line(raw)


def test_the_same_message_put_together_differently_is_the_same() -> None:
    other = json.dumps(dict(reversed(GOOD.items())), indent=2, ensure_ascii=False).encode()

    assert read_line(other).digest == read_line(line()).digest
    assert read_line(line(text="Lain")).digest != read_line(line()).digest


def test_a_kept_line_that_cannot_be_read_says_why() -> None:
    message = read_kept(b"{", Channel.PHONE)

    assert (message.channel, bool(message.error), len(message.digest)) == (Channel.PHONE, True, 64)
