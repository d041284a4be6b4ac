"""Who sent a message, about what, when, and what it answers, however badly its header is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desk.channels.mail import read_mail
from desk.channels.mail.addresses import read_addresses
from desk.channels.mail.charsets import decode, mend
from desk.channels.mail.parameters import read_value
from desk.channels.mail.words import decode_words


@pytest.mark.parametrize(
    ("field", "name", "address"),
    [
        ("Siti Aminah <siti@Customer.EXAMPLE>", "Siti Aminah", "siti@customer.example"),
        ('"Wijaya, Budi" <budi@a.example>', "Wijaya, Budi", "budi@a.example"),
        ("Wijaya, Budi <budi@a.example>", "Wijaya, Budi", "budi@a.example"),
        ("budi@a.example (Budi)", "Budi", "budi@a.example"),
        ("<budi@a.example>", "", "budi@a.example"),
        ("=?utf-8?b?546L5bCP5piO?= <wang@a.example>", "王小明", "wang@a.example"),
        ('"support@wallet.example" <thief@evil.example>', "support@wallet.example", "thief@evil.example"),
        ("Budi <budi@a.example", "Budi", "budi@a.example"),
    ],
)
def test_a_sender_is_read_as_people_write_it(field: str, name: str, address: str) -> None:
    assert read_addresses(field, most=5) == [(name, address)]


def test_groups_are_flattened_and_lists_are_bounded() -> None:
    assert read_addresses("Team: a@x.example, B <b@x.example>;", most=9) == [("", "a@x.example"), ("B", "b@x.example")]
    assert len(read_addresses(", ".join(f"u{n}@x.example" for n in range(900)), most=500)) == 500
    assert read_addresses("undisclosed-recipients:;", most=5) == []


def test_a_character_split_over_two_encoded_words_is_whole() -> None:
    assert decode_words("=?utf-8?B?6YCA5qw=?= =?utf-8?B?vuacquWIsA==?=") == "退款未到"


@pytest.mark.parametrize("word", ["=?utf-8?q?unfinished", "=?no-such?b?!!!?=", "=?utf-8?x?abc?="])
def test_a_broken_encoded_word_loses_nothing_and_raises_nothing(word: str) -> None:
    assert decode_words(word)


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        ("退款还没有收到，请帮我查一下，谢谢。", "gb18030", None),
        ("退款還沒有收到，請幫我查一下，謝謝您的服務。", "big5", None),
        ("返金がまだ届いていません。確認をお願いします。", "shift_jis", None),
        ("返金がまだ届いていません。", "iso2022_jp", "iso-2022-jp"),
        ("Деньги ещё не пришли, помогите пожалуйста", "koi8_r", None),
        ("Деньги ещё не пришли, помогите пожалуйста", "cp1251", "us-ascii"),
        ("환불이 아직 도착하지 않았습니다", "euc_kr", "ks_c_5601-1987"),
        ("Können Sie bitte prüfen? Größe", "latin-1", None),
        ("saldo “kosong” – tolong", "cp1252", "iso-8859-1"),
        ("sudah dicek… terima kasih", "utf-8", "iso-8859-1"),
        ("saldo é", "utf-8", "no-such-charset"),
    ],
)
def test_text_is_readable_whatever_its_charset_says(text: str, charset: str, declared: str | None) -> None:
    assert decode(text.encode(charset), declared) == text


def test_text_that_was_encoded_twice_is_mended_only_when_all_of_it_agrees() -> None:
    broken = "Jos\u00c3\u00a9 caf\u00c3\u00a9 \u00e2\u20ac\u201c"
    assert mend(broken) == "José café –"
    assert mend(broken + " né") == broken + " né"
    assert mend("preço é ã") == "preço é ã"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("attachment; filename*=utf-8''bukti%20transfer%20%E2%82%AC.pdf", "bukti transfer €.pdf"),
        ("attachment; filename*0*=utf-8''bukti%20; filename*1=transfer.pdf", "bukti transfer.pdf"),
        ('attachment; filename="=?utf-8?q?bukti=2Epdf?="', "bukti.pdf"),
        ("attachment; filename=bukti transfer.pdf", "bukti transfer.pdf"),
        ('attachment; filename="a\\"b;c.pdf"', 'a"b;c.pdf'),
    ],
)
def test_file_names_are_decoded_in_every_way_they_are_written(value: str, name: str) -> None:
    assert read_value(value)[1]["filename"] == name


def test_references_and_moments_are_read_and_bad_ones_are_none() -> None:
    mail = read_mail(
        b"From: a@b.example\r\nSubject: x\r\n folded\r\n"
        b"Date: Tue, 3 Mar 2026 10:05:00 +0700\r\nMessage-ID: <1@b.example>\r\n"
        b"In-Reply-To: <2@b.example> (answer)\r\nReferences: <3@b.example>\r\n\t<2@b.example>\r\n\r\nhi"
    )
    assert (mail.message_id, mail.in_reply_to, mail.references) == (
        "1@b.example",
        "2@b.example",
        ("3@b.example", "2@b.example"),
    )
    assert mail.date == datetime(2026, 3, 3, 3, 5, tzinfo=UTC)
    assert mail.subject == "x folded"
    assert read_mail(b"Date: Tue, 99 Foo 2026 10:05:00 +0700\r\n\r\nhi").date is None


def test_a_header_after_blank_lines_and_an_mbox_line_is_still_a_header() -> None:
    assert read_mail(b"\r\n  \r\nFrom: a@b.example\r\nSubject: x\r\n\r\nhi").subject == "x"
    assert read_mail(b"From a@b Tue Mar 3 10:05:00 2026\nFrom: a@b.example\nSubject: x\n\nhi").subject == "x"


def test_raw_bytes_in_a_header_are_read_with_the_charset_of_the_body() -> None:
    raw = b"From: a@b.example\nSubject: \xcd\xcb\xbf\xee\nContent-Type: text/plain; charset=gbk\n\n\xcd\xcb\xbf\xee"
    mail = read_mail(raw)
    assert (mail.subject, mail.text) == ("退款", "退款")


def test_the_digest_is_the_same_however_a_message_travelled() -> None:
    body = b"From: a@b.example\r\nSubject: x\r\nDate: Tue, 3 Mar 2026 10:05:00 +0700\r\n\r\nhi"
    first, again = read_mail(b"Received: from one\r\n" + body), read_mail(b"Received: from two\r\nX-Y: z\r\n" + body)
    assert first.stable_digest == again.stable_digest
    assert first.stable_digest != read_mail(body + b" there").stable_digest
