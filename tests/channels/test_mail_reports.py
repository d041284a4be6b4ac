"""Automatic answers and reports of failed delivery, told from what people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.channels.mail import read_mail

SAMPLES = Path(__file__).parent / "mail_samples"


def message(*lines: str, body: str = "halo") -> bytes:
    return ("\r\n".join(("From: Siti <a@b.example>", *lines)) + "\r\n\r\n" + body).encode()


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Subject: Automatic reply: Saldo",
        "Subject: Out of Office",
        "Subject: Balasan otomatis: Saldo",
        "Subject: 自动回复: 退款",
        "Subject: Automatische Antwort: x",
        "Subject: Réponse automatique : x",
        "Subject: Automatyczna odpowiedź: x",
        "X-POST-MessageClass: 9; Autoresponder",
    ],
)
def test_an_automatic_answer_is_told_by_its_header(line: str) -> None:
    mail = read_mail(message(line))
    assert mail.is_auto
    assert not mail.is_bounce


def test_a_vacation_text_in_an_answer_is_automatic() -> None:
    assert read_mail(
        message("In-Reply-To: <1@x>", "Subject: Re: x", body="I am out of the office until Monday.")
    ).is_auto


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Saldo", "halo"),
        ("Refund", "The app says: delivery failed, unknown user"),
        ("Re: Out of stock", "ok"),
        ("Automatic payment failed", "my automatic payment failed"),
        ("Undelivered parcel", "kurir belum datang"),
        ("Cuti bersama apakah buka?", "halo"),
        ("Vacation refund", "please"),
        ("Отсутствие денег", "где они"),
    ],
)
def test_what_people_write_is_neither_automatic_nor_a_bounce(subject: str, body: str) -> None:
    mail = read_mail(message(f"Subject: {subject}", body=body))
    assert (mail.is_auto, mail.is_bounce, mail.bounce) == (False, False, None)


def test_a_report_says_whom_it_failed_to_reach_and_which_message_it_was() -> None:
    mail = read_mail((SAMPLES / "bounce.eml").read_bytes())
    assert mail.is_bounce
    assert mail.is_auto
    assert mail.bounce is not None
    assert mail.bounce.recipients == ("siti@customer.example",)
    assert mail.bounce.status == "5.1.1"
    assert mail.bounce.original_message_id == "case-1042@wallet.example"
    assert mail.bounce.diagnostic == "550 5.1.1 <siti@customer.example>: Recipient address rejected: User unknown"


def test_a_warning_of_delay_is_no_bounce() -> None:
    raw = (SAMPLES / "bounce.eml").read_bytes().replace(b"Action: failed", b"Action: delayed")
    assert not read_mail(raw).is_bounce


@pytest.mark.parametrize(
    "subject", ["Warning: could not send message for past 4 hours", "Delivery Status Notification (Delay)"]
)
def test_a_warning_of_free_form_is_no_bounce_either(subject: str) -> None:
    raw = b"From: Mail Delivery Subsystem <mailer-daemon@mx.example>\r\nSubject: " + subject.encode()
    assert not read_mail(raw + b"\r\n\r\nYou do not need to resend, it will be retried. 4.4.1").is_bounce


def test_a_report_of_free_form_is_a_bounce() -> None:
    raw = (
        b"From: Mail Delivery Subsystem <mailer-daemon@mx.example>\r\n"
        b"Subject: Returned mail: see transcript for details\r\n\r\n"
        b"The following addresses had permanent fatal errors\r\n<siti@customer.example>\r\n550 5.1.1 User unknown\r\n"
        b"Message-ID: <case-9@wallet.example>\r\n"
    )
    mail = read_mail(raw)
    assert mail.bounce is not None
    assert mail.bounce.recipients[0] == "siti@customer.example"
    assert (mail.bounce.status, mail.bounce.original_message_id) == ("5.1.1", "case-9@wallet.example")
