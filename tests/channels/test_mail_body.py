"""What of a message is text and what is attached, and how HTML reads in a terminal."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

import pytest

from desk.channels.mail import read_mail
from desk.channels.mail.flowed import unflow
from desk.channels.mail.html_text import html_to_text

SAMPLES = Path(__file__).parent / "mail_samples"
HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def parts(*bodies: bytes, kind: bytes = b"mixed") -> bytes:
    joined = b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies)
    return HEAD + b'Content-Type: multipart/%s; boundary="b"\r\n\r\n%s--b--\r\n' % (kind, joined)


PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\nhalo"


def test_a_file_is_attached_with_its_name_type_and_bytes() -> None:
    pdf = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=bukti.pdf\r\n"
    mail = read_mail(parts(PLAIN, pdf + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PDF")))
    (found,) = mail.attachments
    assert (found.filename, found.content_type, found.content, found.size) == (
        "bukti.pdf",
        "application/pdf",
        b"%PDF",
        4,
    )
    assert not found.inline
    assert mail.text == "halo"


def test_an_inline_picture_is_named_where_it_stands_and_kept() -> None:
    html = b'Content-Type: text/html\r\n\r\nlihat <img src="cid:p1"> ini'
    picture = b'Content-Type: image/png; name="bukti.png"\r\nContent-ID: <p1>\r\nContent-Disposition: inline\r\n\r\nx'
    mail = read_mail(parts(html, picture, kind=b"related"))
    assert mail.text == "lihat [image: bukti.png] ini"
    assert [(a.filename, a.inline) for a in mail.attachments] == [("bukti.png", True)]


def test_a_forwarded_message_is_read_with_its_head_and_its_files() -> None:
    inner = b"From: c@d.example\r\nSubject: dalam\r\nContent-Type: text/plain\r\n\r\nisi lama"
    mail = read_mail(parts(PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert "halo" in mail.text
    assert "Subject: dalam" in mail.text
    assert "isi lama" in mail.text
    assert mail.reply_text == "halo"


def test_an_attached_message_is_one_file() -> None:
    inner = (
        b'Content-Type: message/rfc822; name="lama.eml"\r\nContent-Disposition: attachment\r\n\r\nSubject: y\r\n\r\nisi'
    )
    mail = read_mail(parts(PLAIN, inner))
    assert [a.filename for a in mail.attachments] == ["lama.eml"]
    assert mail.text == "halo"


def test_a_part_without_a_name_is_called_by_its_place_and_type() -> None:
    (found,) = read_mail(parts(PLAIN, b"Content-Type: application/pdf\r\n\r\n%PDF")).attachments
    assert (found.filename, found.name(1)) == ("", "part-1.pdf")


def test_the_signs_of_our_own_rendering_cannot_be_sent() -> None:
    assert "rahasia" in read_mail(HEAD + "\r\nhalo\n\ue0f3\nrahasia".encode()).reply_text


def test_a_plain_version_is_preferred_and_an_empty_one_is_not() -> None:
    html = b"Content-Type: text/html\r\n\r\n<p>html</p>"
    assert read_mail(parts(PLAIN, html, kind=b"alternative")).text == "halo"
    assert read_mail(parts(b"Content-Type: text/plain\r\n\r\n \r\n", html, kind=b"alternative")).text == "html"


def test_broken_base64_and_quoted_printable_are_read_as_far_as_they_go() -> None:
    plain = HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    assert read_mail(plain + b"base64\r\n\r\naGFsbyBrYWsgYXBhIGthYmFyMQ").text == "halo kak apa kabar1"
    assert read_mail(plain + b"base64\r\n\r\nini bukan base64, kak!").text == "ini bukan base64, kak!"
    assert read_mail(plain + b"quoted-printable\r\n\r\nsal=C3=A9 =ZZ lu= \r\nrus").text == "salé =ZZ lurus"


def test_a_uuencoded_file_in_the_text_becomes_an_attachment() -> None:
    lines = b"begin 644 bukti.txt\r\n" + binascii.b2a_uu(b"isi bukti").strip(b"\n") + b"\r\n`\r\nend\r\n"
    mail = read_mail(HEAD + b"\r\nlihat lampiran\r\n" + lines)
    assert mail.text.strip() == "lihat lampiran"
    assert [(a.filename, a.content) for a in mail.attachments] == [("bukti.txt", b"isi bukti")]


def test_a_multipart_without_its_delimiters_shows_what_is_there() -> None:
    assert read_mail(HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\nhalo").text == "halo"


def test_a_wrong_boundary_is_guessed() -> None:
    declared = b"Content-Type: multipart/mixed; boundary=wrong\r\n\r\n"
    mail = read_mail(HEAD + declared + b"--right\r\nContent-Type: text/plain\r\n\r\nhalo\r\n--right--")
    assert mail.text == "halo"
    assert mail.notes == ("the boundary between the parts was guessed",)


def test_flowed_paragraphs_are_joined_and_quotes_keep_their_depth() -> None:
    assert unflow("satu \ndua\n> kutip \n> an\n-- \nBudi") == "satu dua\n> kutip an\n-- \nBudi"


def test_an_invitation_without_text_is_summed_up_and_kept() -> None:
    mail = read_mail(sample("invitation"))
    assert "Invitation: Rapat pengembalian dana" in mail.text
    assert "Begins: 2026-03-05 10:00 Asia/Jakarta" in mail.text
    assert "Where: Ruang 2, lantai 3" in mail.text
    assert [a.filename for a in mail.attachments] == ["rapat.ics"]


def test_links_are_numbered_and_a_false_one_says_where_it_leads() -> None:
    read = html_to_text(
        '<a href="https://evil.example/x">https://wallet.example</a> <a href="https://a.example/b">bantuan</a>'
    )
    assert read.text == "https://wallet.example [1] bantuan [2]"
    assert read.links == [
        "https://evil.example/x (shown as wallet.example, leads to evil.example)",
        "https://a.example/b",
    ]
    mail = read_mail(HEAD + b'Content-Type: text/html\r\n\r\n<a href="https://a.example/b">bantuan</a>')
    assert mail.text == "bantuan [1]\n\n[1] https://a.example/b"


def test_hidden_text_and_tracking_pixels_are_left_out_and_noted() -> None:
    read = html_to_text(
        '<div style="display:none">Diskon!</div>halo<img src="https://t.example/p" width="1" height="1">'
        '<img src="https://t.example/logo" alt="Logo">'
    )
    assert read.text == "halo [Logo]"
    assert read.notes == [
        "hidden text was left out in 1 places",
        "1 tracking pixels were left out",
        "1 remote pictures were not loaded",
    ]


def test_tables_lists_and_quotes_read_as_a_person_expects() -> None:
    read = html_to_text(
        "<table><tr><th>Tanggal</th><th>Jumlah</th></tr><tr><td>1 Maret</td><td>50.000</td></tr></table>"
        "<ul><li>satu<li>dua</ul><blockquote>lama<blockquote>lebih lama</blockquote></blockquote>"
        "<table><tr><td><p>kiri</p><p>atas</p></td><td>kanan</td></tr></table>"
    )
    lines = [line.strip() for line in read.text.splitlines() if line.strip()]
    assert lines == [
        "Tanggal  Jumlah",
        "1 Maret  50.000",
        "* satu",
        "* dua",
        "> lama",
        ">> lebih lama",
        "kiri",
        "atas",
        "kanan",
    ]


def test_script_links_are_no_links() -> None:
    assert html_to_text('<a href="javascript:alert(1)">klik</a> <a href="#x">y</a>').links == []


INVITED = (
    b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Refund call\r\n"
    b"DTSTART:20260305T030000Z\r\nLOCATION:Room 2\r\nEND:VEVENT\r\nEND:VCALENDAR"
)


def test_what_when_and_where_of_an_invitation_stand_below_a_text_that_lacks_them() -> None:
    mail = read_mail(parts(b"Content-Type: text/plain\r\n\r\nJoin us in Room 2", INVITED, kind=b"alternative"))
    assert mail.text == "Join us in Room 2\n\nInvitation: Refund call\nBegins: 2026-03-05 03:00 UTC"
    assert mail.reply_text == "Join us in Room 2"


def test_a_winmail_dat_is_kept_as_the_file_it_is() -> None:
    tnef = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig=="
    (found,) = read_mail(parts(PLAIN, tnef)).attachments
    assert (found.filename, found.content_type, found.content) == ("winmail.dat", "application/ms-tnef", b'x\x9f>"')


@pytest.mark.parametrize(
    "style",
    [
        "display:none;max-height:0;overflow:hidden",
        "mso-hide:all",
        "visibility:hidden;height:0",
        "font-size:1px;line-height:1px;color:#fff",
        "opacity:0",
    ],
)
def test_the_preheader_that_no_mail_program_shows_is_left_out(style: str) -> None:
    read = html_to_text(f'<body><div style="{style}">Buka sekarang!</div><p>Halo</p></body>')
    assert read.text == "Halo"
    assert read.notes == ["hidden text was left out in 1 places"]
