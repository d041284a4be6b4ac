"""Masking a message: what is caught of a made list, what is left alone, and where in a message it happens."""

from __future__ import annotations

from benchmarks.masking import measure
from db.kinds import Channel
from desk.rules.incoming import Incoming, IncomingFile
from desk.rules.masking import masked_incoming, masked_text
from desk.rules.secrets import TEXT_LENGTH

CARD = "4111111111111111"


def test_99_of_100_secrets_are_caught_and_fewer_than_1_of_100_look_alikes_touched() -> None:
    found = measure()

    assert found.true >= 1_000
    assert found.alike >= 1_000
    assert len(found.missed) <= found.true / 100, found.missed[:10]
    assert len(found.wrong) < found.alike / 100, found.wrong[:10]


def test_a_secret_is_found_wherever_in_a_long_text_it_stands() -> None:
    for at in (0, TEXT_LENGTH - 10, TEXT_LENGTH - 3, TEXT_LENGTH + 5, 3 * TEXT_LENGTH):
        text = "x " * (at // 2) + CARD + " y" * 100
        hidden, found = masked_text(text)
        assert found == {"card": 1}
        assert hidden == text.replace(CARD, "•" * 12 + "1111")


def test_every_part_of_a_message_that_is_read_is_masked_and_its_bytes_are_not() -> None:
    incoming = Incoming(
        channel=Channel.CHAT,
        digest="d",
        text=f"ini {CARD}\n> quoted PIN: 482913",
        new_text=f"ini {CARD}",
        subject="PIN 482913",
        sender_name=f"Budi {CARD}",
        files=(IncomingFile(f"{CARD}.jpg", "image/jpeg", CARD.encode()),),
        details={"bounce": "OTP 482913", "references": ["482913@example.org"]},
    )

    masked, found = masked_incoming(incoming)

    assert found == {"card": 3, "pin": 2, "otp": 1}
    assert masked.text == "ini ••••••••••••1111\n> quoted PIN: ••••••"
    assert masked.new_text == "ini ••••••••••••1111"
    assert (masked.subject, masked.sender_name) == ("PIN ••••••", "Budi ••••••••••••1111")
    assert masked.files == (IncomingFile("••••••••••••1111.jpg", "image/jpeg", CARD.encode()),)
    assert masked.details == {"bounce": "OTP ••••••", "references": ["482913@example.org"]}


def test_a_message_without_secrets_is_the_same_object() -> None:
    incoming = Incoming(channel=Channel.CHAT, digest="d", text="Order 4556123478901230", new_text="")

    masked, found = masked_incoming(incoming)

    assert masked is incoming
    assert found == {}
